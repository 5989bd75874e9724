#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
r"""A name server for tests: it answers from a zone file, and misbehaves as the
file says.

    name_server.py [--listen ADDRESS]... [--port PORT] [--log FILE]
        [--no-tcp] [--detach] [--lifetime SECONDS] [ZONE-FILE]

It listens by UDP and TCP at the addresses (127.0.0.1) and the port (53; 0 for
any that is free).  --detach: once it answers, it goes on in the background, and
prints its process's number and the port.  It ends by itself after --lifetime
(120 s).  Without a file nothing is known to it.

The log has a line for each question, written before it is answered:

    SECONDS-SINCE-START udp|tcp TYPE OWNER

THE FILE.  A line is

    OWNER [TYPE VALUE] [BEHAVIOUR...]

Lines with one owner add up; "#" starts a comment.  TYPE is PTR, CNAME, A, AAAA
or TXT.  OWNER and the values of PTR and CNAME are names with the escapes of
RFC 1035, 5.1 (\DDD is a byte, \. a dot in a label); other bytes are taken as
they stand.  TXT has one or more strings in quotes.  An OWNER may also be

    ADDRESS            its name under in-addr.arpa or ip6.arpa
    origin:ADDRESS     the name by which Team Cymru is asked for its origin AS
    *.NAME             all below NAME that has no line of its own
    *                  all else; without such a line they do not exist

A CNAME is followed where its target has a line, as a resolver does that is
asked for recursion.  The log has owners in the same notation.

BEHAVIOURS, of any question about the owner:

    nxdomain servfail refused notimp   this code, no records
    empty              no error and no records
    delay=MS           so many milliseconds later
    silent             never
    truncate           by UDP that it is too long; by TCP it is answered
    tcp=silent         by TCP never answered, the connection stays
    tcp=close          by TCP the connection is closed instead
    tcp=half           by TCP half of the answer, then the end
    lie=KIND[,KIND...] an answer with LIES below, one for each kind:
                       id (another number), question (of another name), name
                       (the record has another owner), query (it is no answer
                       by its flag); by UDP alone: port (from another port),
                       address (from 127.0.0.3)
    truth=MS           and so much later the true one
    ttl=SECONDS        of the records (60)
    loop               names in records are pointers to themselves
    count=N            the header claims so many records
    cut=N              only the first N bytes; from the end where negative
    garbage            after the header bytes without a meaning

UDP answers of more than 512 bytes, or what EDNS allows, are truncated.
"""
import argparse
import asyncio
import ipaddress
import os
import random
import re
import signal
import socket
import struct
import sys
import time

TYPES = {'A': 1, 'CNAME': 5, 'PTR': 12, 'TXT': 16, 'AAAA': 28}
TYPE_NAMES = {number: name for name, number in TYPES.items()}
TYPE_OPT = 41
CODES = {'empty': 0, 'servfail': 2, 'nxdomain': 3, 'notimp': 4, 'refused': 5}
FLAGS = set(CODES) | {'silent', 'truncate', 'loop', 'garbage'}
NUMBERS = {'delay', 'truth', 'ttl', 'count', 'cut'}
TCP_WAYS = {'silent', 'close', 'half'}
LIE_KINDS = {'id', 'question', 'name', 'port', 'address', 'query'}

FLAG_RESPONSE, FLAG_TRUNCATED = 0x8000, 0x0200
FLAG_DESIRED, FLAG_AVAILABLE = 0x0100, 0x0080

# What lies claim.
LIES = {
    'A': b'\xc0\x00\x02\x42',
    'AAAA': ipaddress.ip_address('2001:db8::42').packed,
    'PTR': (b'lie', b'example'),
    'TXT': (b'666 | 0.0.0.0/0 | ZZ | lie | 2000-01-01',),
}
LIE_OWNER = (b'other', b'example')
LIE_ADDRESS = '127.0.0.3'

CYMRU = {4: b'origin.asn.cymru.com', 6: b'origin6.asn.cymru.com'}


