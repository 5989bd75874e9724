#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Compare the answers in two captures of the same probes, byte by byte.

    same_answers.py REAL SIMULATED

Both are pcapng: of raw IP, or of Linux cooked v2.  Answers are paired by the
probe that they quote, or by its ports and numbers.  What a system is free to
choose is left out: IP identification and header checksum, the flow label of
IPv6, and of a SYN-ACK all but ports, numbers acknowledged, and flags.  Prints
what was compared, or each difference; exit 1 if there is one.
"""
import struct
import sys

RAW, COOKED2 = 101, 276
COOKED2_HEADER = 20


def packets(path):
    with open(path, 'rb') as stream:
        data = stream.read()
    link, at, found = RAW, 0, []
    while at + 12 <= len(data):
        kind, size = struct.unpack_from('<II', data, at)
        body = data[at + 8:at + size - 4]
        if kind == 1:
            link = struct.unpack_from('<H', body)[0]
        elif kind == 6:
            length = struct.unpack_from('<I', body, 12)[0]
            packet = body[20:20 + length]
            if link == COOKED2:
                packet = packet[COOKED2_HEADER:]
            found.append(packet)
        at += size
    return found


class Packet:
    def __init__(self, data):
        self.v6 = data[0] >> 4 == 6
        self.header = 40 if self.v6 else (data[0] & 15) * 4
        size = struct.unpack_from('>H', data, 4 if self.v6 else 2)[0] + \
            (40 if self.v6 else 0)
        self.data = bytearray(data[:size])
        self.protocol = data[6] if self.v6 else data[9]
        self.body = self.data[self.header:]
        self.src = bytes(data[8:24] if self.v6 else data[12:16])
        self.dst = bytes(data[24:40] if self.v6 else data[16:20])

    @property
    def is_icmp(self):
        return self.protocol in (1, 58)

    @property
    def is_error(self):
        return self.is_icmp and (self.body[0] < 128 if self.v6 else
                                 self.body[0] in (3, 11, 12))

    @property
    def is_probe(self):
        if self.is_icmp:
            return self.body[0] == (128 if self.v6 else 8)
        if self.protocol == 6:
            return self.body[13] & 0x14 == 0
        return self.protocol == 17

    def key(self):
        """What names the probe that this answers."""
        if self.is_error:
            quote = self.body[8:]
            header = 40 if quote[0] >> 4 == 6 else (quote[0] & 15) * 4
            return bytes(quote[header:header + 8])
        if self.is_icmp:
            return bytes(self.body[4:8])
        return bytes(self.body[0:4] + self.body[8:12])

    def essence(self):
        """Its bytes without what a system may choose."""
        data = bytearray(self.data)
        if self.v6:
            data[1] &= 0xf0
            data[2:4] = b'\0\0'
        else:
            data[4:6] = b'\0\0'
            data[10:12] = b'\0\0'
        if self.protocol == 6 and self.body[13] & 2:
            # A SYN-ACK: sequence number, window and options are free.
            kept = self.body[0:4] + self.body[8:12] + self.body[13:14]
            return bytes(data[8:10] + self.src + kept)
        return bytes(data)


def answers(path):
    probes, found = 0, {}
    sources = set()
    everything = [Packet(data) for data in packets(path) if data]
    for packet in everything:
        if packet.is_probe:
            sources.add(packet.src)
            probes += 1
    for packet in everything:
        if not packet.is_probe and packet.dst in sources:
            found.setdefault(packet.key(), []).append(packet)
    return probes, found


def main():
    probes, real = answers(sys.argv[1])
    sent, simulated = answers(sys.argv[2])
    faults = []
    compared = 0
    if probes == 0 or probes != sent:
        faults.append(f'{probes} probes there, {sent} here')
    for key in set(real) | set(simulated):
        theirs = sorted(p.essence() for p in real.get(key, []))
        ours = sorted(p.essence() for p in simulated.get(key, []))
        compared += len(theirs)
        if theirs != ours:
            faults.append(f'{key.hex()}: real '
                          f'{[one.hex() for one in theirs]}, simulated '
                          f'{[one.hex() for one in ours]}')
    if not faults and compared == 0:
        faults.append('no answers at all')
    if faults:
        print('\n'.join(faults[:3]))
        sys.exit(1)
    print(f'{compared} answers to {probes} probes are the same')


main()
