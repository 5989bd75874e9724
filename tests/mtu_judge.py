#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What --mtu says of random networks, beside how large their links are.

    mtu_judge.py COUNT [SEED [LOSS]]

Each network is a chain of routers with links of random MTUs.  Routers may be
silent, hide what is too big, tell no size or a wrong one, limit their errors;
errors may be dropped on the way back, packets lost, the target silent.  The
truth is computed here from what was drawn.  With LOSS, one link of each network
loses that many percent, each way; then only what is said to be exact is judged.
TRUEROUTE names the program; KEEP, if set, a folder for the networks that it was
wrong about.  Prints a table, then a line for each check, as tests/tap.sh's
from_lines() reads them.
"""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

# How routers speak of what is too big.
TELLS, NUMBERLESS, LIES, HIDES = 'tells', 'tells no size', 'lies', 'hides it'


class Router:
    def __init__(self, draw, number):
        self.number = number
        self.silent = draw.random() < 0.1
        self.drops_errors = draw.random() < 0.04
        self.limited = draw.random() < 0.1
        self.way = draw.choice([TELLS] * 4 + [NUMBERLESS, LIES] + [HIDES] * 3)
        self.lie = draw.choice([draw.randint(0, 1500), 1280, 1500, 9000])

    def lines(self):
        yield 'router r%d 10.0.%d.1 fd00:%d::1' % ((self.number,) * 3)
        if self.silent:
            yield '    silent'
        if self.drops_errors:
            yield '    filter drop errors'
        if self.limited:
            yield '    limit 2/s burst 5'
        if self.way == NUMBERLESS:
            yield '    reply mtu 0'
        elif self.way == LIES:
            yield '    reply mtu %d' % self.lie
        elif self.way == HIDES:
            yield '    reply mtu none'


class Network:
    """A chain: link k leads from hop k (0: the prober) to hop k + 1."""

    def __init__(self, draw, loss):
        self.draw = draw
        self.loss = loss
        self.protocol = draw.choice(['-U', '-I', '-T'])
        self.ipv6 = draw.random() < 0.4
        if draw.random() < 0.15 and loss == 0:
            # Of what goes there and back, a twentieth.
            self.loss = 2.5
        self.routers = [Router(draw, number + 1)
                        for number in range(draw.randint(3, 14))]
        self.links = [self.mtu() for _ in range(len(self.routers) + 1)]
        if draw.random() < 0.7:
            self.links[0] = 1500
        self.target_silent = draw.random() < 0.1
        self.target_limited = draw.random() < 0.2

    def mtu(self):
        if self.draw.random() < 0.65:
            return 1500
        least = 1280 if self.ipv6 else 500
        return self.draw.choice([1492, 1480, 1420, 1400, 1280] + [
            self.draw.randint(least, 1500) for _ in range(5)])

    def write(self, path):
        with open(path, 'w', encoding='ascii') as file:
            print('prober me 10.0.0.100 fd00::100', file=file)
            for router in self.routers:
                print('\n'.join(router.lines()), file=file)
            print('host target 10.99.0.1 fd00:99::1', file=file)
            if self.target_silent:
                print('    silent\n    tcp filtered', file=file)
            if self.target_limited:
                print('    limit 1/s burst 6 per source', file=file)
            print('links delay %dms' % self.draw.randint(1, 8), file=file)
            names = ['me'] + ['r%d' % r.number for r in self.routers] + [
                'target']
            lossy = self.draw.randrange(len(self.links))
            for k, mtu in enumerate(self.links):
                loss = ' loss %g%%' % self.loss if k == lossy else ''
                print('link %s %s mtu %d%s' % (names[k], names[k + 1], mtu,
                                               loss), file=file)

    def error_comes_back(self, hop):
        """Does an ICMP error from this hop come to the prober?"""
        return not any(r.drops_errors for r in self.routers[:hop - 1])

    def answers(self, hop):
        if hop <= len(self.routers):
            return not self.routers[hop - 1].silent and \
                self.error_comes_back(hop)
        if self.target_silent:
            return False
        return self.protocol != '-U' or self.error_comes_back(hop)

    def last(self):
        """The last hop that answers; 0: none."""
        hops = range(len(self.routers) + 1, 0, -1)
        return next((hop for hop in hops if self.answers(hop)), 0)

    def size_to(self, hop):
        return min(self.links[:hop])

    def limit(self, hop):
        """Between which hops that answer the size to a hop is decided."""
        link = self.links.index(self.size_to(hop))
        after = next((h for h in range(link, 0, -1) if self.answers(h)), 0)
        before = next(h for h in range(link + 1, hop + 1) if self.answers(h))
        return link, after, before

    def may_be_echoes(self, link, before):
        """May it be the answers, as large, that the way back does not carry?"""
        return self.protocol == '-I' and before > len(self.routers) and \
            self.source(link) == 'silence'

    def source(self, link):
        if link == 0:
            return 'interface'
        router = self.routers[link - 1]
        return 'told' if self.answers(link) and router.way != HIDES else \
            'silence'


class Tally:
    def __init__(self):
        self.networks = self.unheard = self.echoes = 0
        self.sizes = self.hops = self.sources = self.each = self.eaches = 0
        self.exact = self.false = 0
        self.expected = {'told': 0, 'silence': 0, 'interface': 0}
        self.probes, self.seconds = [], []
        self.wrong = []

    def note(self, network, said, name):
        last = network.last()
        if last == 0:
            self.unheard += said is None
            self.networks -= said is None
            return
        link, after, before = network.limit(last)
        source = network.source(link)
        self.expected[source] += 1
        found = said or {'mtu': None, 'exact': False, 'ttl': 0,
                         'source': None, 'limited_by': None, 'hops': []}
        limit = found['limited_by'] or {}
        self.exact += found['exact']
        self.false += found['exact'] and \
            found['mtu'] != network.size_to(found['ttl'])
        echoes = network.may_be_echoes(link, before)
        self.echoes += echoes
        right = found['exact'] != echoes and found['ttl'] == last and \
            found['mtu'] == network.size_to(last)
        # Who tells knows which of its links it is, whoever is behind that.
        if found['source'] == 'told':
            after, before = link, link + 1
        placed = right and (source == 'interface' or (
            limit['after_ttl'], limit['before_ttl']) == (after, before))
        self.sizes += right
        self.hops += placed
        self.sources += placed and found['source'] == source
        sizes = {hop['ttl']: hop['size'] for hop in found['hops']}
        for hop in range(1, last + 1):
            if network.answers(hop):
                self.eaches += 1
                self.each += sizes.get(hop) == network.size_to(hop)
        if not placed:
            self.wrong.append('%s: %d to hop %d between %d and %d, by %s; '
                              'said %s' % (name, network.size_to(last), last,
                                           after, before, source, said))


def trace(network, path, seed):
    arguments = [os.environ['TRUEROUTE'], '--json', '--mtu', '--seed',
                 str(seed), '-6' if network.ipv6 else '-4', network.protocol]
    if network.protocol == '-U':
        arguments += ['-p', '33434']
    arguments += ['--simulate', path, 'target']
    run = subprocess.run(arguments, capture_output=True, check=False)
    if run.returncode not in (0, 1):
        sys.exit('no %s: %s' % (path, run.stderr.decode()))
    return json.loads(run.stdout)


def cost(said):
    probes = [probe for hop in said['hops'] for probe in hop['probes']]
    sized = [probe for probe in probes if
             probe['size'] != said['run']['path_mtu']['walk_size']]
    last = max((probe['sent_ns'] or 0 for probe in probes), default=0)
    return len(sized), (last - said['run']['start_ns']) / 1e9


def keep(path, text):
    """What it was wrong about, for a closer look."""
    if 'KEEP' in os.environ:
        shutil.copy(path, os.environ['KEEP'])
        print(text)


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def report(tally):
    print('%d networks (%d more in which nobody answered): %d told, %d '
          'silent, %d by the interface' % (
              tally.networks, tally.unheard, tally.expected['told'],
              tally.expected['silence'], tally.expected['interface']))
    print('%d may be a way back that is narrow, for echo replies' %
          tally.echoes)
    print('%-34s %5d of %d' % ('the MTU to the byte', tally.sizes,
                               tally.networks))
    print('%-34s %5d of %d' % ('... and the hops it is limited by',
                               tally.hops, tally.networks))
    print('%-34s %5d of %d' % ('... and how it is known', tally.sources,
                               tally.networks))
    print('%-34s %5d of %d' % ('the size at each hop that answers',
                               tally.each, tally.eaches))
    print('%-34s %5d of %d' % ('said to be exact, but wrong', tally.false,
                               tally.exact))
    for name, values in (('probes for sizes', tally.probes),
                         ('seconds', tally.seconds)):
        print('%-17s median %.3g, 90 %% %.3g, most %.3g' % (
            name, percentile(values, 0.5), percentile(values, 0.9),
            max(values)))


def check(tally, loss):
    def verdict(good, text, detail):
        print('ok ' + text if good else 'no %s: %s' % (text, detail))

    verdict(tally.false <= 0.005 * tally.networks,
            'random networks: what is said to be exact is', tally.false)
    if loss > 0:
        return
    detail = '; '.join(tally.wrong[:3])
    verdict(tally.sizes >= 0.99 * tally.networks,
            'random networks: the MTU to the byte', detail)
    verdict(tally.hops >= 0.99 * tally.networks,
            'random networks: the hops that limit it', detail)
    verdict(tally.each >= 0.98 * tally.eaches,
            'random networks: the size at each hop', '%d of %d' % (
                tally.each, tally.eaches))
    verdict(max(tally.probes) <= 200, 'random networks: 200 probes at most',
            max(tally.probes))


def main():
    count = int(sys.argv[1])
    draw = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    loss = float(sys.argv[3]) if len(sys.argv) > 3 else 0
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            network = Network(draw, loss)
            path = os.path.join(folder, '%d.net' % number)
            network.write(path)
            said = trace(network, path, number + 1)
            probes, seconds = cost(said)
            tally.probes.append(probes)
            tally.seconds.append(seconds)
            tally.networks += 1
            tally.note(network, said['path_mtu'], '%d.net' % number)
            if tally.wrong and tally.wrong[-1].startswith('%d.net' % number):
                keep(path, tally.wrong[-1])
    report(tally)
    check(tally, loss)


main()
