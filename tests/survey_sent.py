#!/usr/bin/env python3
"""Print the probes that leave by a device, until it is ended by SIGTERM.

    survey_sent.py DEVICE PREFIX...

Probes are what goes to these prefixes.  A line for each: time in ns, target,
protocol, TTL, type of service, flow label, the first four bytes of the
transport (hexadecimal; of TCP and UDP the ports), the size of the packet, and
its last 200 bytes as text, with dots for what is no letter.
Prints "ready" first.
"""
import ipaddress
import signal
import socket
import struct
import sys

OUTGOING = 4
ALL = 3
TIMESTAMPNS = 35


def decode4(packet):
    start = (packet[0] & 15) * 4
    return (packet[12:16], packet[16:20], packet[9], packet[8], packet[1], 0,
            packet[start:start + 4])


def decode6(packet):
    word = struct.unpack('!I', packet[:4])[0]
    return (packet[8:24], packet[24:40], packet[6], packet[7],
            word >> 20 & 255, word & 0xfffff, packet[40:44])


def stop(*_):
    sys.stdout.flush()
    sys.exit(0)


def main():
    prefixes = [ipaddress.ip_network(text) for text in sys.argv[2:]]
    signal.signal(signal.SIGTERM, stop)
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM,
                        socket.htons(ALL))
    tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    tap.setsockopt(socket.SOL_SOCKET, TIMESTAMPNS, 1)
    tap.bind((sys.argv[1], ALL))
    print('ready', flush=True)
    while True:
        packet, ancillary, _, address = tap.recvmsg(2048, 64)
        if address[2] != OUTGOING or packet[0] >> 4 not in (4, 6):
            continue
        fields = (decode4 if packet[0] >> 4 == 4 else decode6)(packet)
        target = ipaddress.ip_address(fields[1])
        if not any(target in prefix for prefix in prefixes):
            continue
        seconds, part = struct.unpack('@qq', ancillary[0][2])
        tail = ''.join(chr(byte) if 33 <= byte < 127 else '.'
                       for byte in packet[-200:])
        print(seconds * 10**9 + part, target,
              *fields[2:6], fields[6].hex(), len(packet), tail)


main()
