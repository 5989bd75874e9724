#!/usr/bin/python3
"""Hold the lines and the rows of one survey against each other.

usage: survey_lines_judge.py JSON CSV

Each reply of the JSON is to be a row, in order, of the same values, written as
the columns of doc/rows.md are.  Prints what is wrong, or how many replies are
the same.
"""

import csv
import ipaddress
import json
import sys
from decimal import Decimal

PROTOCOLS = {
    "UDP": (17, 17), "TCP": (6, 6), "ICMP": (1, 58),
}
FLAGS = ["fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr"]


def as_v6(text):
    """An address in the text of IPv6."""
    if text is None:
        return ipaddress.IPv6Address("::")
    address = ipaddress.ip_address(text)
    if address.version == 4:
        return ipaddress.IPv6Address("::ffff:" + text)
    return address


def labels(reply):
    """The label stack, in ClickHouse's words."""
    return "[" + ",".join(
        f"({label['label']},{label['experimental']},"
        f"{int(label['bottom'])},{label['ttl']})"
        for label in reply["mpls"]) + "]"


def row_of(survey, target, ttl, reply):
    """What the row says of a reply, by column."""
    flow = survey["flow"]
    ipv6 = ":" in target
    icmp = reply["icmp"] or {"type": 0, "code": 0}
    if reply["tcp"] is not None:
        protocol = 6
    elif reply["icmp"] is not None:
        protocol = 58 if ipv6 else 1
    else:
        protocol = 17
    return {
        "capture_timestamp": Decimal(reply["received_ns"]) / 10**9,
        "probe_protocol": PROTOCOLS[flow["protocol"]][ipv6],
        "probe_src_addr": as_v6(flow["src6" if ipv6 else "src4"]),
        "probe_dst_addr": as_v6(target),
        "probe_src_port": flow["source_port"] or flow["icmp_id"] or 0,
        "probe_dst_port": flow["destination_port"] or 0,
        "probe_ttl": ttl,
        "quoted_ttl": (reply["quote"] or {"ttl": 0})["ttl"],
        "reply_src_addr": as_v6(reply["responder"]),
        "reply_protocol": protocol,
        "reply_icmp_type": icmp["type"],
        "reply_icmp_code": icmp["code"],
        "reply_ttl": reply["ttl"],
        "reply_size": reply["size"],
        "reply_mpls_labels": labels(reply),
        "rtt_us": (reply["rtt_ns"] + 500) // 1000,
        "round": 1,
        "verdict": reply["verdict"],
        "late": int(reply["late"]),
        "duplicate": int(reply["duplicate"]),
        "rewritten": int(reply["rewritten"]),
        "reply_tcp_flags": sum(
            1 << FLAGS.index(name)
            for name in (reply["tcp"] or {"flags": []})["flags"]),
    }


def read_value(column, text):
    """A field, as row_of() has it."""
    if column == "capture_timestamp":
        return Decimal(text)
    if column.endswith("_addr"):
        return ipaddress.IPv6Address(text)
    if column in ("reply_mpls_labels", "verdict"):
        return text
    assert str(int(text)) == text, (column, text)
    return int(text)


def replies_of(lines):
    """The replies of all lines: survey, target, TTL and reply."""
    survey = None
    for line in lines:
        line = json.loads(line)
        if line["type"] == "survey":
            survey = line
        elif line["type"] == "reply":
            yield survey, line["target"], line["ttl"], line["reply"]
        elif line["type"] == "target":
            for hop in line["hops"]:
                for reply in hop["replies"]:
                    yield survey, line["target"], hop["ttl"], reply


def main():
    count = 0
    with open(sys.argv[1], encoding="ascii") as lines, \
            open(sys.argv[2], encoding="ascii", newline="") as file:
        rows = csv.DictReader(file, strict=True)
        for found in replies_of(lines):
            expected = row_of(*found)
            row = next(rows, None)
            if row is None:
                sys.exit(f"there are but {count} rows")
            if list(row) != list(expected):
                sys.exit(f"the columns are {list(row)}")
            seen = {name: read_value(name, row[name]) for name in row}
            if seen != expected:
                sys.exit(f"row {count + 1} is {seen}, not {expected}")
            count += 1
        if next(rows, None) is not None:
            sys.exit("there are more rows than replies")
    if count == 0:
        sys.exit("there is no reply")
    print(f"{count} replies")


main()
