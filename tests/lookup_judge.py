#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A judge of what bench/lookups says: it reads the same tables by other means.

usage: lookup_judge.py generate SEED COUNT LOOKS FOLDER
       lookup_judge.py addresses SEED COUNT CSV...
       lookup_judge.py prefixes TABLE LOOKUPS
       lookup_judge.py ranges CSV... -- LOOKUPS [SCANNED]
       lookup_judge.py mmdb-lines CSV...
       lookup_judge.py mmdb FILE LOOKUPS

generate: tables of COUNT prefixes that lie in each other, in all forms, with
LOOKS addresses to look up, first those at their ends.  addresses: COUNT of
them, half of them at the ends of ranges.
prefixes, ranges, mmdb: hold LOOKUPS, which bench/lookups printed, against a
table of generate's, against ranges (and SCANNED of the addresses against a
scan of all), against an MMDB file, read here.  mmdb-lines: for
tests/make_mmdb.  Exit: 0 all agree; 1 not.
"""

import bisect
import csv
import os
import random
import socket
import struct
import sys

KINDS = {32: socket.AF_INET, 128: socket.AF_INET6}


def number_of(text):
    """(bits, number)"""
    bits = 128 if ":" in text else 32
    return bits, int.from_bytes(socket.inet_pton(KINDS[bits], text), "big")


def text_of(bits, number):
    return socket.inet_ntop(KINDS[bits], number.to_bytes(bits // 8, "big"))


def told(path):
    """What was said: rows of address, origins, prefix, lookup, ..."""
    with open(path, encoding="utf-8") as file:
        for line in file:
            yield line.rstrip("\n").split("\t")


def verdict(count, wrong):
    for line in wrong[:5]:
        print("wrong:", line)
    print(f"{count} addresses, {len(wrong)} wrong")
    return 1 if wrong or count == 0 else 0


# --- generated tables -------------------------------------------------------

def draw(chance, bits):
    """Few bytes are drawn freely, so that prefixes lie in each other."""
    number = 0
    for _ in range(bits // 8):
        byte = chance.choice((0, 0, 255, 1, 128, chance.randrange(256)))
        number = number << 8 | byte
    return number


def generate(seed, count, looks, folder):
    chance = random.Random(seed)
    table = {}
    while len(table) < count:
        bits = chance.choice((32, 128))
        length = chance.randint(8, bits)
        number = draw(chance, bits) >> (bits - length) << (bits - length)
        table[bits, number, length] = tuple(sorted(
            chance.sample(range(64496, 64512), chance.choice((1, 1, 2)))))
    order = sorted(table.items(), key=lambda row: row[0][2])

    def write(name, lines):
        with open(os.path.join(folder, name), "w", encoding="ascii") as file:
            file.writelines(line + "\n" for line in lines)

    def each(form):
        rows = list(order)
        chance.shuffle(rows)
        return [form(text_of(bits, number), length, origins)
                for (bits, number, length), origins in rows]

    write("hand.txt", each(lambda prefix, length, origins:
                           f"{prefix}/{length} "
                           + "/".join(f"AS{asn}" for asn in origins)))
    write("caida.txt", each(lambda prefix, length, origins:
                            f"{prefix}\t{length}\t"
                            + "_".join(map(str, origins))))
    write("ris.txt", each(lambda prefix, length, origins: "\n".join(
        f"{asn}\t{prefix}/{length}\t7" for asn in origins)))
    write("mmdb.lines", (f"{text_of(bits, number)}/{length} "
                         f"autonomous_system_number={origins[0]}"
                         for (bits, number, length), origins in order))
    addresses = []
    for (bits, number, length), _ in order:
        last = number | ((1 << (bits - length)) - 1)
        for at in (number - 1, number, last, last + 1):
            if 0 <= at < 1 << bits:
                addresses.append(text_of(bits, at))
    while len(addresses) < looks:
        bits = chance.choice((32, 128))
        addresses.append(text_of(bits, draw(chance, bits)))
    write("addresses", addresses)


def prefixes(table_path, lookups):
    table, lengths = {}, {32: set(), 128: set()}
    with open(table_path, encoding="ascii") as file:
        for line in file:
            prefix, origins = line.split()
            address, length = prefix.split("/")
            bits, number = number_of(address)
            table[bits, int(length), number >> (bits - int(length))] = origins
            lengths[bits].add(int(length))
    order = {bits: sorted(found, reverse=True)
             for bits, found in lengths.items()}
    count, wrong = 0, []
    for row in told(lookups):
        bits, number = number_of(row[0])
        expected = ["[*]", "*"]
        for length in order[bits]:
            origins = table.get((bits, length, number >> (bits - length)))
            if origins is not None:
                start = number >> (bits - length) << (bits - length)
                expected = [f"[{origins}]",
                            f"{text_of(bits, start)}/{length}"]
                break
        if row[1:3] != expected:
            wrong.append(f"{row} is not {expected}")
        count += 1
    return verdict(count, wrong)


# --- ranges -----------------------------------------------------------------

def read_ranges(paths):
    rows = {32: [], 128: []}
    for path in paths:
        with open(path, encoding="utf-8", newline="") as file:
            for first, last, asn, holder in csv.reader(file):
                bits, start = number_of(first)
                rows[bits].append((start, number_of(last)[1], asn, holder))
    for found in rows.values():
        found.sort()
    return rows


def addresses(seed, count, paths):
    chance = random.Random(seed)
    rows = read_ranges(paths)
    for i in range(count):
        bits = 128 if rows[128] and (i % 4 == 0 or not rows[32]) else 32
        first, last, _, _ = chance.choice(rows[bits])
        if i % 2 == 0:
            at = chance.choice((first - 1, first, last, last + 1,
                                chance.randint(first, last)))
        elif bits == 32:
            at = chance.randrange(1 << 32)
        else:
            at = first + chance.randrange(1 << 96)
        print(text_of(bits, min(max(at, 0), (1 << bits) - 1)))


def of_range(row):
    """Origins, prefix, lookup and the beginning of the holder."""
    if row is None:
        return ["[*]", "*", "none", ""]
    first, last, asn, holder = row
    size = last - first + 1
    bits = 32 if last < 1 << 32 else 128
    prefix = "*"
    if size & (size - 1) == 0 and first % size == 0:
        prefix = f"{text_of(bits, first)}/{bits - size.bit_length() + 1}"
    return [f"[AS{asn}]", prefix, "found", holder.strip()[:40].strip()]


def ranges(paths, lookups, scanned):
    rows = read_ranges(paths)
    starts = {bits: [row[0] for row in found] for bits, found in rows.items()}
    count, wrong = 0, []
    for row in told(lookups):
        bits, number = number_of(row[0])
        at = bisect.bisect_right(starts[bits], number) - 1
        found = rows[bits][at] if at >= 0 else None
        if found is not None and found[1] < number:
            found = None
        if count < scanned:
            scan = [one for one in rows[bits] if one[0] <= number <= one[1]]
            if scan != ([] if found is None else [found]):
                wrong.append(f"{row[0]}: a scan finds {scan}")
        expected = of_range(found)
        if row[1:4] + [row[4][:40].strip()] != expected:
            wrong.append(f"{row} is not {expected}")
        count += 1
    return verdict(count, wrong)


def mmdb_lines(paths):
    blocks = []
    for bits, rows in read_ranges(paths).items():
        for first, last, asn, holder in rows:
            name = holder.replace('"', "'")
            fields = f"autonomous_system_number={asn}"
            if name:
                fields += f' autonomous_system_organization="{name}"'
            while first <= last:
                size = first & -first or 1 << bits
                while first + size - 1 > last:
                    size >>= 1
                blocks.append((bits - size.bit_length() + 1,
                               text_of(bits, first), fields))
                first += size
    for length, address, fields in blocks:
        print(f"{address}/{length} {fields}")


# --- MMDB -------------------------------------------------------------------

class Mmdb:
    """A reader by the MaxMind DB File Format Specification, version 2.0."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        mark = b"\xab\xcd\xefMaxMind.com"
        at = self.data.rindex(mark) + len(mark)
        self.base = at
        about, _ = self.value(at)
        self.count = about["node_count"]
        self.bits = about["record_size"]
        self.version = about["ip_version"]
        self.base = self.count * self.bits // 4 + 16
        self.known = {}

    def value(self, at):
        """(value, behind it)"""
        control = self.data[at]
        kind, size = control >> 5, control & 31
        at += 1
        if kind == 1:
            return self.pointer(at, control)
        if kind == 0:
            kind = 7 + self.data[at]
            at += 1
        if size > 28:
            more = size - 28
            size = (29, 285, 65821)[more - 1] + int.from_bytes(
                self.data[at:at + more], "big")
            at += more
        if kind == 7:
            found = {}
            for _ in range(size):
                key, at = self.value(at)
                found[key], at = self.value(at)
            return found, at
        if kind == 11:
            rows = []
            for _ in range(size):
                row, at = self.value(at)
                rows.append(row)
            return rows, at
        if kind == 14:
            return bool(size), at
        raw = self.data[at:at + size]
        if kind == 2:
            return raw.decode(), at + size
        if kind in (3, 15):
            return struct.unpack(">d" if kind == 3 else ">f", raw)[0], \
                at + size
        return int.from_bytes(raw, "big"), at + size

    def pointer(self, at, control):
        size = (control >> 3 & 3) + 1
        number = int.from_bytes(self.data[at:at + size], "big")
        if size < 4:
            number += (control & 7) << 8 * size
            number += (0, 2048, 526336)[size - 1]
        return self.value(self.base + number)[0], at + size

    def side(self, node, right):
        if self.bits == 28:
            raw = self.data[node * 7:node * 7 + 7]
            if right:
                return (raw[3] & 15) << 24 | int.from_bytes(raw[4:], "big")
            return raw[3] >> 4 << 24 | int.from_bytes(raw[:3], "big")
        size = self.bits // 8
        at = (node * 2 + right) * size
        return int.from_bytes(self.data[at:at + size], "big")

    def find(self, bits, number):
        """(record or None, length of its network)"""
        if bits == 32 and self.version == 6:
            tree_bits = 128
        elif bits == 128 and self.version == 4:
            return None, 0
        else:
            tree_bits = bits
        node = 0
        for depth in range(tree_bits):
            node = self.side(node, number >> (tree_bits - 1 - depth) & 1)
            if node >= self.count:
                length = max(depth + 1 - (tree_bits - bits), 0)
                break
        if node <= self.count:
            return None, 0
        if node not in self.known:
            self.known[node] = self.value(self.base - 16 + node
                                          - self.count)[0]
        return self.known[node], length


