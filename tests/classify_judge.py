#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What --classify says of random networks, beside what their balancers do.

    classify_judge.py COUNT [SEED]

Each network is a chain of balancers, some nested, some with weights, that
hash random fields.
TRUEROUTE names the program.  Prints a table of what was said of fields that
are hashed and that are not, then a line for each check, as tests/tap.sh's
from_lines() reads them.
"""
import json
import os
import random
import subprocess
import sys
import tempfile

# What topology files call the fields, and what the program does.
NAMES = {
    'source-port': 'source_port',
    'destination-port': 'destination_port',
    'tos': 'tos',
    'label': 'flow_label',
    'icmp-checksum': 'icmp_checksum',
    'icmp-id': 'icmp_id',
    'dst': 'destination',
}


def fields_of(protocol, ipv6):
    fields = ['tos', 'dst'] + (['label'] if ipv6 else [])
    if protocol == '-I':
        return fields + ['icmp-checksum', 'icmp-id']
    return fields + ['source-port', 'destination-port']


class Network:
    """A topology file, and what each of its balancers hashes."""

    def __init__(self, random_numbers, protocol, ipv6):
        self.random = random_numbers
        self.choice = fields_of(protocol, ipv6)
        self.ipv6 = ipv6
        self.nodes, self.links = [], []
        self.fields, self.shares = {}, {}
        self.count = 0
        self.make()

    def address(self):
        self.count += 1
        return ('fd00:%x::1' if self.ipv6 else '10.0.%d.1') % self.count

    def router(self, balances=False):
        address = self.address()
        name = 'r%d' % self.count
        self.nodes.append('router %s %s' % (name, address))
        if balances:
            hashed = [f for f in self.choice if self.random.random() < 0.4]
            self.fields[address] = {NAMES[f] for f in hashed}
            self.nodes.append('    balance flow by src ' + ' '.join(hashed))
        return name, address

    def link(self, a, b):
        self.links.append('link %s %s' % (a, b))

    def weigh(self, place, address, ways):
        """Shares of a balancer's ways, which are known by now."""
        weights = [1] * len(ways)
        if self.random.random() < 0.25:
            weights[0] = self.random.choice([2, 3])
            self.nodes.insert(place, '    route servers via ' + ' '.join(
                '%s*%d' % way for way in zip(ways, weights)))
        self.shares[address] = [w / sum(weights) for w in weights]

    def block(self, before, nested):
        """Ways that part behind a router and meet again."""
        split, address = self.router(True)
        place = len(self.nodes)
        self.link(before, split)
        width = self.random.choice([2, 2, 3, 4])
        first = [self.router(nested and i == 0) for i in range(width)]
        self.weigh(place, address, [name for name, _ in first])
        for name, _ in first:
            self.link(split, name)
        join = self.router()[0]
        for i, (name, address) in enumerate(first):
            inner = 2 if nested and i == 0 else 1
            if inner > 1:
                self.shares[address] = [0.5, 0.5]
            for _ in range(inner):
                middle = self.router()[0]
                self.link(name, middle)
                self.link(middle, join)
        return join

    def make(self):
        at = self.router()[0]
        self.link('me', at)
        for _ in range(self.random.choice([1, 2, 3])):
            at = self.block(at, self.random.random() < 0.4)
        self.link(at, 'servers')

    def write(self, path):
        loss = self.random.choice(['', '', ' loss 1%'])
        with open(path, 'w', encoding='ascii') as file:
            print('prober me', 'fd00::100' if self.ipv6 else '10.0.0.100',
                  file=file)
            print('\n'.join(self.nodes), file=file)
            print('host servers', 'fd99::/64' if self.ipv6 else
                  '10.99.0.0/24', file=file)
            print('links delay 1ms' + loss, file=file)
            print('\n'.join(self.links), file=file)


class Tally:
    """What was said of fields, by what is so."""

    def __init__(self):
        self.said = {True: {True: 0, False: 0, None: 0},
                     False: {True: 0, False: 0, None: 0}}
        self.expected = 0.0     # hashed, and said not to be
        self.wrong = []
        self.hidden = 0         # balancers that the discovery cannot see

    def add(self, network, vertex, seed):
        hashed = network.fields.get(vertex['address'], set())
        for field, test in vertex['fields'].items():
            so = field in hashed
            said = test['hashed']
            self.said[so][said] += 1
            if so and said is not None:
                self.expected += sum(
                    share ** (test['flows'] + 1)
                    for share in network.shares[vertex['address']])
            if said and not so:
                self.wrong.append((seed, vertex['address'], field))
            # Where one way was seen at all: of two equal ones.
            if said is False and all(
                    other['hashed'] is False
                    for other in vertex['fields'].values()) and abs(
                        test['miss'] - 0.5 ** test['flows']) > 1e-12:
                self.wrong.append((seed, vertex['address'], 'miss', test))
        if vertex['balance'] == 'destination' or (
                vertex['balance'] == 'flow' and
                vertex['stopping']['ways'] == 1):
            self.hidden += 1

    def show(self):
        print('# %-20s %8s %8s %8s' % ('', 'hashed', 'not', 'unknown'))
        for so, text in ((True, 'hashed in truth'), (False, 'not hashed')):
            said = self.said[so]
            print('# %-20s %8d %8d %8d' % (text, said[True], said[False],
                                           said[None]))
        print('# %d balancers that no flow of the discovery shows' %
              self.hidden)
        print('# hashed, and said not to be: %d; by chance about %.1f' %
              (self.said[True][False], self.expected))


def check(passed, name):
    print('ok' if passed else 'no', name)


def judge(count, first_seed, folder):
    tally = Tally()
    for seed in range(first_seed, first_seed + count):
        numbers = random.Random(seed)
        protocol = numbers.choice(['-U', '-U', '-T', '-I'])
        ipv6 = numbers.random() < 0.4
        network = Network(numbers, protocol, ipv6)
        path = os.path.join(folder, 'random.net')
        network.write(path)
        target = 'fd99::77' if ipv6 else '10.99.0.77'
        run = subprocess.run(
            [os.environ['TRUEROUTE'], protocol, '--multipath', '--classify',
             '-n', '--json', '--seed', str(seed), '--simulate', path, target],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
        if run.returncode != 0:
            tally.wrong.append((seed, 'exit', run.returncode))
            continue
        for vertex in json.loads(run.stdout)['graph']['vertices']:
            if vertex['fields'] is not None:
                tally.add(network, vertex, seed)
    return tally


def main():
    count = int(sys.argv[1])
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with tempfile.TemporaryDirectory() as folder:
        tally = judge(count, seed, folder)
    tally.show()
    hashed = tally.said[True]
    for wrong in tally.wrong:
        print('# wrong:', *wrong)
    check(not tally.wrong, 'no field is said to be hashed that is not')
    check(hashed[False] <= tally.expected + 3 * tally.expected ** 0.5 + 1,
          'fields that are hashed are missed no more often than by chance')
    check(hashed[True] > 10 * (hashed[False] + hashed[None]),
          'nearly all fields that are hashed are found')
    check(tally.hidden > 0, 'balancers that flows do not show are found')


if __name__ == '__main__':
    main()
