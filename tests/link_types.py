#!/usr/bin/python3
"""The same traces under every link type: the replay must show the same hops.

usage: link_types.py PROGRAM FOLDER

FOLDER has captures of Linux cooked frames (SLL2) and beside each the text of
its live run.  Each is rewritten, with other link headers around the same
packets, as a pcap of another program would hold it.  Prints TAP.
"""

import os
import struct
import subprocess
import sys
import tempfile

NAMES = ["udp4-chain", "udp6-chain", "icmp4-silent", "tcp4-firewall"]


def packets_of(path):
    """(nanoseconds, IP packet) of each frame of an SLL2 pcapng of ours."""
    with open(path, "rb") as file:
        data = file.read()
    at = 0
    while at < len(data):
        kind, size = struct.unpack_from("<II", data, at)
        if kind == 6:
            high, low, caught = struct.unpack_from("<III", data, at + 12)
            frame = data[at + 28:at + 28 + caught]
            yield high << 32 | low, frame[20:]
        at += size


def ethertype(packet):
    return 0x0800 if packet[0] >> 4 == 4 else 0x86dd


def ethernet(packet, tags=()):
    head = b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02"
    for protocol, tag in tags:
        head += struct.pack(">HH", protocol, tag)
    return head + struct.pack(">H", ethertype(packet)) + packet


def padded(packet):
    """As a device pads: to 60 bytes, with what is no part of the packet."""
    return ethernet(packet).ljust(60, b"\xee")


def family(packet, order):
    return struct.pack(order + "I", 2 if packet[0] >> 4 == 4 else 10) + packet


def ppp(packet, head=b"\xff\x03"):
    kind = 0x0021 if packet[0] >> 4 == 4 else 0x0057
    return head + struct.pack(">H", kind) + packet


def cooked(packet):
    return struct.pack(">HHH8sH", 0, 1, 6, b"\x02\0\0\0\0\x01\0\0",
                       ethertype(packet)) + packet


FORMS = {
    "Ethernet": (1, ethernet),
    "Ethernet, padded": (1, padded),
    "Ethernet, VLAN": (1, lambda p: ethernet(p, [(0x8100, 7)])),
    "Ethernet, QinQ": (1, lambda p: ethernet(p, [(0x88a8, 7), (0x8100, 9)])),
    "raw IP": (101, lambda p: p),
    "raw IP, Linux's number": (12, lambda p: p),
    "loopback, little-endian": (0, lambda p: family(p, "<")),
    "loopback, big-endian": (0, lambda p: family(p, ">")),
    "OpenBSD loopback": (108, lambda p: family(p, ">")),
    "PPP": (9, ppp),
    "PPP without address": (9, lambda p: ppp(p, b"")),
    "PPP in HDLC framing": (50, ppp),
    "cooked": (113, cooked),
}


def write_pcap(path, linktype, frames, snaplen):
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 65535,
                               linktype))
        for stamp, frame in frames:
            file.write(struct.pack("<IIII", stamp // 10**9, stamp % 10**9,
                                   min(len(frame), snaplen), len(frame)))
            file.write(frame[:snaplen])


def hops(text):
    return [line for line in text.splitlines()
            if not line.startswith("traceroute to ")]


def main():
    program, folder = sys.argv[1], sys.argv[2]
    number = 0
    with tempfile.TemporaryDirectory() as work:
        for name in NAMES:
            packets = list(packets_of(os.path.join(folder,
                                                   name + ".pcapng")))
            with open(os.path.join(folder, name + ".text"),
                      encoding="utf-8") as file:
                expected = hops(file.read())
            for form, (linktype, wrap) in FORMS.items():
                # All of it, and as much as RFC 792 has quoted: 28 bytes of
                # IPv4, 48 of IPv6, behind an ICMP header and 40 of IPv6.
                for snaplen in (65535, 122 + 22):
                    path = os.path.join(work, "frames.pcap")
                    write_pcap(path, linktype,
                               [(stamp, wrap(packet))
                                for stamp, packet in packets], snaplen)
                    said = subprocess.run(
                        [program, "-n", "--read", path], check=False,
                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                        text=True).stdout
                    number += 1
                    good = hops(said) == expected and expected
                    print(f"{'ok' if good else 'not ok'} {number} - {name}, "
                          f"{form}, snaplen {snaplen}")
                    if not good:
                        for line in said.splitlines()[:4]:
                            print(f"# {line}")
    print(f"1..{number}")


main()
