#!/usr/bin/env python3
"""Watch a device for packets sent faster than a survey is to send them.

    survey_pace.py DEVICE RATE SECONDS JSON

For so long from the first packet on; the survey's own lines, JSON, say when it
began.  Prints nothing; or by how much, at which moment, more than 1 % and a
batch of 64 were sent.
"""
import json
import sys
import time

BATCH = 64
GIVE_UP = 10


def watch(device, seconds):
    """(time in ns, sent) as it goes."""
    path = '/sys/class/net/%s/statistics/tx_packets' % device
    begin = end = time.time() + GIVE_UP
    first, seen = None, []
    while time.time() < end:
        with open(path, encoding='ascii') as file:
            sent = int(file.read())
        first = sent if first is None else first
        # The time is not before the count.
        seen.append((time.time_ns(), sent - first))
        if sent > first and end == begin:
            end = time.time() + seconds
        time.sleep(0.005)
    return seen


def main():
    rate = float(sys.argv[2])
    seen = watch(sys.argv[1], float(sys.argv[3]))
    with open(sys.argv[4], encoding='ascii') as file:
        began = json.loads(file.readline())['start_ns']
    if seen[-1][1] < rate / 10:
        print('%d sent at the end' % seen[-1][1])
    for now, sent in seen:
        seconds = (now - began) / 1e9
        if sent > max(seconds, 0) * rate * 1.01 + BATCH:
            print('%d sent after %.3f s' % (sent, seconds))
            return


main()