# --- names ---------------------------------------------------------------

def unescape(text):
    r"""Bytes, as (byte, was it escaped)."""
    place = 0
    while place < len(text):
        digits = re.match(rb'\\(\d{3})', text[place:])
        if digits:
            yield int(digits[1]), True
            place += 4
        elif text[place:place + 1] == b'\\' and place + 1 < len(text):
            yield text[place + 1], True
            place += 2
        else:
            yield text[place], False
            place += 1


def labels_of(text):
    """A name in text as a tuple of labels."""
    labels = [bytearray()]
    for byte, escaped in unescape(text):
        if byte == ord('.') and not escaped:
            labels.append(bytearray())
        else:
            labels[-1].append(byte)
    return tuple(bytes(label) for label in labels if label)


def reverse_labels(address, suffixes):
    if address.version == 4:
        parts = str(address).split('.')
    else:
        parts = list(address.exploded.replace(':', ''))
    return tuple(part.encode() for part in reversed(parts)) + \
        labels_of(suffixes[address.version])


ARPA = {4: b'in-addr.arpa', 6: b'ip6.arpa'}


def owner_labels(text):
    kind, colon, rest = text.partition(b':')
    try:
        if kind == b'origin' and colon:
            return reverse_labels(ipaddress.ip_address(rest.decode()), CYMRU)
        return reverse_labels(ipaddress.ip_address(text.decode()), ARPA)
    except ValueError:
        return labels_of(text)


def small(labels):
    return tuple(label.lower() for label in labels)


def address_before(labels, suffixes):
    """The address whose parts stand before one of the suffixes, or None."""
    for version, suffix in suffixes.items():
        ending = labels_of(suffix)
        parts = labels[:-len(ending)]
        if labels[-len(ending):] != ending or \
                len(parts) != (4 if version == 4 else 32):
            continue
        text = b''.join(reversed(parts)) if version == 6 else \
            b'.'.join(reversed(parts))
        try:
            if version == 6:
                return ipaddress.IPv6Address(bytes.fromhex(text.decode()))
            return ipaddress.IPv4Address(text.decode())
        except ValueError:
            return None
    return None


def owner_text(labels):
    """A name as the zone file would have it."""
    labels = small(labels)
    address = address_before(labels, ARPA)
    if address is not None:
        return str(address)
    address = address_before(labels, CYMRU)
    if address is not None:
        return f'origin:{address}'
    return '.'.join(''.join(
        chr(byte) if 33 <= byte < 127 and byte not in b'.\\'
        else f'\\{byte:03}' for byte in label) for label in labels) or '.'


def name_bytes(labels):
    if any(len(label) > 63 for label in labels):
        raise ValueError('a label has 63 bytes at most')
    return b''.join(bytes([len(label)]) + label for label in labels) + b'\0'


# --- the zone ------------------------------------------------------------

class Entry:
    """What there is of an owner: records by type, and behaviours."""

    def __init__(self):
        self.records = {}
        self.behaviour = {}

    def add_behaviour(self, word):
        key, _, value = word.partition('=')
        if word in FLAGS:
            self.behaviour[word] = True
        elif key in NUMBERS:
            self.behaviour[key] = int(value)
        elif key == 'tcp' and value in TCP_WAYS:
            self.behaviour[key] = value
        elif key == 'lie' and set(value.split(',')) <= LIE_KINDS:
            self.behaviour[key] = value.split(',')
        else:
            raise ValueError(f'no behaviour is called {word}')


def words_of(line):
    """The words of a line: (bytes, was it in quotes).  Escapes stay."""
    pattern = rb'\s+|#.*|"((?:\\.|[^"\\])*)"|((?:\\.|[^\s"\\])+)'
    place = 0
    while place < len(line):
        match = re.compile(pattern, re.S).match(line, place)
        if match is None:
            raise ValueError('a quote has no end')
        place = match.end()
        if match[1] is not None:
            yield match[1], True
        elif match[2] is not None:
            yield match[2], False


