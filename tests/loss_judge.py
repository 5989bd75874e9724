#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Loss or a limit: what is said of random paths, beside what is so.

    loss_judge.py COUNT [SEED]
    loss_judge.py --mtr COUNT [SEED]

Each path is a chain of 8 to 14 routers.  Some limit their replies, a link may
lose packets, or nothing of it.  30 rounds, ten a second.  TRUEROUTE names the
program; the first form traces in virtual time, and prints a line for each
check, as tests/tap.sh's from_lines() reads them.  The second runs mtr, and
trueroute in real time, behind the tun devices of TRUEROUTE_SIM, eight at a time.

A false loss is one that is said of a path that loses nothing; a missed one is a
link whose loss is not said at all.  "At hops": the right hop is among those
where it is said to begin; "at a hop": it is the only one.  mtr says nothing in
words: counted are hops with a Loss% where the path loses nothing, and paths
whose last hop has one, which is how its report is read.
"""
import concurrent.futures
import json
import os
import random
import re
import subprocess
import sys
import tempfile

ROUNDS = 30
INTERVAL = 0.1


class Path:
    """A path, and what is so of it."""

    def __init__(self, numbers):
        self.count = numbers.randint(8, 14)
        self.limits = {}
        self.silent = set()
        self.lossy = None           # behind this router
        self.share = 0
        kind = numbers.choice(['plain', 'limits', 'loss', 'both'])
        if kind in ('limits', 'both'):
            for _ in range(numbers.randint(1, 3)):
                # Of ten probes a second, one to seven are answered.
                self.limits[numbers.randint(1, self.count)] = (
                    numbers.randint(1, 7), numbers.randint(1, 3))
        if numbers.random() < 0.3:
            self.silent.add(numbers.randint(1, self.count))
        if kind in ('loss', 'both'):
            self.lossy = numbers.randint(1, self.count - 2)
            self.share = numbers.choice([5, 10, 20, 30, 50])
            self.oneway = numbers.random() < 0.5
        self.silent -= set(self.limits)

    def write(self, file):
        print('prober me 10.0.0.100', file=file)
        for router in range(1, self.count + 1):
            print('router r%d 10.0.%d.1' % (router, router), file=file)
            if router in self.limits:
                print('    limit %d/s burst %d' % self.limits[router],
                      file=file)
            if router in self.silent:
                print('    silent', file=file)
        print('host target 10.99.0.1', file=file)
        print('links delay 1ms', file=file)
        print('link me r1', file=file)
        for router in range(1, self.count + 1):
            behind = 'r%d' % (router + 1) if router < self.count else \
                'target'
            print('link r%d %s' % (router, behind), end='', file=file)
            if router == self.lossy:
                print(' loss %d%%' % self.share, end='', file=file)
                # There and back it would be more than is said.
                if self.oneway:
                    print(' back loss 0%', end='', file=file)
            print(file=file)


def run(arguments):
    done = subprocess.run(arguments, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)
    return done.stdout.decode()


TRACE = ['-I', '-n', '--json', '-c', str(ROUNDS), '--interval',
         str(INTERVAL)]


def losses(text):
    """Hops from which loss is said to begin, those in doubt, and limits."""
    findings = json.loads(text)['findings']
    return ([(f['values']['begins_first'], f['values']['begins_last'])
             for f in findings if f['code'] == 'loss'],
            [f['first_ttl'] for f in findings
             if f['code'] == 'loss.last-hop'],
            {f['first_ttl'] for f in findings if f['code'] == 'limit'})


class Tally:
    def __init__(self):
        self.paths = self.lossless = 0
        self.false = self.doubts = self.beside = self.by_limit = 0
        self.by_share = {}
        self.limits = self.limits_found = self.limits_false = 0
        self.wrong = []

    def add(self, seed, path, said, doubts, limits):
        self.paths += 1
        self.limits += len(path.limits)
        self.limits_found += len(limits & set(path.limits))
        self.limits_false += len(limits - set(path.limits))
        self.doubts += len(doubts)
        if path.lossy is None:
            self.lossless += 1
            self.false += len(said)
            if said:
                self.wrong.append((seed, said, path.limits))
            return
        begin = path.lossy + 1
        hit = any(first <= begin <= last for first, last in said)
        exact = (begin, begin) in said
        one = self.by_share.setdefault((path.share, path.oneway),
                                       [0, 0, 0, 0])
        one[0] += 1
        one[1] += bool(said)
        one[2] += hit
        one[3] += exact
        if not said or hit:
            return
        # A limit at the hop before that answers as little as those behind
        # is not told from loss.
        if path.lossy in path.limits and said[0][0] == path.lossy:
            self.by_limit += 1
        else:
            self.beside += 1
            self.wrong.append((seed, said, path.lossy + 1, path.limits))

    def show(self):
        print('# %d paths, %d of them lose nothing' % (self.paths,
                                                       self.lossless))
        print('# false losses: %d; elsewhere than it is: %d, and %d one hop '
              'early, at a limit; in doubt at the last hop: %d' % (
                  self.false, self.beside, self.by_limit, self.doubts))
        print('# %-24s %8s %8s %8s %8s' % ('loss', 'planted', 'said',
                                           'at hops', 'at a hop'))
        for (share, oneway), counts in sorted(self.by_share.items()):
            print('# %2d%% %-20s %8d %8d %8d %8d' % (
                share, 'one way' if oneway else 'there and back', *counts))
        print('# limits: %d planted, %d said, %d false' % (
            self.limits, self.limits_found, self.limits_false))


def judge(count, first_seed, folder):
    tally = Tally()
    name = os.path.join(folder, 'random.net')
    for seed in range(first_seed, first_seed + count):
        path = Path(random.Random(seed))
        with open(name, 'w', encoding='ascii') as file:
            path.write(file)
        tally.add(seed, path, *losses(run(
            [os.environ['TRUEROUTE']] + TRACE + ['--seed', str(seed),
             '--simulate', name, 'target'])))
    return tally


def check(passed, name):
    print('ok' if passed else 'no', name)


def virtual(count, first_seed, folder):
    tally = judge(count, first_seed, folder)
    tally.show()
    for wrong in tally.wrong:
        print('# wrong:', *wrong)
    clear = [one for (share, _), one in tally.by_share.items()
             if share >= 20]
    check(tally.false == 0, 'no loss is said where nothing is lost')
    check(tally.limits_false == 0, 'no hop is said to limit that does not')
    check(sum(one[1] for one in clear) >= 0.99 * sum(
        one[0] for one in clear), 'a loss of 20% and more is said')


# --- beside mtr ------------------------------------------------------------

def mtr_of(text):
    """The Loss% of each hop."""
    return {int(hop): float(loss) for hop, loss in re.findall(
        r'^ *(\d+)\.\|-- +\S+ +([0-9.]+)%', text, re.M)}


def beside(seed, folder):
    path = Path(random.Random(seed))
    name = os.path.join(folder, 'path%d.net' % seed)
    with open(name, 'w', encoding='ascii') as file:
        path.write(file)
    simulator = [os.environ['TRUEROUTE_SIM'], name, '--']
    mtr = run(simulator + ['mtr', '-r', '-n', '-c', str(ROUNDS), '-i',
                           str(INTERVAL), '10.99.0.1'])
    own = run(simulator + [os.environ['TRUEROUTE']] + TRACE + ['10.99.0.1'])
    os.unlink(name)
    return seed, path, mtr_of(mtr), own


def real(count, first_seed, folder):
    tally = Tally()
    hops = wrong_hops = wrong_paths = lossy = lossy_shown = 0
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        runs = pool.map(lambda seed: beside(seed, folder),
                        range(first_seed, first_seed + count))
        for seed, path, mtr, own in runs:
            tally.add(seed, path, *losses(own))
            before = path.count + 1 if path.lossy is None else path.lossy
            shown = [hop for hop, loss in mtr.items()
                     if loss > 0 and hop <= before]
            hops += before
            wrong_hops += len(shown)
            wrong_paths += bool(shown)
            if path.lossy is not None:
                lossy += 1
                lossy_shown += mtr.get(max(mtr, default=0), 0) > 0
    print('# trueroute:')
    tally.show()
    for wrong in tally.wrong:
        print('# wrong:', *wrong)
    print('# mtr: of %d hops before which nothing is lost, %d with a Loss%%; '
          'on %d of %d paths' % (hops, wrong_hops, wrong_paths,
                                 tally.paths))
    print('# mtr: of %d paths that lose, %d with a Loss%% at the last hop'
          % (lossy, lossy_shown))


def main():
    arguments = sys.argv[1:]
    form = virtual
    if arguments[0] == '--mtr':
        form = real
        arguments = arguments[1:]
    with tempfile.TemporaryDirectory() as folder:
        form(int(arguments[0]),
             int(arguments[1]) if len(arguments) > 1 else 1, folder)


if __name__ == '__main__':
    main()
