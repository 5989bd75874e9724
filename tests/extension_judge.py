#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The extensions of ICMP errors in captures, object by object, beside what
tshark decodes.

    extension_judge.py CAPTURE...

TRUEROUTE names the program.  Prints a line for each capture, as tests/tap.sh's
from_lines() reads them.
"""
import json
import os
import subprocess
import sys

FIELDS = ['frame.time_epoch', 'icmp.ext.checksum.status', 'icmp.ext.class', 
          'icmp.ext.ctype', 'icmp.mpls.label', 'icmp.mpls.exp',
          'icmp.mpls.s', 'icmp.mpls.ttl',
          'icmp.int_info.index', 'icmp.int_info.ipv4', 'icmp.int_info.ipv6',
          'icmp.int_info.name', 'icmp.int_info.mtu']

BAD = '0'           # of a checksum: what we take for no extension


def nanoseconds(text):
    seconds, fraction = text.split('.')
    return int(seconds) * 10 ** 9 + int(fraction.ljust(9, '0')[:9])


def by_tshark(capture):
    """What each frame with an extension has, by its time."""
    command = ['tshark', '-n', '-r', capture, '-T', 'fields', '-E',
               'occurrence=a', '-E', 'separator=|', '-E', 'aggregator=;']
    for field in FIELDS:
        command += ['-e', field]
    lines = subprocess.run(command, stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL, check=True,
                           encoding='utf-8').stdout.splitlines()
    found = {}
    for line in lines:
        row = dict(zip(FIELDS, (cell.split(';') if cell else []
                                for cell in line.split('|'))))
        if not row['icmp.ext.class'] or \
                BAD in row['icmp.ext.checksum.status']:
            continue

        def numbers(name, row=row):
            return [int(value, 0) for value in row[name]]

        found.setdefault(nanoseconds(row['frame.time_epoch'][0]), []).append({
            'objects': list(zip(numbers('icmp.ext.class'),
                                numbers('icmp.ext.ctype'))),
            'mpls': list(zip(numbers('icmp.mpls.label'),
                             numbers('icmp.mpls.exp'),
                             [value in ('1', 'True') for value in
                              row['icmp.mpls.s']],
                             numbers('icmp.mpls.ttl'))),
            'index': numbers('icmp.int_info.index'),
            'address': row['icmp.int_info.ipv4'] + row['icmp.int_info.ipv6'],
            'name': row['icmp.int_info.name'],
            'mtu': numbers('icmp.int_info.mtu'),
        })
    return found


def present(interfaces, name):
    return [one[name] for one in interfaces if one[name] is not None]


def by_trueroute(capture):
    lines = subprocess.run([os.environ['TRUEROUTE'], '-j', '--read', capture],
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                           check=False, encoding='utf-8').stdout.splitlines()
    found = {}
    for line in lines:
        trace = json.loads(line)
        probes = [probe for hop in trace['hops'] for probe in hop['probes']]
        for probe in probes + trace['unattributed']:
            for reply in probe['replies']:
                extension = reply['extension']
                if extension is None:
                    continue
                interfaces = extension['interfaces']
                found.setdefault(reply['received_ns'], []).append({
                    'objects': [(one['class'], one['type'])
                                for one in extension['objects']],
                    'mpls': [(one['label'], one['experimental'],
                              one['bottom'], one['ttl'])
                             for one in extension['mpls']],
                    'index': present(interfaces, 'index'),
                    'address': present(interfaces, 'address'),
                    'name': present(interfaces, 'name'),
                    'mtu': present(interfaces, 'mtu'),
                })
    return found


def is_same(ours, theirs):
    """tshark leaves the name out where there is no MTU behind it."""
    return all(ours[part] == theirs[part] or
               (part == 'name' and not theirs[part]) for part in theirs)


def differences(ours, theirs):
    """Of the frames at one time, those that none of the others is like."""
    return [frame for frame in theirs
            if not any(is_same(one, frame) for one in ours)]


def main():
    for capture in sys.argv[1:]:
        theirs, ours = by_tshark(capture), by_trueroute(capture)
        name = os.path.basename(capture)
        wrong = [(time, frame) for time in theirs
                 for frame in differences(ours.get(time, []), theirs[time])]
        count = sum(len(frames) for frames in theirs.values())
        if wrong:
            print('no %s: %d of %d differ: %s' % (name, len(wrong), count,
                                                  wrong[0]))
        else:
            print('ok %s: %d extensions are what tshark decodes' % (
                name, count))


if __name__ == '__main__':
    main()