def add_line(entries, words):
    entry = entries.setdefault(small(owner_labels(words[0][0])), Entry())
    rest = words[1:]
    kind = rest[0][0].decode() if rest else ''
    if kind in TYPES:
        if kind == 'TXT':
            size = 1
            while size < len(rest) and rest[size][1]:
                size += 1
            value = tuple(bytes(byte for byte, _ in unescape(word))
                          for word, _ in rest[1:size])
        elif kind in ('PTR', 'CNAME'):
            value, size = owner_labels(rest[1][0]), 2
            name_bytes(value)
        else:
            value, size = ipaddress.ip_address(rest[1][0].decode()).packed, 2
        entry.records.setdefault(kind, []).append(value)
        rest = rest[size:]
    for word, _ in rest:
        entry.add_behaviour(word.decode())


def read_zone(path):
    entries = {}
    if path is None:
        return entries
    with open(path, 'rb') as file:
        for number, line in enumerate(file.read().split(b'\n'), 1):
            try:
                words = list(words_of(line))
                if words:
                    add_line(entries, words)
            except (ValueError, IndexError) as error:
                sys.exit(f'name_server: {path}: line {number}: {error}')
    return entries


def find(entries, labels):
    """The entry of a name, or None."""
    labels = small(labels)
    if labels in entries:
        return entries[labels]
    for start in range(1, len(labels) + 1):
        entry = entries.get((b'*',) + labels[start:])
        if entry is not None:
            return entry
    return None


# --- messages ------------------------------------------------------------

class Question:
    """What is asked; ValueError where it is no question."""

    def __init__(self, message):
        if len(message) < 12:
            raise ValueError('short')
        self.id, self.flags, count, _, _, more = struct.unpack(
            '!6H', message[:12])
        if self.flags & FLAG_RESPONSE or count != 1:
            raise ValueError('no question')
        labels, place = [], 12
        while message[place:place + 1] not in (b'', b'\0'):
            size = message[place]
            labels.append(message[place + 1:place + 1 + size])
            place += 1 + size
        self.labels = tuple(labels)
        place += 1
        if len(message) < place + 4:
            raise ValueError('short')
        self.type, self.dns_class = struct.unpack(
            '!2H', message[place:place + 4])
        self.room = 512
        self.edns = False
        rest = message[place + 4:]
        if more and len(rest) >= 11 and \
                rest[:3] == b'\0' + struct.pack('!H', TYPE_OPT):
            self.edns = True
            self.room = max(512, struct.unpack('!H', rest[3:5])[0])

    @property
    def type_name(self):
        return TYPE_NAMES.get(self.type, str(self.type))


def record_data(kind, value):
    if kind == 'TXT':
        return b''.join(bytes([len(part)]) + part
                        for text in value
                        for part in (text[at:at + 255]
                                     for at in range(0, len(text) or 1, 255)))
    if kind in ('PTR', 'CNAME'):
        return name_bytes(value)
    return value


class Answer:
    """An answer while it is put together."""

    def __init__(self, question):
        self.id = question.id
        self.flags = FLAG_RESPONSE | FLAG_AVAILABLE | \
            (question.flags & FLAG_DESIRED)
        self.code = 0
        self.asked = question
        self.question = question.labels
        self.records = []               # (owner, type, value)

    def records_bytes(self, behaviour, start):
        out = b''
        for owner, kind, value in self.records:
            out += name_bytes(owner)
            data = record_data(kind, value)
            if behaviour.get('loop') and kind in ('PTR', 'CNAME'):
                # Behind type, class, TTL and length: its own place.
                at = start + len(out) + 10
                data = struct.pack('!H', 0xc000 | at)
            out += struct.pack('!HHIH', TYPES[kind], 1,
                               behaviour.get('ttl', 60), len(data)) + data
        return out

    def bytes(self, behaviour, room):
        """The message; truncated where it is longer than room."""
        question = name_bytes(self.question) + struct.pack(
            '!2H', self.asked.type, self.asked.dns_class)
        records = self.records_bytes(behaviour, 12 + len(question))
        count, flags = len(self.records), self.flags
        edns = struct.pack('!BHHIH', 0, TYPE_OPT, 1232, 0, 0) \
            if self.asked.edns else b''
        if 12 + len(question) + len(records) + len(edns) > room:
            count, flags, records = 0, flags | FLAG_TRUNCATED, b''
        message = struct.pack('!6H', self.id, flags | self.code, 1,
                              behaviour.get('count', count), 0,
                              1 if edns else 0) + question + records + edns
        if behaviour.get('garbage'):
            noise = random.Random(1)
            message = message[:12] + bytes(noise.randrange(256)
                                           for _ in range(60))
        return message[:behaviour['cut']] if 'cut' in behaviour else message


