#!/usr/bin/env python3
"""Rows of bench/survey_judge --truth as lines of JSON, as a survey writes them.

    survey_json.py ROWS [joined=TTL] [lines]

Of IPv4 and UDP.  joined: the records say that nothing before this TTL was
probed, and nothing before it is there; lines: replies are lines of their own.
"""
import csv
import json
import sys


def reply_of(row):
    return {
        'received_ns': 0, 'rtt_ns': int(row['rtt_us']) * 1000,
        'responder': row['reply_src_addr'].replace('::ffff:', ''),
        'verdict': 'transit', 'rewritten': False,
        'late': row['late'] == '1', 'duplicate': row['duplicate'] == '1',
        'icmp': {'type': int(row['reply_icmp_type']),
                 'code': int(row['reply_icmp_code'])},
        'tcp': None, 'ttl': int(row['reply_ttl']), 'size': 88,
        'quote': {'ttl': int(row['quoted_ttl'])}, 'mpls': []}


def main():
    joined = [int(word[7:]) for word in sys.argv if word[:7] == 'joined=']
    joined = joined[0] if joined else None
    lines = 'lines' in sys.argv
    with open(sys.argv[1], encoding='utf-8') as file:
        rows = list(csv.DictReader(file))
    targets = {}
    for row in rows:
        if int(row['probe_ttl']) >= (joined or 0):
            targets.setdefault(row['probe_dst_addr'], []).append(row)
    print(json.dumps({
        'type': 'survey', 'flow': {
            'protocol': 'UDP', 'icmp_id': None,
            'source_port': int(rows[0]['probe_src_port']),
            'destination_port': int(rows[0]['probe_dst_port'])},
        'parameters': {'first_ttl': 1, 'max_ttl': 30}}))
    for target, replies in targets.items():
        target = target.replace('::ffff:', '')
        if lines:
            for row in replies:
                print(json.dumps({'type': 'reply', 'target': target,
                                  'ttl': int(row['probe_ttl']),
                                  'reply': reply_of(row)}))
        print(json.dumps({
            'type': 'target', 'target': target, 'joined': joined,
            'hops': None if lines else [
                {'ttl': int(row['probe_ttl']), 'replies': [reply_of(row)]}
                for row in replies]}))
    print(json.dumps({'type': 'end'}))


main()
