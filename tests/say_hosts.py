#!/usr/bin/python3
"""A saved run with one comment more at its end: what it is to say of hosts.

usage: say_hosts.py CAPTURE JSON > CAPTURE

JSON is the text of the comment, as it stands in the file.
"""

import struct
import sys

STATISTICS = 5
COMMENT = 1


def blocks(data):
    place = 0
    while place < len(data):
        kind, size = struct.unpack_from("<II", data, place)
        yield kind, data[place:place + size]
        place += size


def statistics(text):
    padded = text + b"\0" * (-len(text) % 4)
    body = struct.pack("<IIIHH", 0, 0, 0, COMMENT, len(text)) + padded + \
        struct.pack("<HH", 0, 0)
    size = len(body) + 12
    return struct.pack("<II", STATISTICS, size) + body + \
        struct.pack("<I", size)


def main():
    with open(sys.argv[1], "rb") as file:
        data = file.read()
    added = statistics(sys.argv[2].encode())
    for kind, block in blocks(data):
        if kind == STATISTICS:
            sys.stdout.buffer.write(added)
            added = b""
        sys.stdout.buffer.write(block)


main()
