"""S22: commands that ask for the same large thing many times at once hold it in memory once, or
in portions; and many busy sessions of one person leave room for others."""

import socket

from lib.client import want
from lib.hostile import Witness, imap, memory_bytes, smtp, wait_for

SETTINGS = {"message_mb": "20"}
MIB = 1024 * 1024
BODY_MIB = 18
GROWTH_MAX = 400 * MIB  # of which a sanitizer keeps 256 back
SEARCHERS = 100
HEAD = b"From: a@b.example\r\nSubject: large\r\nMIME-Version: 1.0\r\n"
TEXT = HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n" + \
    (b"YWJj" * 18 + b"\r\n") * (BODY_MIB * MIB // 74)
FIELDS = HEAD + b"".join(b"X-%d: %s\r\n" % (n % 50, b"v" * 900) for n in range(1000)) + b"\r\nx\r\n"

ATTACKS = [
    ("BINARY", b"FETCH 1 (" + b" ".join(
        b"BINARY.PEEK[1]<%d.99999999>" % n for n in range(100)) + b")"),
    ("BODY", b"FETCH 1 (" + b" ".join(b"BODY.PEEK[]<%d.99999999>" % n for n in range(100)) + b")"),
    ("fields", b"FETCH 2 (" + b" ".join(
        b"BODY.PEEK[HEADER.FIELDS.NOT (Y-%d)]" % n for n in range(100)) + b")"),
    ("sizes", b"FETCH 3:* (BINARY.SIZE[1])"),
    ("few fields", b"FETCH 3:* (BODY.PEEK[HEADER.FIELDS (None)])"),
    ("keys", b"SEARCH 1 " + b"OR BODY zq " * 45 + b"BODY zr"),
]


def run(server):
    fill(server)
    for name, command in ATTACKS:
        before, most = memory_bytes(server), 0
        with Witness(server), imap(server, server.luis, receive_bytes=4096) as wire:
            wire.ask(b"SELECT INBOX")
            wire.send(b"a " + command + b"\r\na NOOP\r\n")
            with smtp(server) as other:
                for _ in range(30):
                    other.say(b"RSET", b"250")
                    most = max(most, memory_bytes(server) - before)
                    other.socket.settimeout(20)
                    wait_a_moment(wire)
        want(most < GROWTH_MAX, f"{name}: {most / MIB:.0f} MiB more")
    searchers(server)


def wait_a_moment(wire):
    """Something of the answer comes, or nothing for a tenth of a second."""
    wire.socket.settimeout(0.1)
    try:
        wire.socket.recv(4096)
    except OSError:
        pass


def fill(server):
    with imap(server, server.luis) as wire:
        for message in (TEXT, FIELDS):
            wire.send(b"q APPEND INBOX {%d+}\r\n" % len(message) + message + b"\r\n")
            want(b"q OK" in wire.until(b"q "), "APPEND")
        wire.ask(b"SELECT INBOX")
        for _ in range(5):  # 1 and 2, 32 times each
            wire.ask(b"COPY 1:* INBOX")


def is_refused(wire):
    """Whether it was told so already; whose search goes on has heard nothing yet."""
    wire.socket.setblocking(False)
    try:
        return wire.socket.recv(64, socket.MSG_PEEK).startswith(b"a NO [LIMIT]")
    except BlockingIOError:
        return False


def searchers(server):
    """More sessions than there are workers, each of which reads a large message again and again."""
    with Witness(server) as witness:
        wires = []
        for _ in range(SEARCHERS):
            wire = imap(server, server.luis)
            wire.ask(b"SELECT INBOX")
            wires.append(wire)
        for wire in wires:  # most are told at once that it is too much
            wire.send((b"a SEARCH 1 " + b"OR BODY zq " * 8 + b"BODY zr\r\n") * 2)
        wait_for(lambda: sum(is_refused(wire) for wire in wires) > SEARCHERS / 2,
                 "too many searches were begun")
        rounds = witness.rounds + 5
        wait_for(lambda: witness.rounds >= rounds or witness.error, "the witness is not served")
        for wire in wires:
            wire.socket.close()
