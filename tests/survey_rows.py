#!/usr/bin/env python3
"""A trace of trueroute --json as the rows of a survey, for bench/survey_judge.

    survey_rows.py TRACE ROWS

Prints the options with which the judge can read them.
"""
import json
import sys

COLUMNS = ('capture_timestamp,probe_protocol,probe_dst_addr,probe_src_port,'
           'probe_dst_port,probe_ttl,quoted_ttl,reply_src_addr,'
           'reply_protocol,reply_icmp_type,reply_icmp_code,reply_ttl,rtt_us,'
           'late,duplicate')
NUMBERS = {'UDP': 17, 'TCP': 6, 'ICMP': 1}


def mapped(address):
    return address if ':' in address else '::ffff:' + address


def row(flow, ttl, reply):
    icmp = reply['icmp'] or {'type': 0, 'code': 0}
    protocol = NUMBERS['ICMP'] if reply['icmp'] else NUMBERS['TCP']
    sent = NUMBERS[flow['protocol']]
    if ':' in flow['dst']:
        sent, protocol = (58 if number == 1 else number
                          for number in (sent, protocol))
    return [0, sent, mapped(flow['dst']), flow['source_port'] or 0,
            flow['destination_port'] or 0, ttl,
            reply['quote']['ttl'] if reply['quote'] else 0,
            mapped(reply['responder']), protocol, icmp['type'], icmp['code'],
            reply['ttl'], reply['rtt_ns'] // 1000, int(reply['late']),
            int(reply['duplicate'])]


def main():
    with open(sys.argv[1], encoding='utf-8') as file:
        trace = json.load(file)
    flow = trace['run']['flow']
    with open(sys.argv[2], 'w', encoding='utf-8') as file:
        print(COLUMNS, file=file)
        for hop in trace['hops']:
            for probe in hop['probes']:
                for reply in probe['replies']:
                    print(*row(flow, hop['ttl'], reply), sep=',', file=file)
    print('--checksum %d --label %d --max-ttl %d' % (
        flow['icmp_checksum'] or 0, flow['flow_label'] or 0,
        trace['run']['parameters']['max_ttl']))


main()
