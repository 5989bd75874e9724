#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What tests/name_server.py sends, byte by byte, in answer to plain questions.

    name_server_check.py PORT

It is asked at 127.0.0.1 about the zone that tests/name_server.sh writes.
Prints a line for each check, as tests/tap.sh's from_lines() reads them.
"""
import socket
import struct
import sys

TYPES = {'A': 1, 'PTR': 12, 'TXT': 16, 'AAAA': 28}
NUMBER = 0x1234
SOON = 0.3          # seconds in which an answer comes that will come


def question(labels, kind, tail=b'', more=0):
    name = b''.join(bytes([len(label)]) + label for label in labels) + b'\0'
    return struct.pack('!6H', NUMBER, 0x0100, 1, 0, 0, more) + name + \
        struct.pack('!2H', TYPES[kind], 1) + tail


def owner(text):
    return [label.encode() for label in text.split('.')]


def reverse(last):
    return owner(f'{last}.0.0.10.in-addr.arpa')


def ask(port, message):
    """(answer or None, port that it came from)"""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(SOON)
        asker.sendto(message, ('127.0.0.1', port))
        try:
            answer, peer = asker.recvfrom(65536)
            return answer, peer
        except socket.timeout:
            return None, None


def ask_tcp(port, message):
    """All that comes back until the end, or until it is silent."""
    with socket.create_connection(('127.0.0.1', port), SOON) as asker:
        asker.sendall(struct.pack('!H', len(message)) + message)
        got = b''
        try:
            while len(got) < 2 or len(got) < 2 + got[0] * 256 + got[1]:
                more = asker.recv(65536)
                if not more:
                    return got, 'end'
                got += more
        except socket.timeout:
            return got, 'silent'
        return got, 'whole'


def check(text, expected, seen):
    if expected == seen:
        print(f'ok {text}')
    else:
        print(f'no {text}: expected {expected!r}, seen {seen!r}')


def header(answer):
    """(number, flags, records)"""
    number, flags, _, records = struct.unpack('!4H', answer[:8])
    return number, flags, records


def main():
    port = int(sys.argv[1])
    asked = question(reverse(1), 'PTR')
    answer, _ = ask(port, asked)
    check('an answer: the whole of it', struct.pack(
        '!6H', NUMBER, 0x8180, 1, 1, 0, 0) + asked[12:] +
        asked[12:-4] + struct.pack('!HHIH', 12, 1, 60, 12) +
        b'\x02r1\x07example\0', answer)
    upper = question([label.upper() for label in reverse(1)], 'PTR')
    answer, _ = ask(port, upper)
    check('capitals: the question as it was asked', upper[12:],
          answer[12:len(upper)])
    check('capitals: a record', 1, header(answer)[2])

    for text, last, flags in (('NXDOMAIN', 99, 0x8183),
                              ('SERVFAIL', 16, 0x8182),
                              ('REFUSED', 17, 0x8185),
                              ('NOTIMP', 18, 0x8184),
                              ('no records', 19, 0x8180),
                              ('too long', 4, 0x8380)):
        answer, _ = ask(port, question(reverse(last), 'PTR'))
        check(f'{text}: flags, no record', (NUMBER, flags, 0),
              header(answer))
    check('silent', None, ask(port, question(reverse(3), 'PTR'))[0])
    check('no question', None, ask(port, asked[:20])[0])
    answer, _ = ask(port, question(reverse(42), 'PTR'))
    check('larger than 512 bytes', (NUMBER, 0x8380, 0), header(answer))
    answer, _ = ask(port, question(reverse(42), 'PTR', struct.pack(
        '!BHHIH', 0, 41, 4096, 0, 0), 1))
    check('larger, with EDNS', (NUMBER, 0x8180, 40), header(answer))

    answer, how = ask_tcp(port, question(reverse(4), 'PTR'))
    check('by TCP: flags, a record', (NUMBER, 0x8180, 1), header(answer[2:]))
    check('by TCP silent', (b'', 'silent'),
          ask_tcp(port, question(reverse(5), 'PTR')))
    check('by TCP closed', (b'', 'end'),
          ask_tcp(port, question(reverse(6), 'PTR')))
    answer, how = ask_tcp(port, question(reverse(7), 'PTR'))
    check('by TCP half of it, and the end', ('end', True),
          (how, 2 < len(answer) < 2 + struct.unpack('!H', answer[:2])[0]))

    answer, peer = ask(port, question(reverse(8), 'PTR'))
    check('a lie: another number', NUMBER ^ 0x5555, header(answer)[0])
    check('a lie: what it claims', True, b'\x03lie\x07example' in answer)
    answer, peer = ask(port, question(reverse(10), 'PTR'))
    check('a lie: another question', b'\x05other\x07example\0',
          answer[12:27])
    answer, peer = ask(port, question(reverse(12), 'PTR'))
    check('a lie: from another port', True, peer[1] != port)
    answer, peer = ask(port, question(reverse(13), 'PTR'))
    check('a lie: from another address', ('127.0.0.3', port), peer)

    check('cut short', 30, len(ask(port, question(reverse(27), 'PTR'))[0]))
    answer, _ = ask(port, question(reverse(25), 'PTR'))
    check('a pointer to itself', len(answer) - 2,
          struct.unpack('!H', answer[-2:])[0] & 0x3fff)
    answer, _ = ask(port, question(
        owner('1.0.0.10.origin.asn.cymru.com'), 'TXT'))
    text = b'64500 64501 | 10.0.0.0/24 | US | arin | 2000-01-01'
    check("Team Cymru's text", bytes([len(text)]) + text,
          answer[-len(text) - 1:])


main()
