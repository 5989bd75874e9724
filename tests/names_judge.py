#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Whether an output with names in it is whole, and has harmed nobody.

    names_judge.py text FILE
    names_judge.py json FILE
    names_judge.py knows FILE ADDRESS VALUE...

text: each line but the first is a hop with one word for a name, and nothing in
it steers a terminal.  json: each line is JSON, in UTF-8, and so is no text
within it.  Both print nothing where all is well, else a line for each fault.
knows: prints those of the values that no object has, in it or in what it holds,
which has the address too.
"""
import json
import re
import sys

# C0, C1, DEL, and what breaks lines or turns the direction of writing.
HARMFUL = re.compile('[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e'
                     '\u2066-\u2069]')
HOP = re.compile(r' ?\d+  [^\s()]\S* \([0-9a-f.:]+\)( \[[^\]\s]+\])?'
                 r'(  \d+\.\d{3} ms)+$')


def faults_of_text(data):
    lines = data.decode('utf-8').split('\n')
    for line in lines[1:-1]:
        if HARMFUL.search(line):
            yield f'harmful: {line!r}'
        if not HOP.match(line):
            yield f'no hop: {line!r}'


def values(node):
    """All within it; of objects the names of members too."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield key
            yield from values(value)
    elif isinstance(node, list):
        for value in node:
            yield from values(value)
    else:
        yield node


def faults_of_json(data):
    for line in data.decode('utf-8').splitlines():
        for value in values(json.loads(line)):
            if isinstance(value, str) and HARMFUL.search(value):
                yield f'harmful: {value!r}'


def objects(node):
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    if isinstance(node, list):
        for value in node:
            yield from objects(value)


def unknown(data, address, *wanted):
    found = {str(value) for one in objects(json.loads(data))
             if address in [v for v in one.values() if isinstance(v, str)]
             for value in values(one)}
    return [value for value in wanted if value not in found]


def main():
    with open(sys.argv[2], 'rb') as file:
        data = file.read()
    if not data:
        print('nothing at all')
    elif sys.argv[1] == 'knows':
        print('\n'.join(unknown(data, *sys.argv[3:])), end='')
    else:
        judge = {'text': faults_of_text, 'json': faults_of_json}[sys.argv[1]]
        try:
            print('\n'.join(judge(data)), end='')
        except ValueError as error:
            print(error)


main()
