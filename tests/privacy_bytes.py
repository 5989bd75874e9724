#!/usr/bin/python3
"""Print what a file holds of devices.

usage: privacy_bytes.py FILE TEXT

TEXT is what ip -o link and ip -o neigh say: each link-layer address in it, in
bytes or in words, and each name of a device is looked for.
"""

import re
import sys


def main():
    with open(sys.argv[1], 'rb') as stream:
        data = stream.read()
    text = sys.argv[2]
    for address in sorted(set(re.findall(r'\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}',
                                         text))):
        packed = bytes.fromhex(address.replace(':', ''))
        if packed in (bytes(6), b'\xff' * 6):
            continue
        if packed in data or address.encode() in data:
            print(f'it holds {address}')
    names = set(re.findall(r'^\d+: ([^:@]+)', text, re.M))
    for name in sorted(names):
        if re.search(rb'(?<![\w-])' + re.escape(name.encode()) +
                     rb'(?![\w-])', data):
            print(f'it names {name}')


main()