def true_answer(entries, question):
    answer = Answer(question)
    owner, seen = question.labels, set()
    while True:
        entry = find(entries, owner)
        if entry is None:               # the owner that is asked about
            answer.code = CODES['nxdomain']
            return answer
        for word, code in CODES.items():
            if word in entry.behaviour:
                answer.code = code
                return answer
        kind = question.type_name
        for value in entry.records.get(kind, []):
            answer.records.append((owner, kind, value))
        seen.add(small(owner))
        alias = entry.records.get('CNAME')
        if alias is None or kind == 'CNAME':
            return answer
        answer.records.append((owner, 'CNAME', alias[0]))
        owner = alias[0]
        if small(owner) in seen or find(entries, owner) is None:
            return answer


def false_answer(question, lie):
    answer = Answer(question)
    kind = question.type_name
    owner = question.labels
    if lie == 'id':
        answer.id ^= 0x5555
    elif lie == 'query':
        answer.flags &= ~FLAG_RESPONSE
    elif lie == 'question':
        owner = answer.question = LIE_OWNER
    elif lie == 'name':
        owner = LIE_OWNER
    if kind in LIES:
        answer.records.append((owner, kind, LIES[kind]))
    return answer


def answers(entries, question, transport):
    """Yield (milliseconds, message, where from: '', 'port', 'address')."""
    entry = find(entries, question.labels)
    behaviour = entry.behaviour if entry else {}
    if behaviour.get('silent'):
        return
    delay = behaviour.get('delay', 0)
    room = question.room if transport == 'udp' else 65535
    if behaviour.get('truncate') and transport == 'udp':
        room = 0
    for lie in behaviour.get('lie', []):
        if transport == 'udp' or lie not in ('port', 'address'):
            yield (delay, false_answer(question, lie).bytes(behaviour, room),
                   lie if lie in ('port', 'address') else '')
    if 'lie' in behaviour and 'truth' not in behaviour:
        return
    yield (delay + behaviour.get('truth', 0),
           true_answer(entries, question).bytes(behaviour, room), '')


# --- the server ----------------------------------------------------------

