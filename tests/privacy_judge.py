#!/usr/bin/python3
"""Hold a masked trace against the same trace as it is.

usage: privacy_judge.py HOPS REAL MASKED CAPTURE [OUTPUT...]

REAL and MASKED are JSON of trueroute, CAPTURE is what was saved of MASKED,
and OUTPUT whatever else was printed.  All that REAL says must stand in MASKED
too, but with one stand-in for each address that is to be hidden, and no
address that is to be hidden may be found in any file.  Prints each
disagreement; exit 1 if there is one.
"""

import ipaddress
import json
import re
import sys

ADDRESS = re.compile(r'(?<![\w.:])(?:\d+\.\d+\.\d+\.\d+|'
                     r'[0-9a-f]*:[0-9a-f:]*:[0-9a-f:]*[0-9a-f])(?![\w.])')

# Of the run: not told, or told in other words.
OWN = {'command', 'options', 'interface', 'mark', 'masked_hops'}


def is_address(text):
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def probes_of(trace):
    for hop in trace['hops']:
        for probe in hop['probes']:
            yield hop['ttl'], probe


def hidden_in(trace, hops):
    """The addresses that are to be hidden."""
    hidden = {trace['run']['flow']['src'],
              trace['run']['interface']['gateway']}
    for ttl, probe in probes_of(trace):
        hidden.add(probe['src'])
        for reply in probe['replies']:
            quote = reply['quote'] or {}
            hidden.add(quote.get('src'))
            if ttl <= hops:
                hidden.add(reply['responder'])
                hidden.add(quote.get('dst'))
                for one in (reply['extension'] or {}).get('interfaces', []):
                    hidden.add(one['address'])
    flow = trace['run']['flow']
    told = {probe['dst'] for _, probe in probes_of(trace)}
    return hidden - told - {flow['dst'], None}