def of_record(bits, number, record, length):
    """Origins, prefix, country and place, as far as the record has them."""
    asn = record.get("autonomous_system_number")
    origins, prefix = "[*]", "*"
    if asn:
        origins = f"[AS{asn}]"
        start = number >> (bits - length) << (bits - length)
        prefix = f"{text_of(bits, start)}/{length}"
    city, region = record.get("city", ""), record.get("state1", "")
    place = ", ".join(part for part in (city, region if region != city else
                                        "") if part)
    return [origins, prefix, record.get("country_code", ""), place[:40].strip()]


def mmdb(path, lookups):
    reader = Mmdb(path)
    count, wrong = 0, []
    for row in told(lookups):
        bits, number = number_of(row[0])
        record, length = reader.find(bits, number)
        expected = of_record(bits, number, record or {}, length)
        if row[1:3] + [row[5], row[6][:40].strip()] != expected:
            wrong.append(f"{row} is not {expected}")
        count += 1
    return verdict(count, wrong)


def main(arguments):
    what, rest = arguments[0], arguments[1:]
    if what == "generate":
        return generate(int(rest[0]), int(rest[1]), int(rest[2]), rest[3])
    if what == "addresses":
        return addresses(int(rest[0]), int(rest[1]), rest[2:])
    if what == "prefixes":
        return prefixes(rest[0], rest[1])
    if what == "ranges":
        cut = rest.index("--")
        scanned = int(rest[cut + 2]) if len(rest) > cut + 2 else 0
        return ranges(rest[:cut], rest[cut + 1], scanned)
    if what == "mmdb-lines":
        return mmdb_lines(rest)
    if what == "mmdb":
        return mmdb(rest[0], rest[1])
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["help"]))
