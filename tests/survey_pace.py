#!/usr/bin/env python3
"""Watch a device for packets sent faster than they should be.

    survey_pace.py DEVICE RATE SECONDS

From the first packet on, until so long later.  Prints nothing; or by how much, at
which moment, more than 1 % and a batch of 64 were sent.  The first 0.3 s are not
looked at: what was due before the first packet is made good in them.
"""
import sys
import time

BATCH = 64
START = 0.3


def main():
    path = '/sys/class/net/%s/statistics/tx_packets' % sys.argv[1]
    rate, seconds = float(sys.argv[2]), float(sys.argv[3])

    def count():
        with open(path, encoding='ascii') as file:
            return int(file.read())
    before = time.monotonic()
    first = count()
    give_up = before + 10
    # The begin is not later than the last look at which nothing was sent.
    begin = before
    while True:
        before = time.monotonic()
        sent = count() - first
        if sent == 0:
            begin = before
            if before > give_up:
                sys.exit('nothing is sent')
        else:
            most = (time.monotonic() - begin) * rate * 1.01 + BATCH
            if sent > most and before - begin > START:
                print('%d sent, %d at the most after %.3f s' % (
                    sent, most, time.monotonic() - begin))
                return
            if before - begin > seconds:
                return
        time.sleep(0.005)


main()