class Server:
    def __init__(self, entries, log):
        self.entries = entries
        self.log = log
        self.start = time.monotonic()
        self.other_port = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.other_port6 = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        self.other_address = None       # made where it is needed

    def note(self, question, transport):
        if self.log is None:
            return
        seconds = time.monotonic() - self.start
        self.log.write(f'{seconds:.3f} {transport} {question.type_name} '
                       f'{owner_text(question.labels)}\n')
        self.log.flush()

    def from_elsewhere(self, source, message, peer, port):
        if source == 'port':
            other = self.other_port6 if ':' in peer[0] else self.other_port
        else:
            if self.other_address is None:
                self.other_address = socket.socket(socket.AF_INET,
                                                   socket.SOCK_DGRAM)
                self.other_address.bind((LIE_ADDRESS, port))
            other = self.other_address
        other.sendto(message, peer)

    def answer_udp(self, transport, message, peer):
        try:
            question = Question(message)
        except ValueError:
            return
        self.note(question, 'udp')
        port = transport.get_extra_info('sockname')[1]
        loop = asyncio.get_running_loop()
        for delay, reply, source in answers(self.entries, question, 'udp'):
            if source:
                loop.call_later(delay / 1000, self.from_elsewhere, source,
                                reply, peer, port)
            elif delay == 0:
                transport.sendto(reply, peer)
            else:
                loop.call_later(delay / 1000, transport.sendto, reply, peer)

    async def answer_tcp(self, reader, writer):
        """Each question by itself: one that waits holds no other up."""
        tasks = []
        try:
            while True:
                size, = struct.unpack('!H', await reader.readexactly(2))
                question = Question(await reader.readexactly(size))
                self.note(question, 'tcp')
                tasks.append(asyncio.create_task(
                    self.write_tcp(question, writer)))
        except (asyncio.IncompleteReadError, ConnectionError, ValueError):
            pass
        await asyncio.gather(*tasks, return_exceptions=True)
        writer.close()

    async def write_tcp(self, question, writer):
        entry = find(self.entries, question.labels)
        way = entry.behaviour.get('tcp') if entry else None
        if way == 'silent':
            return
        if way == 'close':
            writer.close()
            return
        for delay, reply, _ in answers(self.entries, question, 'tcp'):
            await asyncio.sleep(delay / 1000)
            whole = struct.pack('!H', len(reply)) + reply
            if way == 'half':
                writer.write(whole[:len(whole) // 2])
                writer.close()
                return
            writer.write(whole)


class Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server):
        self.server = server
        self.transport = None

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        self.server.answer_udp(self.transport, data, addr)


def open_socket(address, port, kind):
    family = socket.AF_INET6 if ':' in address else socket.AF_INET
    new = socket.socket(family, kind)
    new.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR,
                   kind == socket.SOCK_STREAM)
    new.bind((address, port))
    if kind == socket.SOCK_STREAM:
        new.listen(64)
    return new


def open_sockets(options):
    """(datagram sockets, stream sockets, the port of all of them)"""
    for tries in range(20):
        datagrams, streams, port = [], [], options.port
        try:
            for address in options.listen or ['127.0.0.1']:
                datagrams.append(open_socket(address, port,
                                             socket.SOCK_DGRAM))
                port = datagrams[0].getsockname()[1]
                if not options.no_tcp:
                    streams.append(open_socket(address, port,
                                               socket.SOCK_STREAM))
            return datagrams, streams, port
        except OSError as error:
            for one in datagrams + streams:
                one.close()
            # A port that is free for one may be taken for the other.
            if options.port != 0 or tries == 19:
                sys.exit(f'name_server: cannot listen: {error}')


async def serve(server, datagrams, streams, lifetime):
    loop = asyncio.get_running_loop()
    for one in datagrams:
        await loop.create_datagram_endpoint(lambda: Datagrams(server),
                                            sock=one)
    for one in streams:
        await asyncio.start_server(server.answer_tcp, sock=one)
    await asyncio.sleep(lifetime)


def detach(port):
    """Go on in a child that holds none of the streams of this process."""
    child = os.fork()
    if child:
        print(child, port, flush=True)
        os._exit(0)
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--listen', action='append')
    parser.add_argument('--port', type=int, default=53)
    parser.add_argument('--log')
    parser.add_argument('--no-tcp', action='store_true')
    parser.add_argument('--detach', action='store_true')
    parser.add_argument('--lifetime', type=float, default=120)
    parser.add_argument('zone', nargs='?')
    options = parser.parse_args()

    entries = read_zone(options.zone)
    datagrams, streams, port = open_sockets(options)
    log = None
    if options.log:
        log = open(options.log, 'w', encoding='ascii')
    if options.detach:
        detach(port)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    asyncio.run(serve(Server(entries, log), datagrams, streams,
                      options.lifetime))


if __name__ == '__main__':
    main()
