#!/usr/bin/python3
"""Replay captures made by others, and hold the result against what an
independent decoder found in them.

usage: shared_pcaps.py PROGRAM FOLDER

FOLDER has an expected.json: for each capture the ICMP errors in it.  Prints
TAP.
"""

import json
import os
import subprocess
import sys

# What these hold is inside a tunnel, and so not an answer to a probe that
# this host's link layer carries.
TUNNELLED = {"gtp-iphone.pcap", "zeek-gre-sample.pcap"}

ERRORS = {4: (3, 11), 6: (1, 2, 3)}


def replies_of(program, capture):
    output = subprocess.run([program, "--json", "--read", capture],
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                            text=True, check=False).stdout
    for line in output.splitlines():
        trace = json.loads(line)
        for hop in trace["hops"]:
            for probe in hop["probes"]:
                for reply in probe["replies"]:
                    yield hop["ttl"], reply
        for probe in trace["unattributed"]:
            for reply in probe["replies"]:
                yield None, reply


def suits(expected, ttl, reply):
    if reply["icmp"] is None or reply["quote"] is None:
        return False
    pairs = [
        (expected["responder"], reply["responder"]),
        (expected["icmp_type"], reply["icmp"]["type"]),
        (expected["icmp_code"], reply["icmp"]["code"]),
        (expected["reply_ttl"], reply["ttl"]),
        (expected["q_dst"], reply["quote"]["dst"]),
        (expected["q_ttl"], reply["quote"]["ttl"]),
    ]
    if "q_dport" in expected:
        pairs.append((expected["q_dport"],
                      reply["quote"]["destination_port"]))
    if "probe_ttl" in expected:
        pairs.append((expected["probe_ttl"], ttl))
    if expected.get("rtt_ms") is not None and "probe_frame" in expected:
        if reply["rtt_ns"] is None or \
                abs(reply["rtt_ns"] / 1e6 - expected["rtt_ms"]) > 0.001:
            return False
    labels = [entry["label"] for entry in expected.get("mpls", [])]
    if labels:
        ours = [entry["label"] for entry in
                (reply["extension"] or {}).get("mpls", [])]
        # The other decoder may stop after the first entry of the stack.
        if ours[:len(labels)] != labels:
            return False
    return all(a == b for a, b in pairs)


def check(program, folder, name, expected):
    """What is missing of the expected errors."""
    ours = list(replies_of(program, os.path.join(folder, name)))
    missing = []
    for result in expected["results"]:
        if result["icmp_type"] not in ERRORS[result["v"]] or \
                "q_dst" not in result or \
                result.get("q_proto") not in ("udp", "tcp", "icmp", "icmpv6"):
            continue
        for item in ours:
            if suits(result, *item):
                ours.remove(item)
                break
        else:
            missing.append(result)
    return missing


def main():
    program, folder = sys.argv[1], sys.argv[2]
    with open(os.path.join(folder, "expected.json"),
              encoding="utf-8") as file:
        captures = json.load(file)
    for number, (name, expected) in enumerate(sorted(captures.items()), 1):
        if name in TUNNELLED:
            print(f"ok {number} - {name} # SKIP its packets are tunnelled")
            continue
        missing = check(program, folder, name, expected)
        print(f"{'not ok' if missing else 'ok'} {number} - {name}")
        for result in missing:
            print(f"# missing: {json.dumps(result)}")
    print(f"1..{len(captures)}")


main()
