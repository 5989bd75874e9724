#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What simulated routers send, as tshark reads it: each behaviour that a
topology file can ask for, in the bytes of a capture.

    sim_judge.py FOLDER

FOLDER has the topologies; TRUEROUTE and TRUEROUTE_SIM name the programs.
Prints a line for each check, as tests/tap.sh's from_lines() reads them.
"""
import os
import subprocess
import sys
import tempfile

FIELDS = """frame.time_relative ip.src ip.dst ip.ttl ip.id ip.dsfield ip.len
ip.flags.mf ip.frag_offset ip.proto ip.checksum.status ipv6.src ipv6.dst
ipv6.hlim ipv6.flow ipv6.tclass udp.srcport udp.dstport udp.checksum.status
tcp.srcport tcp.dstport tcp.seq tcp.seq_raw tcp.ack_raw tcp.flags
tcp.checksum.status icmp.type icmp.code icmp.checksum.status icmp.mtu
icmp.length icmp.ext.checksum.status icmp.ext.class icmp.ext.ctype
icmp.mpls.label icmp.mpls.exp icmp.mpls.s icmp.mpls.ttl
icmp.int_info.index icmp.int_info.ipv4 icmp.int_info.name icmp.int_info.mtu
icmpv6.type icmpv6.code icmpv6.checksum.status icmpv6.mtu icmp.seq icmp.ident
icmp.checksum""".split()

GOOD = '1'          # of a checksum's status
PROBER = ('10.0.0.100', 'fd00::100')


class Frame(dict):
    """A frame's fields: each a list, outermost first."""

    def first(self, name):
        return self[name][0] if self[name] else None

    def last(self, name):
        return self[name][-1] if self[name] else None

    @property
    def src(self):
        return self.first('ip.src') or self.first('ipv6.src')

    def number(self, name, place=0):
        values = self[name]
        return int(values[place], 0) if len(values) > place else None

    @property
    def is_probe(self):
        return self.src in PROBER


def read(capture):
    command = ['tshark', '-n', '-r', capture, '-T', 'fields',
               '-E', 'occurrence=a', '-E', 'separator=|',
               '-E', 'aggregator=,', '-o', 'ip.defragment:FALSE']
    for option in ('ip.check_checksum', 'udp.check_checksum',
                   'tcp.check_checksum'):
        command += ['-o', option + ':TRUE']
    for field in FIELDS:
        command += ['-e', field]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True).stdout
    return [Frame((name, value.split(',') if value else [])
                  for name, value in zip(FIELDS, line.split('|')))
            for line in output.splitlines()]


