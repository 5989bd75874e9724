#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What --compare says of random networks, beside the firewall planted in them.

    compare_judge.py COUNT [SEED]

Each network is a chain of routers with balancers in it, in half of them with
a firewall that stops some protocols; routers may be silent, limited or flaky,
links may lose packets, the host may be deaf to some.
TRUEROUTE names the program.  Prints a table of what was planted and what was
said, then a line for each check, as tests/tap.sh's from_lines() reads them.
"""
import json
import os
import random
import subprocess
import sys
import tempfile

PROTOCOLS = {'UDP 33434': 'udp', 'ICMP': 'icmp', 'TCP 443': 'tcp 443'}
# Hidden: of a balancer's ways some never answer.  A protocol that takes one
# of these to a host that is deaf to it looks as if it were stopped.
NOISES = ['clean', 'silent', 'limited', 'flaky', 'loss', 'hidden']
NOISE = {
    'silent': '    silent',
    'hidden': '    silent',
    'limited': '    limit 2/s burst 3',
    'flaky': '    silent share 40%',
}


class Network:
    """A topology file, and what stands in it."""

    def __init__(self, chance, noise):
        self.chance = chance
        self.noise = noise
        self.length = chance.randint(3, 8)
        self.ipv6 = chance.random() < 0.3
        self.plant()
        self.deafen()
        self.build()

    def plant(self):
        """A firewall at a hop, or none; it may stop all, or say so."""
        self.hop, self.stops, self.action = 0, set(), ''
        if self.chance.random() < 0.5:
            return
        self.hop = self.chance.randint(1, self.length)
        size = self.chance.choice([1, 1, 2, 2, 3])
        self.stops = set(self.chance.sample(sorted(PROTOCOLS), size))
        self.action = self.chance.choice(['drop', 'drop', 'prohibit',
                                          'reject'])
        if self.stops == {'TCP 443'} and self.chance.random() < 0.3:
            self.action = 'reset'

    def deafen(self):
        """What the host does not answer."""
        self.deaf = self.chance.choice(
            [set()] * 6 + [{'UDP 33434'}, {'ICMP'}, set(PROTOCOLS)])

    def router(self, hop, number, noisy):
        name = 'r%d%s' % (hop, 'ab'[number])
        lines = ['router %s %s' % (name, 'fd00:%x::%d' % (hop, number + 1)
                 if self.ipv6 else '10.0.%d.%d' % (hop, number + 1)),
                 '    ttl 64']
        if noisy and self.noise in NOISE:
            lines.append(NOISE[self.noise])
        if hop == self.hop:
            lines += ['    filter %s %s' % (self.action, PROTOCOLS[name])
                      for name in sorted(self.stops)]
        self.lines += lines
        return name

    def build(self):
        self.lines, links, before = [], [], ['me']
        for hop in range(1, self.length + 1):
            # A firewall stands where all come by.
            wide = hop not in (1, self.hop) and len(before) == 1 and \
                self.chance.random() < 0.3
            noisy = [self.chance.random() < 0.4 for _ in range(2)]
            if self.noise != 'hidden':
                noisy[1] = noisy[0]
            here = [self.router(hop, i, noisy[i])
                    for i in range(2 if wide else 1)]
            links += ['link %s %s' % (a, b) for a in before for b in here]
            before = here
        links += ['link %s target' % a for a in before]
        self.lines.append('host target ' + ('fd00:99::1' if self.ipv6 else
                                            '10.99.0.1'))
        if 'UDP 33434' in self.deaf:
            self.lines.append('    udp filtered')
        if 'ICMP' in self.deaf:
            self.lines.append('    echo off')
        self.lines.append('    tcp filtered' if 'TCP 443' in self.deaf else
                          '    tcp open 443')
        self.links = links

    def write(self, path):
        with open(path, 'w', encoding='ascii') as file:
            print('prober me', 'fd00::100' if self.ipv6 else '10.0.0.100',
                  file=file)
            print('\n'.join(self.lines), file=file)
            print('links delay 1ms' +
                  (' loss 1%' if self.noise == 'loss' else ''), file=file)
            print('\n'.join(self.links), file=file)


def compare(path, seed):
    """The comparison, which is the last object."""
    seen = subprocess.run(
        [os.environ['TRUEROUTE'], '-n', '-j', '--compare', '-w', '1', '-m',
         '14', '--simulate', path, '--seed', str(seed), 'target'],
        capture_output=True, check=False)
    if seen.returncode not in (0, 1):
        sys.exit('no %s: %s' % (path, seen.stderr.decode()))
    return json.loads(seen.stdout.splitlines()[-1])['comparison']


def faults(network, said):
    """What of it is false."""
    for firewall in said['firewalls']:
        stops, passes = set(firewall['stops']), set(firewall['passes'])
        place = firewall['ttl_before'] == network.hop if \
            firewall['refuses'] else \
            firewall['ttl_before'] <= network.hop < firewall['ttl_after']
        if firewall['at_host']:
            # The host, or a firewall before it: both may be so.
            if not stops <= network.stops | network.deaf:
                yield 'at the host'
        elif not stops <= network.stops:
            yield 'whom it stops'
        elif not place:
            yield 'where it stands'
        if passes & network.stops:
            yield 'whom it lets pass'
    if said['verdict'] == 'all-arrive' and network.stops:
        yield 'all arrive'


def is_answered(network):
    """Does the host answer anything that passes?"""
    return bool(set(PROTOCOLS) - network.stops - network.deaf)


def is_found(network, said):
    """Is all that the firewall stops put down to one?"""
    stops = set()
    for firewall in said['firewalls']:
        stops |= set(firewall['stops'])
    return network.stops <= stops


def is_sharp(network, said):
    """Is it named to the hop?"""
    return any(not f['at_host'] and f['ttl_before'] == network.hop and
               f['ttl_after'] == network.hop + 1 for f in said['firewalls'])


class Row:
    """Networks with one kind of noise: how many, and of how many what."""

    def __init__(self):
        self.none = self.claimed = 0
        self.all = self.all_claimed = 0
        self.dead = self.dead_found = 0
        self.some = self.found = self.sharp = 0
        self.false = 0

    def add(self, network, said, false):
        found = is_found(network, said)
        self.false += false
        if not network.stops:
            self.none += 1
            self.claimed += any(not f['at_host'] for f in said['firewalls'])
        elif network.stops == set(PROTOCOLS):
            self.all += 1
            self.all_claimed += any(f['passes'] for f in said['firewalls'])
        elif not is_answered(network):
            self.dead += 1
            self.dead_found += found
        else:
            self.some += 1
            self.found += found
            self.sharp += is_sharp(network, said)

    def __str__(self):
        return '| %d | %d | %d | %d | %d | %d | %d | %d | %d | %d |' % (
            self.none, self.claimed, self.all, self.all_claimed,
            self.dead, self.dead_found, self.some, self.found, self.sharp,
            self.false)


def check(name, good, detail):
    print('ok random networks: ' + name if good else
          'no random networks: %s: %s' % (name, detail))


def main():
    count = int(sys.argv[1])
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    rows = {noise: Row() for noise in NOISES}
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            chance = random.Random('%d/%d' % (seed, number))
            noise = NOISES[number % len(NOISES)]
            network = Network(chance, noise)
            path = os.path.join(folder, 'network')
            network.write(path)
            said = compare(path, number)
            false = sorted(set(faults(network, said)))
            rows[noise].add(network, said, len(false))
            if false and noise not in ('flaky', 'hidden'):
                wrong.append('%d (%s): %s' % (number, noise,
                                              ', '.join(false)))
    print('| noise | no firewall | claimed | stops all | claimed | '
          'host mute | found | stops some | found | to the hop | false |')
    for noise in NOISES:
        print('| %s %s' % (noise, rows[noise]))
    clean = rows['clean']
    every = [row for noise, row in rows.items() if noise != 'hidden']
    check('none is claimed where none is', sum(
        row.claimed + row.all_claimed for row in every
        if row is not rows['flaky']) == 0, '; '.join(wrong[:8]))
    check('nothing false is said', not wrong, '; '.join(wrong[:8]))
    check('and of flaky routers in one of 50 at most',
          rows['flaky'].false * 50 * len(NOISES) <= count,
          '%d times' % rows['flaky'].false)
    check('each is found where all answer', clean.found == clean.some > 0,
          '%d of %d' % (clean.found, clean.some))
    some = sum(row.some for row in every)
    found = sum(row.found for row in every)
    check('19 of 20 are found with noise', found * 20 >= some * 19,
          '%d of %d' % (found, some))


main()
