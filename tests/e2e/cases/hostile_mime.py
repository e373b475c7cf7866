"""S22: header floods and MIME a thousand deep or of 100,000 parts are kept or refused, and what
was kept is shown as quickly as anything."""

import time

from lib.client import want
from lib.hostile import Witness, envelope, imap, smtp

MIB = 1024 * 1024
SHOW_SECONDS = 20

HEAD = b"From: a@b.example\r\nSubject: flood\r\nMIME-Version: 1.0\r\n"


def fields(count):
    return HEAD + b"".join(b"X-%d: y\r\n" % n for n in range(count)) + b"\r\nbody\r\n"


def one_field(size):
    return HEAD + b"X-Long: " + (b"z" * 900 + b"\r\n ") * (size // 903) + b"z\r\n\r\nbody\r\n"


def addresses(count):
    return HEAD + b"To: " + b",\r\n ".join(b"n%d <a%d@b.example>" % (n, n)
                                           for n in range(count)) + b"\r\n\r\nbody\r\n"


def deep(levels):
    opening = [HEAD]
    for n in range(levels):
        opening.append(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n))
    closing = [b"\r\n--b%d--\r\n" % n for n in reversed(range(levels))]
    return b"".join(opening) + b"Content-Type: text/plain\r\n\r\nbottom" + b"".join(closing)


def nested(levels):
    return (HEAD + b"Content-Type: message/rfc822\r\n\r\n") * levels + HEAD + b"\r\nbottom\r\n"


def wide(count):
    return (HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" +
            b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" * count + b"--b--\r\n")


def parameters(count):
    words = b"".join(b";\r\n p%d*0*=utf-8''%%41" % n for n in range(count))
    return HEAD + b"Content-Type: text/plain" + words + b"\r\n\r\nbody\r\n"


# A name, the message, and what SMTP says: "250" is kept, "550" refused, None either.
FLOODS = [
    ("200,000 fields", fields(200000), b"550 5.6.0"),
    ("50,000 fields", fields(50000), b"250"),
    ("a field of 2 MiB", one_field(2 * MIB), b"550 5.6.0"),
    ("a field of 900 KiB", one_field(900 * 1024), b"250"),
    ("20,000 addresses", addresses(20000), b"250"),
    ("20,000 parameters", parameters(20000), b"250"),
    ("multiparts, 1,000 deep", deep(1000), b"250"),
    ("messages, 1,000 deep", nested(1000), b"250"),
    ("100,000 parts", wide(100000), b"250"),
    ("a boundary that never comes", HEAD + b"Content-Type: multipart/mixed; boundary=" +
     b"q" * 5000 + b"\r\n\r\n" + b"--" + b"q" * 5000 + b"x\r\n" * 300, b"250"),
    ("encoded words", HEAD + b"Subject: " + b"=?utf-8?q?=41?=\r\n " * 50000 + b"\r\n\r\nx\r\n",
     b"250"),
    ("brackets", HEAD + b"To: " + (b"(" * 900 + b"\r\n ") * 500 + b"\r\n\r\nx\r\n", b"250"),
]


def run(server):
    kept = []
    with Witness(server):
        with smtp(server) as wire:
            for name, message, wanted in FLOODS:
                envelope(wire, server.luis)
                wire.say(b"DATA", b"354")
                began = time.monotonic()
                wire.send(message + b"\r\n.\r\n")
                said = wire.reply()
                want(said.startswith(wanted), f"{name}: {said!r}")
                spent = time.monotonic() - began
                want(spent < SHOW_SECONDS, f"{name}: taken after {spent:.1f} s")
                if wanted == b"250":
                    kept.append((name, message))
        with imap(server, server.luis) as wire:
            wire.ask(b"SELECT INBOX")
            for number, (name, message) in enumerate(kept, 1):
                show(wire, number, name, message)
        both_by_append(server)


def show(wire, number, name, message):
    """Structure, envelope, parts and searches are answered in time, and the bytes are the same."""
    for asked in (b"BODYSTRUCTURE", b"BODY", b"ENVELOPE", b"BODY.PEEK[1]", b"BODY.PEEK[1.1.1.MIME]",
                  b"BODY.PEEK[HEADER.FIELDS (Subject)]", b"BODY.PEEK[1.HEADER]", b"RFC822.SIZE"):
        began = time.monotonic()
        wire.ask(b"FETCH %d %s" % (number, asked))
        spent = time.monotonic() - began
        want(spent < SHOW_SECONDS, f"{name}: {asked!r} took {spent:.1f} s")
    got = wire.ask(b"FETCH %d BODY.PEEK[]" % number)
    want(message in got, f"{name}: other bytes came back")
    began = time.monotonic()
    wire.ask(b"SEARCH %d TEXT nowhere" % number)
    spent = time.monotonic() - began
    want(spent < SHOW_SECONDS, f"{name}: SEARCH TEXT took {spent:.1f} s")


def both_by_append(server):
    """The owner may lay down what SMTP refuses."""
    with imap(server, server.jane) as wire:
        for number, message in enumerate((fields(200000), one_field(2 * MIB)), 1):
            wire.send(b"q APPEND INBOX {%d+}\r\n" % len(message) + message + b"\r\n")
            want(b"q OK" in wire.until(b"q "), "APPEND")
            wire.ask(b"SELECT INBOX")
            show(wire, number, f"appended {number}", message)