class Judge:
    def __init__(self, folder, work):
        self.folder = folder
        self.work = work
        self.sound = 0

    def check(self, text, good, detail=''):
        if good:
            print(f'ok {text}')
        else:
            print(f'no {text}: {detail}'.replace('\n', ' '))

    def same(self, text, expected, seen):
        self.check(text, expected == seen, f'expected {expected}, saw {seen}')

    def trace(self, name, *arguments, target='target', size=None):
        """The frames of a trace across a network, answers and probes."""
        capture = os.path.join(self.work, 'trace.pcapng')
        subprocess.run([os.environ['TRUEROUTE'], '-n', '--simulate',
                        os.path.join(self.folder, name + '.net'),
                        '--write', capture, *arguments, target] +
                       ([size] if size else []),
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        frames = read(capture)
        if not frames:
            self.check(f'{name}: there are frames', False, 'none')
        for frame in frames:
            self.judge_checksums(name, frame)
        return frames

    def judge_checksums(self, name, frame):
        """Every packet that is sent is sound, in its outermost headers."""
        for field in ('ip.checksum.status', 'icmp.checksum.status',
                      'icmpv6.checksum.status'):
            if frame[field] and frame.first(field) != GOOD:
                self.check(f'{name}: {field}', False, str(dict(frame)))
        # Of a quoted transport tshark looks at the checksum as well, and
        # the quote may be cut or the NAT's; a packet's own stands alone.
        if not frame['icmp.type'] and not frame['icmpv6.type']:
            for field in ('udp.checksum.status', 'tcp.checksum.status'):
                if frame[field] and frame.first(field) != GOOD:
                    self.check(f'{name}: {field}', False, str(dict(frame)))
        self.sound += 1

    def answers(self, *arguments, **keywords):
        return [frame for frame in self.trace(*arguments, **keywords)
                if not frame.is_probe]

    def delays(self, *arguments):
        """How long each source's answers took, in seconds."""
        found = {}
        sent = {}
        for frame in self.trace(*arguments):
            time = float(frame.first('frame.time_relative'))
            if frame.is_probe:
                sent[frame.first('ip.id')] = time
            else:
                found.setdefault(frame.src, []).append(
                    time - sent[frame.last('ip.id')])
        return found

    def by_source(self, frames):
        """The first answer of each source, in order of first appearance."""
        found = {}
        for frame in frames:
            found.setdefault(frame.src, frame)
        return found

    # --- balancers --------------------------------------------------------

    def balancers(self):
        def ways(name, prefix, *arguments, **keywords):
            return sorted({frame.src for frame in self.answers(
                name, *arguments, **keywords)
                if frame.src.startswith(prefix)})

        self.same('flow: one flow takes one way', 1,
                  len(ways('diamond4', '10.0.3.', '-q', '3')))
        self.check('flow: many flows take several',
                   len(ways('diamond4', '10.0.3.', '-q', '10',
                            '--classic')) > 1)
        self.same('packet: one flow takes all ways', 2,
                  len(ways('per-packet', '10.0.3.', '-q', '10')))
        self.same('destination: ports do not matter', 1,
                  len(ways('per-destination', '10.0.2.', '-q', '10',
                           '--classic', target='10.99.0.1')))
        several = {tuple(ways('per-destination', '10.0.2.',
                              target=f'10.99.0.{i}')) for i in range(1, 9)}
        self.check('destination: the address does', len(several) > 1)
        labels = {(label, port): tuple(ways(
            'flow-label', 'fd00:2:', '-6', '-l', str(label), '--sport',
            str(port), '-q', '1')) for label in range(1, 5)
                  for port in (40000, 50000)}
        self.check('label: ports do not matter',
                   all(labels[label, 40000] == labels[label, 50000]
                       for label in range(1, 5)), str(labels))
        self.check('label: the flow label does',
                   len(set(labels.values())) > 1)
        self.same('word: echo with one checksum takes one way', 1,
                  len(ways('icmp-word', '10.0.2.', '-I', '-q', '10')))
        self.check('word: with several it takes several',
                   len(ways('icmp-word', '10.0.2.', '-I', '-q', '10',
                            '--classic')) > 1)
        self.fields(ways)
        count = {'10.0.2.1': 0, '10.0.2.2': 0}
        for seed in range(1, 9):
            for frame in self.answers('weighted', '-q', '10', '--classic',
                                      '--seed', str(seed)):
                if frame.src in count:
                    count[frame.src] += 1
        self.check('weights: of 80 flows some nine take the light way',
                   sum(count.values()) == 80 and
                   2 <= count['10.0.2.2'] <= 18, str(count))
        self.check('remap: one flow takes several ways in time',
                   len(ways('remap', '10.0.2.', '-q', '10', '-N', '1',
                            '-z', '60')) > 1)
        times = {way: [float(frame.first('frame.time_relative'))
                       for frame in self.answers(
                           'path-change', '-q', '10', '-z', '20', '-N', '1',
                           '-m', '2') if frame.src == way]
                 for way in ('10.0.2.1', '10.0.2.2')}
        self.check('path change: at 0.22 s, and not before',
                   times['10.0.2.1'] and times['10.0.2.2'] and
                   max(times['10.0.2.1']) < 0.225 <
                   min(times['10.0.2.2']) + 0.005, str(times))
        self.same('mesh, 100 wide: one flow takes one way', 1,
                  len(ways('wide100', '10.0.3.', '-q', '3')))

    def fields(self, ways):
        """Each of three balancers looks at one field alone."""
        def kinds(*varied):
            seen = {prefix: set() for prefix in ('10.0.2.', '10.0.4.',
                                                 '10.0.6.')}
            for arguments in varied:
                for prefix in seen:
                    seen[prefix].add(tuple(ways('fields', prefix, '-q', '1',
                                                *arguments)))
            return [len(found) for found in seen.values()]

        tos, port = ([(option, str(value)) for value in range(40000, 40008)]
                     if option == '--sport' else
                     [(option, str(value)) for value in range(0, 32, 4)]
                     for option in ('-t', '--sport'))
        seen = kinds(*tos)
        self.check('by tos: it alone moves hop 2',
                   seen[0] > 1 and seen[1:] == [1, 1], str(seen))
        self.same('by tos, icmp-id, icmp-checksum: ports move nothing',
                  [1, 1, 1], kinds(*port))
        echo = [len(ways('fields', prefix, '-I', '--classic', '-q', '8'))
                for prefix in ('10.0.2.', '10.0.4.', '10.0.6.')]
        self.check('by icmp-checksum: it alone moves hop 6',
                   echo[:2] == [1, 1] and echo[2] > 1, str(echo))

    # --- how routers answer -----------------------------------------------

    def routers(self):
        first = self.by_source(self.answers('chain', '-q', '1'))
        self.same('an ordinary route: who answers',
                  [f'10.0.{i}.1' for i in range(1, 11)] + ['10.99.0.1'],
                  list(first))
        self.check('time exceeded, and port unreachable at the end',
                   all((frame.first('icmp.type'), frame.first('icmp.code'))
                       == (('3', '3') if src == '10.99.0.1' else ('11', '0'))
                       for src, frame in first.items()))
        self.check('the TTL is quoted as it came in: 1',
                   all(frame.number('ip.ttl', 1) == 1
                       for frame in first.values()))
        self.same('TTL of answers: 255, less the hops back',
                  list(range(255, 245, -1)),
                  [frame.number('ip.ttl') for src, frame in first.items()
                   if src != '10.99.0.1'])
        self.check('errors are sent with precedence 6 (RFC 1812)',
                   all(frame.number('ip.dsfield') == 0xc0
                       for frame in first.values()))
        first = self.by_source(self.answers('chain', '-q', '1', '-6'))
        self.same('IPv6: who answers',
                  [f'fd00:{i}::1' for i in range(1, 11)] + ['fd00:99::1'],
                  list(first))
        self.check('IPv6: time exceeded, and port unreachable at the end',
                   all((frame.first('icmpv6.type'),
                        frame.first('icmpv6.code')) ==
                       (('1', '4') if src == 'fd00:99::1' else ('3', '0'))
                       for src, frame in first.items()))

        sources = [frame.src for frame in self.answers('silent', '-q', '6')]
        self.same('silent: r2 and r3 never', (0, 0),
                  (sources.count('10.0.2.1'), sources.count('10.0.3.1')))
        self.check('silent for a share: r4 now and then',
                   0 < sources.count('10.0.4.1') < 6)
        sources = [frame.src for frame in self.answers('silent', '-q', '6',
                                                       '-I')]
        self.same('silent to UDP only: ICMP is answered', 6,
                  sources.count('10.0.3.1'))
        sources = [frame.src for frame in self.answers('rate-limit', '-q',
                                                       '10')]
        self.same('rate limit: the burst, and no more', 3,
                  sources.count('10.0.2.1'))
        self.same('interfaces: inbound, outbound, own, unnumbered, given',
                  ['10.0.1.1', '10.0.20.2', '10.9.3.3', '10.9.4.4',
                   '10.9.5.5', '10.99.0.1'],
                  list(self.by_source(self.answers('interfaces', '-q',
                                                   '1'))))
        self.same('initial TTL: 255, 128, 64, 32, less the way back',
                  [255, 127, 62, 29], [frame.number('ip.ttl') for frame in
                                       self.by_source(self.answers(
                                           'initial-ttl', '-q',
                                           '1')).values()][:4])
        frames = self.answers('initial-ttl', '-q', '1', '-I', target='r4')
        self.same('another TTL for echo replies', 64 - 3,
                  [frame.number('ip.ttl') for frame in frames
                   if frame.first('icmp.type') == '0'][0])
        sizes = [frame.number('ip.len') for frame in
                 self.by_source(self.answers('quotes', '-q', '1',
                                             size='300')).values()]
        self.same('quotes: 8, 28, 128 in all, and everything',
                  [28 + 28, 28 + 48, 28 + 128, 28 + 300, 28 + 300], sizes)

        frames = self.answers('duplicates', '-q', '5')
        sources = [frame.src for frame in frames]
        self.same('twice: each answer of r2', 10, sources.count('10.0.2.1'))
        self.check('doubled by a link: more than one of r3 for a probe',
                   sources.count('10.0.3.1') > 5)
        delays = self.delays('late', '-q', '6', '-w', '5')
        self.check('late: r2 takes 34 to 44 ms',
                   all(0.0339 < delay < 0.0441
                       for delay in delays['10.0.2.1']), str(delays))
        self.check('late: r3 now and then two seconds',
                   any(delay > 2 for delay in delays['10.0.3.1']) and
                   any(delay < 0.01 for delay in delays['10.0.3.1']),
                   str(delays['10.0.3.1']))
        self.check('reordered: the last link holds some back',
                   {round(delay * 1000) for delay in delays['10.99.0.1']} >
                   {8}, str(delays['10.99.0.1']))

        delays = self.delays('jitter', '-q', '8')
        self.check('jitter: from hop 3 on, and not before',
                   max(delays['10.0.2.1']) - min(delays['10.0.2.1']) < 1e-5
                   and max(delays['10.0.3.1']) - min(delays['10.0.3.1']) >
                   1e-3 and all(0.0119 < delay < 0.0321
                                for delay in delays['10.0.3.1']),
                   str(delays))
        self.numbering()
        self.same('another way back, longer: the TTL left', [
            255, 251, 250, 249], [frame.number('ip.ttl') for frame in
                                  self.by_source(self.answers(
                                      'return-path', '-q',
                                      '1')).values()][:4])

    def numbering(self):
        """What numbers answers have: each source's, its own, the quoted."""
        def numbers(*arguments):
            found = {}
            for frame in self.answers('ip-id', '-N', '1', *arguments):
                found.setdefault(frame.src, []).append(
                    (frame.number('ip.id'), frame.number('ip.id', 1),
                     float(frame.first('frame.time_relative'))))
            return found

        def steps(found):
            found = sorted(found, key=lambda number: number[2])
            return [(after[0] - before[0]) & 0xffff
                    for before, after in zip(found, found[1:])]

        found = numbers('-q', '6', '--classic')
        self.check('ip-id shared: one counter for both addresses',
                   len(found['10.0.1.1']) > 1 and len(found['10.0.1.2']) > 1
                   and all(1 <= step <= 2 for step in steps(
                       found['10.0.1.1'] + found['10.0.1.2'])), str(found))
        self.check('ip-id interface, in steps, each its own',
                   all(len(found[way]) > 1 and set(steps(found[way])) == {7}
                       for way in ('10.0.2.1', '10.0.2.2')) and
                   set(steps(found['10.0.2.1'] + found['10.0.2.2'])) != {7},
                   str(found))
        found = numbers('-q', '4')
        self.same('ip-id zero', {0}, {n[0] for n in found['10.0.3.1']})
        self.check('ip-id random',
                   len({n[0] for n in found['10.0.4.1']}) == 4)
        self.check('ip-id copy: the probe\'s',
                   all(n[0] == n[1] for n in found['10.0.5.1']))

    # --- extensions and tunnels -------------------------------------------

    def extensions(self):
        first = self.by_source(self.answers('extension-faults', '-q', '1'))
        routers = [first[f'10.0.{i}.1'] for i in range(1, 6)]
        self.same('RFC 4884 length: right, none, 17 words, bytes, right',
                  [32, 0, 17, 128, 32],
                  [frame.number('icmp.length') or 0 for frame in routers])
        self.same('labels where tshark looks for them', ['24001', '24002'],
                  [frame.first('icmp.mpls.label') for frame in routers[:2]])
        self.same('a right checksum and a wrong one', ['1', '0'],
                  [routers[0].first('icmp.ext.checksum.status'),
                   routers[4].first('icmp.ext.checksum.status')])
        first = self.by_source(self.answers('interface-info', '-q', '1'))
        self.same('RFC 5837: index, address, name, MTU',
                  ('3', '10.0.1.1', 'ge-0/0/1', '9000'),
                  tuple(first['10.0.1.1'].first('icmp.int_info.' + field)
                        for field in ('index', 'ipv4', 'name', 'mtu')))
        self.same('RFC 5837: two interfaces', ['7', '8'],
                  first['10.9.9.9']['icmp.int_info.index'])
        self.same('an object of another class', ('3', '1'),
                  (first['10.0.3.1'].first('icmp.ext.class'),
                   first['10.0.3.1'].first('icmp.ext.ctype')))

        def stack(frame):
            return [frame.first('icmp.mpls.' + field)
                    for field in ('label', 'exp', 's', 'ttl')]

        first = self.by_source(self.answers('mpls-explicit', '-q', '1'))
        self.same('explicit: the labels of RFC 4950',
                  [['24000', '0', '1', '1'], ['24001', '0', '1', '1'],
                   ['24002', '0', '1', '1'], [None] * 4],
                  [stack(first[f'10.0.{i}.1']) for i in (3, 4, 5, 6)])
        self.same('explicit: the TTL that is quoted grows', [1, 2, 3, 1],
                  [first[f'10.0.{i}.1'].number('ip.ttl', 1)
                   for i in (3, 4, 5, 6)])
        self.check('explicit: answers turn at the end of the tunnel',
                   first['10.0.3.1'].number('ip.ttl') <
                   first['10.0.2.1'].number('ip.ttl') - 1)
        first = self.by_source(self.answers('mpls-implicit', '-q', '1'))
        self.same('implicit: no labels', [None] * 4,
                  [first[f'10.0.{i}.1'].first('icmp.mpls.label')
                   for i in (3, 4, 5, 6)])
        self.same('implicit: the TTL that is quoted grows', [1, 2, 3, 1],
                  [first[f'10.0.{i}.1'].number('ip.ttl', 1)
                   for i in (3, 4, 5, 6)])
        first = self.by_source(self.answers('mpls-opaque', '-q', '1'))
        self.same('opaque: one label at its end, TTL 252',
                  ['24003', '0', '1', '252'], stack(first['10.0.6.1']))
        self.check('opaque: the routers inside are hidden',
                   not {'10.0.3.1', '10.0.4.1', '10.0.5.1'} & set(first))
        first = self.by_source(self.answers('mpls-invisible', '-q', '1'))
        self.same('invisible: who is seen',
                  ['10.0.1.1', '10.0.2.1', '10.0.6.1', '10.0.7.1',
                   '10.0.8.1', '10.99.0.1'], list(first))
        self.same('invisible: the answer of its end has come six hops',
                  255 - 5, first['10.0.6.1'].number('ip.ttl'))
        self.same('direct revelation', [f'10.0.{i}.1' for i in range(1, 7)],
                  list(self.by_source(self.answers('mpls-invisible', '-q',
                                                   '1', target='r6'))))
        self.same('backward revelation: one router earlier',
                  ['10.0.1.1', '10.0.2.1', '10.0.5.1', '10.0.6.1'],
                  list(self.by_source(self.answers('mpls-backward', '-q',
                                                   '1', target='r6'))))
        sources = [frame.src for frame in self.answers('mpls-uhp', '-q',
                                                       '1')]
        self.same('UHP: its end is hidden, the next comes twice', (0, 2),
                  (sources.count('10.0.6.1'), sources.count('10.0.7.1')))

    # --- what is done to probes -------------------------------------------

    def rewriting(self):
        frames = self.answers('zero-ttl', '-q', '1')
        self.same('zero TTL: r3 twice, quoting 0 and 1', [0, 1],
                  sorted(frame.number('ip.ttl', 1) for frame in frames
                         if frame.src == '10.0.3.1'))
        first = self.by_source(self.answers('bleach', '-q', '1', '-t',
                                            '0xb9'))
        self.same('type of service, as quoted hop by hop',
                  [0xb9, 0xb9, 0xb8, 0xb8, 0, 0, 32, 32],
                  [frame.number('ip.dsfield', 1)
                   for frame in first.values()])
        for name, port in (('nat', None), ('nat-leaky', '50000')):
            first = self.by_source(self.answers(name, '-q', '1'))
            quoted = [(frame['ip.src'][1], frame.first('udp.srcport'))
                      for frame in first.values()]
            if port is None:
                self.same('NAT that mends: quotes name the prober',
                          {PROBER[0]}, {src for src, _ in quoted})
            else:
                self.same('NAT that leaks: what it gave, from hop 3 on',
                          [('192.0.2.2', port)] * 3, quoted[2:])
        frames = self.trace('nat-checksum', '-q', '1')
        self.check('NAT that mends addresses only: quoted checksums differ',
                   all(frame.first('udp.checksum.status') != GOOD
                       for frame in frames if frame.src in
                       ('10.0.3.1', '10.0.4.1')))
        self.same('destination NAT: all answer in the name that was called',
                  ['10.0.1.1', '10.0.2.1', '192.0.2.80'],
                  list(self.by_source(self.answers(
                      'dnat', '-q', '1', '-T', target='192.0.2.80'))))
        frames = self.trace('sequence', '-q', '1', '-T')
        sent = {frame.first('tcp.seq_raw') for frame in frames
                if frame.is_probe}
        # Of a quoted segment tshark calls the number as it stands tcp.seq.
        quoted = {frame.src: frame.first('tcp.seq') in sent
                  for frame in frames if frame['icmp.type']}
        self.same('sequence numbers: moved behind r2',
                  {'10.0.1.1': True, '10.0.2.1': True, '10.0.3.1': False},
                  quoted)
        self.check('sequence numbers: the end\'s answer is moved back',
                   all(str(int(frame.first('tcp.ack_raw')) - 1) in sent
                       for frame in frames if frame.src == '10.99.0.1'))
        self.same('loop: r3 and r4 in turn', ['10.0.3.1', '10.0.4.1'] * 3,
                  [frame.src for frame in self.answers(
                      'loop', '-q', '1', '-m', '8')][2:8])

    # --- where routes end -------------------------------------------------

    def ends(self):
        sources = [frame.src for frame in self.answers(
            'firewall', '-q', '1', '-w', '1', '-m', '5')]
        self.same('firewall, drop: nothing from behind it',
                  ['10.0.1.1', '10.0.2.1'], sources)
        self.same('firewall, errors: no error from behind it', ['10.0.1.1'],
                  [frame.src for frame in self.answers(
                      'icmp-filter', '-q', '1', '-w', '1', '-m', '5')])
        self.same('firewall, errors: an echo reply passes',
                  ['10.0.1.1', '10.99.0.1'],
                  list(self.by_source(self.answers(
                      'icmp-filter', '-q', '1', '-w', '1', '-I'))))
        frames = self.answers('firewall', '-q', '1', '-T')
        self.same('firewall: TCP 443 passes, SYN and ACK come back', '0x0012',
                  frames[-1].first('tcp.flags'))
        frames = [frame for frame in self.answers(
            'firewall-reset', '-q', '1', '-T', '-p', '80')
            if frame.src == '10.99.0.1']
        self.same('firewall, reset: in the target\'s name, hop 2\'s TTL',
                  ('0x0014', 63), (frames[0].first('tcp.flags'),
                                   frames[0].number('ip.ttl')))
        for arguments, src, code in ((['-q', '1'], '10.0.2.1', '13'),
                                     (['-q', '1', '-I'], '10.0.3.1', '3')):
            frames = [frame for frame in self.answers('firewall-says',
                                                      *arguments)
                      if frame.first('icmp.type') == '3']
            self.same(f'firewall says so: code {code}', (src, code),
                      (frames[0].src, frames[0].first('icmp.code')))
        for target, code in (('10.50.0.1', '0'), ('10.51.0.1', '1'),
                             ('10.52.0.1', '13')):
            frames = [frame for frame in self.answers(
                'unreachable', '-q', '1', target=target)
                if frame.first('icmp.type') == '3']
            self.same(f'unreachable, code {code}', code,
                      frames[0].first('icmp.code'))
        flags = {}
        for port in ('443', '22', '25'):
            flags[port] = [frame.first('tcp.flags') for frame in
                           self.answers('hosts', '-q', '1', '-w', '1', '-m',
                                        '3', '-T', '-p', port, target='web')
                           if frame['tcp.flags'] and not frame['icmp.type']]
        self.same('ports: open, closed, filtered',
                  ['0x0012', '0x0014', None],
                  [flags[port][0] if flags[port] else None
                   for port in ('443', '22', '25')])
        frames = [frame for frame in self.answers('hosts', '-q', '1', '-U',
                                                  '-p', '7', target='web')
                  if not frame['icmp.type']]
        self.same('a UDP service answers from its port', '7',
                  frames[0].first('udp.srcport'))
        frames = self.answers('loss', '-q', '10')
        count = [sum(frame.src == f'10.0.{i}.1' for frame in frames)
                 for i in range(1, 6)]
        self.check('loss: all of hops 1 and 2, some of those behind',
                   count[:2] == [10, 10] and all(0 < n < 10
                                                 for n in count[2:]),
                   str(count))

    # --- MTU, and captures made from captures -----------------------------

    def sizes(self):
        capture = os.path.join(self.work, 'trace.pcapng')
        pieces = os.path.join(self.work, 'pieces.pcapng')
        network = os.path.join(self.folder, 'mtu.net')

        def trace(*arguments):
            return self.answers('mtu', '-q', '1', *arguments, size='1400')

        frames = [frame for frame in trace('-F')
                  if frame.first('icmp.code') == '4']
        self.same('too big: the MTU that would fit', ('10.0.2.1', '1300'),
                  (frames[0].src, frames[0].first('icmp.mtu')))
        frames = [frame for frame in trace('-6')
                  if frame.first('icmpv6.type') == '2']
        self.same('IPv6 too big: likewise', '1300',
                  frames[0].first('icmpv6.mtu'))
        trace()
        done = subprocess.run([os.environ['TRUEROUTE_SIM'], '--answer',
                               capture, '--write', pieces, '--tap', 'r4',
                               network], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        self.same('answers to a capture: exit status', 0, done.returncode)
        frames = [frame for frame in read(pieces) if frame.is_probe]
        offsets = sorted({(frame.first('ip.frag_offset'),
                           frame.first('ip.flags.mf')) for frame in frames})
        self.check('fragments: first, middle, last',
                   len(offsets) >= 3 and ('0', '1') in offsets and
                   any(offset != '0' and more == '0'
                       for offset, more in offsets), str(offsets))
        self.check('fragments: none larger than the link',
                   all(frame.number('ip.len') <= 1200 for frame in frames))
        self.check('fragments: sound headers',
                   all(frame.first('ip.checksum.status') == GOOD
                       for frame in frames))


def main():
    with tempfile.TemporaryDirectory() as work:
        judge = Judge(os.path.abspath(sys.argv[1]), work)
        judge.balancers()
        judge.routers()
        judge.extensions()
        judge.rewriting()
        judge.ends()
        judge.sizes()
        judge.check(f'every checksum of {judge.sound} packets is right',
                    judge.sound > 1000)


main()
