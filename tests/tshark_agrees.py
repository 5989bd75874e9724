#!/usr/bin/python3
"""Compare what trueroute --json says of a capture with what tshark decodes.

usage: tshark_agrees.py CAPTURE JSON

Every probe and reply of the JSON must be a frame of the capture, known by its
time, and every frame a probe or a reply; all fields that both decode must be
the same.  Prints each disagreement; exit 1 if there is one.
"""

import json
import subprocess
import sys

FIELDS = """frame.time_epoch ip.src ip.dst ip.ttl ip.id ip.dsfield ip.len
ipv6.src ipv6.dst ipv6.hlim ipv6.flow udp.srcport udp.dstport
udp.checksum tcp.srcport tcp.dstport tcp.seq_raw tcp.flags icmp.type icmp.code
icmp.ident icmp.seq icmpv6.type icmpv6.code icmpv6.echo.identifier
icmpv6.echo.sequence_number""".split()


def frames_of(capture):
    command = ["tshark", "-n", "-r", capture, "-o", "ip.defragment:FALSE",
               "-T", "fields", "-E", "occurrence=a", "-E", "separator=|",
               "-E", "aggregator=,"]
    for field in FIELDS:
        command += ["-e", field]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True).stdout
    frames = {}
    for line in output.splitlines():
        values = line.split("|")
        frame = {name: value.split(",") if value else []
                 for name, value in zip(FIELDS, values)}
        seconds, _, fraction = frame["frame.time_epoch"][0].partition(".")
        stamp = int(seconds) * 10**9 + int(fraction.ljust(9, "0")[:9])
        frames.setdefault(stamp, []).append(frame)
    return frames


class Judge:
    def __init__(self, frames):
        self.frames = frames
        self.faults = 0
        self.compared = 0

    def fault(self, what, ours, theirs):
        self.faults += 1
        print(f"{what}: trueroute {ours}, tshark {theirs}")

    def take(self, stamp, what, suits):
        """The frame of this time that suits; it is then used up."""
        for frame in self.frames.get(stamp, []):
            if suits(frame):
                self.frames[stamp].remove(frame)
                return frame
        self.fault(what, stamp, "has no such frame")
        return None

    def same(self, what, ours, frame, names, place):
        """Compare with the first of the fields that tshark gives."""
        if ours is None:
            return
        for name in names:
            values = frame[name]
            if len(values) > place:
                theirs = values[place]
                try:
                    theirs = int(theirs, 0)
                except ValueError:
                    pass
                self.compared += 1
                if theirs != ours:
                    self.fault(f"{what} {name}", ours, theirs)
                return

    def transport(self, what, item, frame, place, protocol):
        if protocol == "UDP":
            self.same(what, item["identity" if "identity" in item else
                                 "identifier"],
                      frame, ["udp.checksum"], place)
        elif protocol == "TCP":
            self.same(what, item["identity" if "identity" in item else
                                 "identifier"],
                      frame, ["tcp.seq_raw"], place)
        for end, names in (("source_port", ["udp.srcport", "tcp.srcport"]),
                           ("destination_port",
                            ["udp.dstport", "tcp.dstport"])):
            if item.get(end) is not None and protocol != "ICMP":
                self.same(what, item[end], frame, names, place)

    def probe(self, probe, ttl, protocol):
        what = f"probe ttl {ttl}"
        frame = self.take(probe["sent_ns"], what,
                          lambda f: str(ttl) in f["ip.ttl"] + f["ipv6.hlim"])
        if frame is None:
            return
        self.same(what, ttl, frame, ["ip.ttl", "ipv6.hlim"], 0)
        self.same(what, probe["size"], frame, ["ip.len"], 0)
        if frame["ip.id"]:
            self.same(what, probe["ip_id"], frame, ["ip.id"], 0)
        self.transport(what, probe, frame, 0, protocol)
        if protocol == "ICMP":
            self.same(what, probe["identifier"], frame,
                      ["icmp.seq", "icmpv6.echo.sequence_number"], 0)

    def reply(self, reply, ttl, protocol):
        what = f"reply to ttl {ttl}"
        frame = self.take(reply["received_ns"], what,
                          lambda f: reply["responder"] in
                          f["ip.src"][:1] + f["ipv6.src"][:1])
        if frame is None:
            return
        self.same(what, reply["ttl"], frame, ["ip.ttl", "ipv6.hlim"], 0)
        self.same(what, reply["size"], frame, ["ip.len"], 0)
        if reply["icmp"] is not None:
            self.same(what, reply["icmp"]["type"], frame,
                      ["icmp.type", "icmpv6.type"], 0)
            self.same(what, reply["icmp"]["code"], frame,
                      ["icmp.code", "icmpv6.code"], 0)
        quote = reply["quote"]
        if quote is None:
            return
        self.same(what, quote["ttl"], frame, ["ip.ttl", "ipv6.hlim"], 1)
        self.same(what, quote["dst"], frame, ["ip.dst", "ipv6.dst"], 1)
        if len(frame["ip.id"]) > 1:
            self.same(what, quote["ip_id"], frame, ["ip.id"], 1)
        self.transport(what, quote, frame, 0, protocol)


def main():
    judge = Judge(frames_of(sys.argv[1]))
    with open(sys.argv[2], encoding="utf-8") as file:
        for line in file:
            trace = json.loads(line)
            protocol = trace["run"]["flow"]["protocol"]
            for hop in trace["hops"]:
                for probe in hop["probes"]:
                    if probe["captured"]:
                        judge.probe(probe, hop["ttl"], protocol)
                    for reply in probe["replies"]:
                        judge.reply(reply, hop["ttl"], protocol)
    for stamp, left in judge.frames.items():
        for frame in left:
            judge.fault(f"frame at {stamp}", "passed it over", frame)
    print(f"{judge.compared} fields compared, {judge.faults} differ")
    sys.exit(1 if judge.faults or judge.compared == 0 else 0)


main()
