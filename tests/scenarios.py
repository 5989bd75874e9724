#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Run the commands that stand in the comments of topology files, and hold
what they print against what stands behind them.

    scenarios.py [--fill] FOLDER

A command is a comment line "#<tab>$ COMMAND"; what it prints, both streams,
follows in lines "#<tab>...", or "#" for an empty one.  Commands run in FOLDER
with the programs that TRUEROUTE and TRUEROUTE_SIM name.  Prints a line for
each, as tests/tap.sh's in_lab() reads them: "ok TEXT", "no TEXT: DETAIL",
"skip TEXT: WHY".
--fill writes what is printed into the files instead.
"""
import functools
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

PREFIX = '#\t'
COMMAND = '#\t$ '


def run(command, folder, path):
    done = subprocess.run(['bash', '-c', command], cwd=folder,
                          env={**os.environ, 'PATH': path},
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, timeout=60)
    return done.stdout.decode('utf-8', 'replace').splitlines()


def is_output(lines, place):
    """Is this what a command printed?  An empty line is, before more of it."""
    while place < len(lines) and lines[place] == '#':
        place += 1
    return place < len(lines) and lines[place].startswith(PREFIX) and \
        not lines[place].startswith(COMMAND)


def blocks(lines):
    """Yield (place, command, expected lines) for each command."""
    place = 0
    while place < len(lines):
        if not lines[place].startswith(COMMAND):
            place += 1
            continue
        start = place
        place += 1
        while is_output(lines, place):
            place += 1
        yield start, lines[start][len(COMMAND):], [
            line[len(PREFIX):] for line in lines[start + 1:place]]


def lacks(command, version):
    """What the command needs and this machine or build does not have."""
    if re.search(r'(^| )-j ', command) or '--truth' in command:
        if 'jansson' not in version.split('without')[0]:
            return 'this build has no jansson'
    if '| jq' in command and shutil.which('jq') is None:
        return 'no jq'
    if ' -- ' in command:
        return device_lacks()
    return None


@functools.lru_cache(maxsize=1)
def device_lacks():
    """Why no command can run behind a tun device; None if it can."""
    tried = subprocess.run([os.environ['TRUEROUTE_SIM'], '-', '--', 'true'],
                           input=b'prober me 10.0.0.1', stderr=subprocess.PIPE)
    if tried.returncode == 77:
        return tried.stderr.decode('utf-8', 'replace').strip()
    return None


def fill(name, folder, path):
    with open(name, encoding='utf-8') as stream:
        lines = stream.read().splitlines()
    filled, done = [], 0
    for start, command, expected in blocks(lines):
        filled += lines[done:start + 1]
        filled += [(PREFIX + line).rstrip()
                   for line in run(command, folder, path)]
        done = start + 1 + len(expected)
    filled += lines[done:]
    with open(name, 'w', encoding='utf-8') as stream:
        stream.write('\n'.join(filled) + '\n')


def check(name, folder, path, version):
    with open(name, encoding='utf-8') as stream:
        lines = stream.read().splitlines()
    label = os.path.basename(name)
    found = 0
    for number, (_, command, expected) in enumerate(blocks(lines), 1):
        found += 1
        text = f'{label}, command {number}'
        why = lacks(command, version)
        if why is not None:
            print(f'skip {text}: {why}')
            continue
        seen = [line.rstrip() for line in run(command, folder, path)]
        if seen == expected and seen:
            print(f'ok {text}')
        else:
            print(f'no {text}: expected {" / ".join(expected)}, '
                  f'saw {" / ".join(seen)}')
    if found == 0:
        print(f'no {label}: it has no command to look at')


def main():
    arguments = sys.argv[1:]
    filling = arguments[:1] == ['--fill']
    folder = os.path.abspath(arguments[-1])
    with tempfile.TemporaryDirectory() as programs:
        for program, variable in (('trueroute', 'TRUEROUTE'),
                                  ('trueroute-sim', 'TRUEROUTE_SIM')):
            os.symlink(os.path.realpath(os.environ[variable]),
                       os.path.join(programs, program))
        path = programs + ':' + os.environ['PATH']
        version = '\n'.join(run('trueroute --version', folder, path))
        for name in sorted(glob.glob(os.path.join(folder, '*.net'))):
            if filling:
                fill(name, folder, path)
            else:
                check(name, folder, path, version)


main()
