#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Compute the bound that a result states again, from its decisions alone, as
doc/json.md says what they are.  Reads JSON, prints "same" or both.
"""
import json
import sys


def miss(decision):
    ways, flows = decision['ways'], decision['flows']
    return min(1, (ways + 1) * (ways / (ways + 1)) ** flows)


def decisions(graph):
    """Each once: those about a hop stand at all vertices before it."""
    yield graph['first_hop']
    hops = set()
    for vertex in graph['vertices']:
        decision = vertex['stopping']
        if decision is None:
            continue
        if decision['rule'] == 'hop':
            if vertex['ttl'] in hops:
                continue
            hops.add(vertex['ttl'])
            degrees = [sum(link['from'] == other['id']
                           for link in graph['links'])
                       for other in graph['vertices']
                       if other['ttl'] == vertex['ttl']]
            # Ways that have parted before only go on here.
            if max(degrees) < 2:
                decision = {**decision, 'goes on': True}
        yield decision


def main():
    graph = json.load(sys.stdin)['graph']
    found, hidden = 1.0, 0.0
    for decision in decisions(graph):
        if decision['ways'] > 1 and 'goes on' not in decision:
            found *= 1 - miss(decision)
        else:
            hidden = max(hidden, miss(decision))
    again = 1 - found * (1 - hidden)
    stated = graph['bound']['achieved']
    if abs(again - stated) < 1e-12:
        print('same')
    else:
        print('stated', stated, 'again', again)


if __name__ == '__main__':
    main()
