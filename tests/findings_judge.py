#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What is found on random networks, beside what was planted in them.

    findings_judge.py COUNT [SEED]

Each network is a chain, some with a balancer, of routers of several kinds; at
random hops something is planted that answers show: NAT, rewriting, tunnels,
loops, silence, filters.  A third of the networks are ordinary.
TRUEROUTE names the program.  Prints a table of what was planted, found, missed
and false, then a line for each check, as tests/tap.sh's from_lines() reads
them.
"""
import collections
import json
import os
import random
import subprocess
import sys
import tempfile


class Network:
    """A chain of routers, and what is planted in it.

    expected: pairs of a code and the hops (first, last) that are right for it,
    as the program says them.  A place is an index of routers; the hop at which
    it answers moves where routers before it are hidden.
    """

    def __init__(self, numbers):
        self.numbers = numbers
        self.protocol = numbers.choice(['udp', 'udp', 'tcp', 'icmp'])
        self.ipv6 = numbers.random() < 0.4
        self.count = numbers.randint(9, 14)
        self.lines = {i: [] for i in range(1, self.count + 1)}
        self.links = {}
        self.extra = []
        self.options = []
        self.expected = []
        self.hidden = set()         # routers that do not show
        self.host = 'fd00:99::1' if self.ipv6 else '10.99.0.1'
        self.loss = ''
        self.behind = False         # two routers side by side, at the end
        for router in self.lines:
            self.lines[router].append(
                'like ' + numbers.choice(['linux', 'cisco', 'juniper']))
            # Routers of IPv6 quote what fits (RFC 4443, 2.4).
            if self.ipv6:
                self.lines[router].append('quote all')
        if numbers.random() < 0.5:
            self.options += ['-t', '2']

    def hop(self, router):
        return router - sum(1 for hidden in self.hidden if hidden < router)

    def address(self, router):
        return ('fd00:%d::1' if self.ipv6 else '10.0.%d.1') % router

    def write(self, path):
        with open(path, 'w', encoding='ascii') as file:
            out = ['prober me ' + ('fd00::100' if self.ipv6 else
                                   '10.0.0.100')]
            for router, lines in self.lines.items():
                out.append('router r%d %s' % (router, self.address(router)))
                out += ['    ' + line for line in lines]
            out.append('host target ' + ('fd00:99::1' if self.ipv6 else
                                         '10.99.0.1'))
            out.append('    tcp open 443')
            out.append('links delay 1ms' + self.loss + self.numbers.choice(
                ['', ' jitter 500us']))
            for router in range(1, self.count):
                out.append('link r%d r%d%s' % (
                    router, router + 1, self.links.get(router, '')))
            out.append('link me r1')
            last = ['r%d' % self.count]
            if self.behind:
                out += ['router way1 ' + self.address(101),
                        'router way2 ' + self.address(102),
                        'link r%d way1' % self.count,
                        'link r%d way2' % self.count]
                last = ['way1', 'way2']
            out += ['link %s target' % name for name in last]
            print('\n'.join(out + self.extra), file=file)

    def command(self, path):
        flag = {'udp': '-U', 'tcp': '-T', 'icmp': '-I'}[self.protocol]
        size = ['1400'] if self.codes() & {'fragmented', 'end.too-big'} else []
        return [os.environ['TRUEROUTE'], flag, '-n', '--json',
                '--simulate', path] + self.options + [self.host] + size

    def codes(self):
        return {code for code, _, _ in self.expected}

    def plant(self, code, first, last):
        self.expected.append((code, first, last))


# Each plants something at a router that others keep away from: room before
# and behind is the caller's care.

def nat(net, at):
    """Addresses and ports in quotes are the translated ones."""
    net.lines[at].append('nat source me to %s mends nothing' % (
        'fd00:77::1' if net.ipv6 else '192.0.2.7'))
    net.plant('nat', at, at + 1)


def nat_checksum(net, at):
    """The quote is mended, but for the UDP checksum."""
    net.lines[at].append('nat source me to %s mends addresses' % (
        'fd00:77::1' if net.ipv6 else '192.0.2.7'))
    if net.protocol == 'udp':
        net.plant('rewritten.checksum', at, at + 1)


def nat_mended(net, at):
    """Nothing shows."""
    net.lines[at].append('nat source me to %s mends all' % (
        'fd00:77::1' if net.ipv6 else '192.0.2.7'))


def sequence(net, at):
    """IPv6 has no identification: there nothing is left to match by."""
    if net.ipv6:
        return
    net.lines[at].append('rewrite sequence mends nothing')
    if net.protocol == 'tcp':
        net.plant('rewritten.sequence', at, at + 1)


def ecn(net, at):
    net.lines[at].append('clear ecn')
    if net.options:
        net.plant('ecn.bleached', at, at + 1)


def dscp(net, at):
    """To 10, and the ECN bits as they are."""
    net.lines[at].append('set tos %d' % (42 if net.options else 40))
    net.plant('rewritten.dscp', at, at + 1)


def congestion(net, at):
    """All are marked: a queue, or something that sets the bits."""
    if net.options:
        net.lines[at].append('set tos 3')
        net.plant('ecn.congestion', at, at + 1)


def ecn_changed(net, at):
    net.lines[at].append('set tos 1')
    net.plant('ecn.changed', at, at + 1)


def twice(net, at):
    net.lines[at].append('reply twice')
    net.plant('duplicates', at, at)


def forged(net, at):
    if net.protocol == 'tcp':
        net.lines[at].append('filter reset tcp')
        net.plant('end.forged-reset', at, at + 1)


def too_big(net, at):
    if net.protocol != 'tcp':
        net.links[at] = ' mtu 1300'
        net.options.append('-F')
        net.plant('end.too-big', at, at)


def explicit(net, at):
    tunnel(net, at, 'explicit')
    net.plant('mpls.explicit', at + 1, at + 3)


def implicit(net, at):
    tunnel(net, at, 'implicit')
    net.plant('mpls.implicit', at + 1, at + 3)


def opaque(net, at):
    tunnel(net, at, 'opaque')
    net.hidden |= {at + 1, at + 2, at + 3}
    net.plant('mpls.opaque', net.hop(at + 4), net.hop(at + 4))


def invisible(net, at):
    tunnel(net, at, 'invisible')
    net.hidden |= {at + 1, at + 2, at + 3}
    net.plant('tunnel.suspected', net.hop(at), net.hop(at + 4))


def tunnel(net, at, kind):
    # A router that tells of labels does so in its own answers.
    for router in range(at, at + 5):
        net.lines[router][0] = 'like cisco'
    net.extra.append('tunnel %s %s' % (kind, ' '.join(
        'r%d' % router for router in range(at, at + 5))))


def duplicate(net, at):
    tunnel(net, at, 'invisible')
    net.extra[-1] += ' uhp'
    # The end of the tunnel passes what has run out: it is hidden as well, and
    # the next stands at its hop.
    net.hidden |= {at + 1, at + 2, at + 3}
    hop = net.hop(at + 4)
    net.plant('mpls.duplicate', hop, hop + 1)


def zero_ttl(net, at):
    net.lines[at].append('zero-ttl')
    net.plant('zero-ttl', at - 1, at)


def loop(net, at):
    net.lines[at].append('route target via r%d' % (at - 1))
    net.plant('loop', at - 1, 30)


def silent(net, at):
    net.lines[at].append('silent')
    net.plant('silent', at, at)


def drop(net, at):
    net.lines[at].append('filter drop any')
    net.plant('end.silent', at + 1, 30)


def prohibit(net, at):
    net.lines[at].append('filter prohibit any')
    net.plant('end.refused', at, at)


def unreachable(net, at):
    net.lines[at].append('unreachable %s host' % (
        'fd00:99::1' if net.ipv6 else '10.99.0.1'))
    net.plant('end.undeliverable', at, at)


def fragments(net, at):
    if net.ipv6 or net.protocol == 'tcp':
        return
    net.links[at] = ' mtu 1300'
    net.plant('fragmented', at, at + 1)


def destination(net, at):
    """The name that is called stands for one behind a NAT."""
    net.host = '2001:db8::80' if net.ipv6 else '192.0.2.80'
    net.lines[at].append('nat destination %s to %s' % (
        net.host, 'fd00:99::1' if net.ipv6 else '10.99.0.1'))
    net.plant('source.rewritten', at, net.count + 1)


def way_back(net, at):
    """From here on, answers take another way, that is longer."""
    more = net.numbers.randint(1, 6)
    names = ['back%d' % i for i in range(1, more + 1)]
    for i, name in enumerate(names):
        net.extra.append('router %s %s' % (name, net.address(110 + i)))
        net.extra.append('    route me via %s' % (
            names + ['r%d' % (at - 1)])[i + 1])
    net.extra.append('link r%d %s cost 50' % (at, names[0]))
    net.extra += ['link %s %s cost 50' % pair for pair in
                  zip(names, names[1:] + ['r%d' % (at - 1)])]
    net.lines[at].append('route me via ' + names[0])
    if more >= 3:
        net.plant('tunnel.suspected', at - 1, at)
    else:
        net.plant('return.differs', net.count + 1, net.count + 1)


def per_packet(net, at):
    """At the end, whatever place was chosen."""
    net.behind = True
    net.lines[net.count].append('balance packet')
    net.options += ['-q', '10']
    net.plant('flow.scattered', net.count + 1, net.count + 1)


def per_flow(net, at):
    net.behind = True


def lossy(net, at):
    """A packet in a hundred, anywhere: that may be seen, or not."""
    net.loss = ' loss 1%'


def quoting(net, at):
    """Quotes as short as may be tell less, and nothing false."""
    if not net.ipv6:
        net.lines[at].append('quote 8')


def initial_ttl(net, at):
    net.lines[at].append('ttl %d' % net.numbers.choice([64, 128, 255]))


def slow(net, at):
    net.lines[at].append('reply after 25ms jitter 10ms')


def object_there(net, at):
    """An extension without labels is no tunnel."""
    net.lines[at].append('extension interface in index 7 name eth0')


# How much room each needs: routers before its own, and behind.
PLANTS = {
    nat: (1, 2), nat_checksum: (1, 2), nat_mended: (1, 2), sequence: (1, 2),
    ecn: (1, 2), dscp: (1, 2), explicit: (1, 6), implicit: (1, 6),
    opaque: (1, 6), invisible: (1, 6), duplicate: (1, 6), zero_ttl: (1, 2),
    loop: (2, 1), silent: (1, 2), drop: (1, 1), prohibit: (1, 1),
    unreachable: (1, 1), fragments: (1, 2), quoting: (0, 0),
    initial_ttl: (0, 0), slow: (0, 0), object_there: (0, 0),
    destination: (1, 2), way_back: (2, 2), per_packet: (1, 1),
    congestion: (1, 2), ecn_changed: (1, 2), twice: (0, 1), forged: (1, 1),
    too_big: (1, 1),
}
# What changes the numbers of hops, or the way back, is alone.
ALONE = {opaque, invisible, duplicate, zero_ttl, loop, explicit, implicit,
         fragments, destination, way_back, per_packet, forged, too_big}


def make(numbers):
    net = Network(numbers)
    harmless = [quoting, initial_ttl, slow, object_there, nat_mended]
    for _ in range(numbers.randint(0, 2)):
        numbers.choice(harmless[:4])(net, numbers.randint(1, net.count))
    if numbers.random() < 1 / 3:
        for noise in (per_flow, lossy):
            if numbers.random() < 0.5:
                noise(net, 1)
        return net
    first = numbers.choice(list(PLANTS))
    chosen = [first]
    if first not in ALONE:
        second = numbers.choice([p for p in PLANTS if p not in ALONE and
                                 p is not first])
        families = ({nat, nat_checksum, nat_mended, sequence},
                    {ecn, dscp, congestion, ecn_changed},
                    {drop, prohibit, unreachable})
        if not any({first, second} <= family for family in families):
            chosen.append(second)
    ending = {loop, drop, prohibit, unreachable}
    chosen.sort(key=lambda plant: plant in ending)
    at = 1
    for plant in chosen:
        before, behind = PLANTS[plant]
        last = net.count - behind
        if at + before > last:
            continue
        place = numbers.randint(at + before, max(at + before,
                                min(last, at + before + 3)))
        plant(net, place)
        at = place + behind
    return net


def judge_one(net, path):
    net.write(path)
    run = subprocess.run(net.command(path), stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, check=False)
    if run.returncode not in (0, 1):
        return None, run.stderr.decode()
    result = json.loads(run.stdout)
    found = [(f['code'], f['first_ttl'], f['last_ttl'])
             for f in result['findings']]
    return found, result


def main():
    count = int(sys.argv[1])
    first_seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    planted = collections.Counter()
    hit = collections.Counter()
    false = collections.Counter()
    ordinary = ordinary_false = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'random.net')
        for seed in range(first_seed, first_seed + count):
            net = make(random.Random(seed))
            found, why = judge_one(net, path)
            if found is None:
                print('# seed %d: %s' % (seed, why))
                failed += 1
                continue
            # True, where it is said.
            left = [one for one in found
                    if not (net.loss and one[0] == 'loss')]
            for expected in net.expected:
                planted[expected[0]] += 1
                if expected in left:
                    left.remove(expected)
                    hit[expected[0]] += 1
                else:
                    print('# seed %d: missed %s; found %s' % (
                        seed, expected, found))
            for one in left:
                false[one[0]] += 1
                print('# seed %d: false %s; planted %s' % (
                    seed, one, net.expected))
            if not net.expected:
                ordinary += 1
                ordinary_false += bool(left)
    print('# %-20s %8s %8s %8s' % ('', 'planted', 'found', 'false'))
    for code in sorted(set(planted) | set(false)):
        print('# %-20s %8d %8d %8d' % (code, planted[code], hit[code],
                                       false[code]))
    recall = sum(hit.values()) / max(1, sum(planted.values()))
    print('# %d networks, %d of them without anything to find; recall %.2f%%'
          % (count, ordinary, 100 * recall))
    for passed, name in (
            (not failed, 'each run came to its end'),
            (not ordinary_false, 'nothing is found in ordinary networks'),
            (not false, 'nothing is found that was not planted'),
            (recall >= 0.99, 'what was planted is found')):
        print('ok' if passed else 'no', name)


if __name__ == '__main__':
    main()
