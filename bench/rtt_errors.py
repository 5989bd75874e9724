#!/usr/bin/python3
"""Print, in microseconds, how far each round-trip time that a program printed
is from the wire's.

usage: rtt_errors.py CAPTURE TEXT

Text is in traceroute's form, three probes to a line.  On the wire, a probe
and the ICMP error that quotes its IP ID are a pair.  A hop's times are held
against the hop's pairs in the order in which the probes left.
"""

import re
import subprocess
import sys


def wire_times(capture):
    """Round-trip times in ms, by the probe's TTL, in order of sending."""
    output = subprocess.run(
        ["tshark", "-n", "-r", capture, "-T", "fields", "-E", "occurrence=a",
         "-E", "aggregator=,", "-E", "separator=|", "-e", "frame.time_epoch",
         "-e", "ip.id", "-e", "ip.ttl", "-e", "icmp.type"],
        check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True).stdout
    sent, times = {}, {}
    order = []
    for line in output.splitlines():
        stamp, ids, ttls, kind = line.split("|")
        seconds, fraction = stamp.split(".")
        stamp = int(seconds) * 10**9 + int(fraction.ljust(9, "0")[:9])
        ids = ids.split(",")
        if kind in ("3", "11"):
            if ids[-1] in sent:
                start, ttl, place = sent[ids[-1]]
                times.setdefault(ttl, []).append((place,
                                                  (stamp - start) / 1e6))
        elif not kind and ids[0]:
            order.append(ids[0])
            sent[ids[0]] = (stamp, int(ttls.split(",")[0]), len(order))
    return {ttl: [time for _, time in sorted(pairs)]
            for ttl, pairs in times.items()}


def main():
    wire = wire_times(sys.argv[1])
    with open(sys.argv[2], encoding="utf-8") as file:
        for line in file:
            match = re.match(r" *(\d+)  ", line)
            if not match:
                continue
            printed = [float(time) for time in
                       re.findall(r"([0-9.]+) ms", line)]
            truth = wire.get(int(match.group(1)), [])
            # A lost answer leaves no way to tell which time is whose.
            if len(printed) != 3 or len(truth) < 3:
                continue
            for ours, theirs in zip(printed, truth):
                print(f"{abs(ours - theirs) * 1000:.3f}")


main()