class Judge:
    def __init__(self, hops, hidden):
        self.hops = hops
        self.hidden = hidden
        self.stand_ins = {}
        self.faults = 0
        self.compared = 0
        self.ttl = 0

    def fault(self, text):
        self.faults += 1
        if self.faults <= 20:
            print(text)

    def address(self, where, real, masked):
        if real not in self.hidden:
            if real != masked:
                self.fault(f'{where}: {real} became {masked}')
            return
        if not masked.startswith(('240.', '100::')):
            self.fault(f'{where}: {real} is told as {masked}')
        if self.stand_ins.setdefault(real, masked) != masked:
            self.fault(f'{where}: {real} is {masked} and '
                       f'{self.stand_ins[real]}')

    def text(self, where, real, masked):
        """Words in which addresses stand."""
        if is_address(real) and is_address(masked):
            self.address(where, real, masked)
            return
        ours, theirs = ADDRESS.findall(real), ADDRESS.findall(masked)
        if len(ours) == len(theirs):
            for one, other in zip(ours, theirs):
                self.address(where, one, other)
        if ADDRESS.sub('A', real) != ADDRESS.sub('A', masked):
            self.fault(f'{where}: "{real}" became "{masked}"')

    def extension(self, where, real, masked):
        """Of hidden hops: the same objects, and of MPLS the same labels."""
        same = ('place', 'fault', 'mpls')
        self.same(where, [real[key] for key in same],
                  [masked[key] for key in same])
        if masked['interfaces']:
            self.fault(f'{where}: tells of interfaces')
        if len(real['objects']) != len(masked['objects']):
            self.fault(f'{where}: other objects')
        for one, other in zip(real['objects'], masked['objects']):
            if one['class'] == 1:
                self.same(where, one, other)
            elif other['hex'].strip('0'):
                self.fault(f'{where}: an object tells {other["hex"]}')

    def finding(self, where, real, masked):
        """How a checksum was changed is not told where it tells of more."""
        if real['code'] == 'rewritten.checksum':
            real, masked = dict(real), dict(masked)
            for one in (real, masked):
                one['evidence'] = re.sub(r'\d+', 'N', one['evidence'])
                one['values'] = dict.fromkeys(one['values'], 0)
        self.same(where, real, masked)

    def quote(self, where, real, masked, protocol):
        """A checksum that was changed is still, by another number."""
        if protocol == 'UDP' and real['identifier'] is not None:
            real = dict(real, identifier=0)
            masked = dict(masked, identifier=0)
        self.same(where, real, masked)

    def host(self, real, masked):
        """Of a hidden one nothing is told but what stands for it."""
        where = f'host {real["address"]}'
        if real['address'] not in self.hidden:
            self.same(where, real, masked)
            return
        self.address(where, real['address'], masked['address'])
        told = set(masked) - {'address', 'name_lookup', 'special'}
        for key in told:
            if masked[key] is not None:
                self.fault(f'{where}: {key} is told')
        self.same(where, masked['name_lookup'], 'not-asked')

    def trace(self, real, masked):
        run = dict(masked['run'])
        if run['masked_hops'] != self.hops:
            self.fault(f'masked_hops is {run["masked_hops"]}')
        for key in ('name', 'index', 'gateway', 'capture_device'):
            if run['interface'][key] is not None:
                self.fault(f'{key} is told')
        for key in set(real['run']) | set(run):
            if key not in OWN:
                self.same(f'run.{key}', real['run'].get(key), run.get(key))
        self.probes(real, masked)
        self.same('unattributed', real['unattributed'],
                  masked['unattributed'])
        if len(real['hosts']) != len(masked['hosts']):
            self.fault('other hosts')
        for one, other in zip(real['hosts'], masked['hosts']):
            self.host(one, other)
        for key in set(real) - {'run', 'hops', 'unattributed', 'hosts',
                                'findings'}:
            self.same(key, real[key], masked.get(key))
        if len(real['findings']) != len(masked['findings']):
            self.fault('other findings')
        for one, other in zip(real['findings'], masked['findings']):
            self.finding(f'finding {one["code"]}', one, other)

    def probes(self, real, masked):
        classic = real['run']['flow']['classic']
        protocol = real['run']['flow']['protocol']
        ours, theirs = list(probes_of(real)), list(probes_of(masked))
        if len(ours) != len(theirs):
            self.fault(f'{len(ours)} probes, masked {len(theirs)}')
        for (ttl, one), (other_ttl, other) in zip(ours, theirs):
            where = f'hop {ttl}'
            self.same(where, ttl, other_ttl)
            one, other = dict(one), dict(other)
            replies, others = one.pop('replies'), other.pop('replies')
            if (classic or one['rewritten']) and protocol == 'UDP':
                one['identifier'] = other['identifier'] = 0
            self.same(where, one, other)
            if len(replies) != len(others):
                self.fault(f'{where}: {len(replies)} replies, masked '
                           f'{len(others)}')
            for a, b in zip(replies, others):
                self.reply(where, ttl, dict(a), dict(b), protocol)

    def reply(self, where, ttl, real, masked, protocol):
        quotes = real.pop('quote'), masked.pop('quote')
        extensions = real.pop('extension'), masked.pop('extension')
        self.same(where, real, masked)
        if None in quotes:
            self.same(where, *quotes)
        else:
            self.quote(where, *quotes, protocol)
        hidden = ttl <= self.hops or real['responder'] in self.hidden
        if hidden and None not in extensions:
            self.extension(where, *extensions)
        elif hidden:
            self.same(where, *extensions)

    def same(self, where, real, masked):
        self.compared += 1
        if isinstance(real, dict) and isinstance(masked, dict):
            for key in set(real) | set(masked):
                self.same(f'{where} {key}', real.get(key), masked.get(key))
        elif isinstance(real, list) and isinstance(masked, list):
            if len(real) != len(masked):
                self.fault(f'{where}: {len(real)} became {len(masked)}')
            for one, other in zip(real, masked):
                self.same(where, one, other)
        elif isinstance(real, str) and isinstance(masked, str):
            self.text(where, real, masked)
        elif real != masked:
            self.fault(f'{where}: {real} became {masked}')

    def one_each(self):
        if len(set(self.stand_ins.values())) != len(self.stand_ins):
            self.fault(f'two have one stand-in: {self.stand_ins}')

    def search(self, file):
        with open(file, 'rb') as stream:
            data = stream.read()
        for text in self.hidden:
            address = ipaddress.ip_address(text)
            if address.packed in data:
                self.fault(f'{file}: holds the bytes of {text}')
            if re.search(rb'(?<![\w.:])' + re.escape(text.encode()) +
                         rb'(?![\w.:])', data):
                self.fault(f'{file}: names {text}')


def main():
    hops = int(sys.argv[1])
    with open(sys.argv[2], encoding='utf-8') as real, \
            open(sys.argv[3], encoding='utf-8') as masked:
        real, masked = json.load(real), json.load(masked)
    judge = Judge(hops, hidden_in(real, hops))
    judge.trace(real, masked)
    judge.one_each()
    for file in sys.argv[3:]:
        judge.search(file)
    if judge.compared < 50 or not judge.hidden:
        judge.fault('there was nothing to compare')
    sys.exit(1 if judge.faults else 0)


if __name__ == '__main__':
    main()
