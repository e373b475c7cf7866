"""S22: requests made to cost much (patterns, sets, searches, boundaries) take bounded time, and
others are served meanwhile."""

import time

from lib.client import want, want_equal
from lib.hostile import Witness, envelope, imap, smtp

MIB = 1024 * 1024
SECONDS = 45
HEAD = b"From: a@b.example\r\nSubject: dear\r\nMIME-Version: 1.0\r\n"


def boundaries(levels, line, size):
    """Many open multiparts, and lines that look like the boundary of each."""
    opening = [HEAD]
    for n in range(levels):
        name = b"b" * 60 + b"%03d" % n
        opening.append(b"Content-Type: multipart/mixed; boundary=%s\r\n\r\n--%s\r\n" % (name, name))
    return b"".join(opening) + b"\r\n" + line * (size // len(line))


def rounds_of(words, count):
    return HEAD + words * count + b"\r\nx\r\n"


MESSAGES = [
    ("dashes", boundaries(99, b"--\r\n", 2 * MIB)),
    ("boundaries", boundaries(99, b"--" + b"b" * 60 + b"\r\n", 2 * MIB)),
    ("references", HEAD + b"References:" + b"".join(
        b" <%d@b.example>\r\n" % n for n in range(40000)) + b"\r\nx\r\n"),
    ("one letter", HEAD + b"\r\n" + (b"b" * 60000 + b"\r\n") * 60),
    ("empty lines", HEAD + b"\r\n" + b"\r\n" * MIB),
    ("comments", HEAD + b"Date: " + (b"(" * 400 + b"\r\n ") * 2000 + b"\r\n\r\nx\r\n"),
    ("quotes", HEAD + b"To: " + (b"\"a\" " * 200 + b"\r\n ") * 1000 + b"\r\n\r\nx\r\n"),
    ("groups", HEAD + b"To: " + b"g:\r\n " * 100000 + b";\r\n\r\nx\r\n"),
    ("routes", HEAD + b"To: <" + b"@a,\r\n " * 100000 + b":b@c>\r\n\r\nx\r\n"),
    ("received", rounds_of(b"Received: from a by b; Thu, 1 Jan 2026 00:00:00 +0000\r\n", 100)),
    ("html", HEAD + b"Content-Type: text/html\r\n\r\n" + (b"<" * 70 + b"\r\n") * 15000),
    ("html tags", HEAD + b"Content-Type: text/html\r\n\r\n" + b"<div><!--<style>\r\n" * 50000),
    ("entities", HEAD + b"Content-Type: text/html\r\n\r\n" + b"&amp;&#x41;&\r\n" * 60000),
    ("shifts", HEAD + b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n" +
     b"\x1b$B\x1b(B\r\n" * 300000),
    ("utf-7", HEAD + b"Content-Type: text/plain; charset=utf-7\r\n\r\n" + b"+AEE-+\r\n" * 300000),
    ("base64", HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"=QUF=\r\n" * 200000),
    ("marks", HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\na" +
     ("\u0323\u0307".encode() * 200 + b"\r\n") * 600),
]


def run(server):
    with Witness(server):
        with smtp(server) as wire:
            for name, message in MESSAGES:
                within(name, lambda: deliver(wire, server, message))
        with imap(server, server.luis) as wire:
            folders(wire)
            wire.ask(b"SELECT INBOX")
            searches(wire)
            sets(wire)


def within(name, what):
    began = time.monotonic()
    what()
    spent = time.monotonic() - began
    want(spent < SECONDS, f"{name}: {spent:.1f} s")


def deliver(wire, server, message):
    envelope(wire, server.luis, options=b" BODY=8BITMIME")
    wire.say(b"DATA", b"354")
    wire.send(message + b"\r\n.\r\n")
    said = wire.reply()
    want(said.startswith((b"250", b"550")), f"{said!r}")


def folders(wire):
    """Patterns that a naive matcher tries in 2^n ways."""
    for n in range(20):
        wire.ask(b'CREATE "' + b"a" * 190 + b'%d"' % n)
    for pattern in (b"*a" * 450 + b"b", b"%a" * 450 + b"b", b"*%" * 490, b"*" * 999):
        patterns = b" ".join([b'"' + pattern + b'"'] * 60)
        within(pattern[:4], lambda: wire.ask(b'LIST "" (' + patterns + b")"))


def searches(wire):
    for name, words in (
            ("TEXT", b"TEXT " + b"a" * 1000),
            ("one repeated letter", b"BODY " + b"b" * 500 + b"x"),
            ("a long needle", b"BODY \"" + b"b" * 50000 + b"x\""),
            ("OR", b"OR BODY zq BODY zr"),
            ("NOT", b"NOT " * 49 + b"TEXT xqz"),
            ("brackets", b"(" * 49 + b"SUBJECT x" + b")" * 49),
            ("50 headers", b" ".join(b"NOT HEADER X-%d y" % n for n in range(50)))):
        within(f"SEARCH {name}", lambda: wire.ask(b"SEARCH " + words))
    wire.ask(b"SEARCH " + b"OR BODY a " * 200 + b"ALL", b"NO [LIMIT]")
    wire.ask(b"SEARCH " + b"(" * 5000 + b"ALL" + b")" * 5000, b"NO [LIMIT]")
    wire.ask(b"SEARCH " + b"NOT " * 5000 + b"ALL", b"NO [LIMIT]")
    wire.ask(b"SEARCH " + b"ALL " * 5000 + b"ALL", b"NO [LIMIT]")


def sets(wire):
    """A message is shown once, however often it is asked for."""
    for command in (b"FETCH %s (UID)", b"UID FETCH %s (FLAGS)"):
        said = wire.ask(command % b",".join([b"1:*"] * 10000))
        want_equal(said.count(b" FETCH ("), said.count(b"(FLAGS") or len(kept(wire)), "rows")
    within("sections", lambda: wire.ask(
        b"FETCH 1:* (" + b" ".join([b"BODY.PEEK[HEADER.FIELDS (" + b" ".join(
            b"X-%d" % n for n in range(50)) + b")]"] * 60) + b")"))
    within("partial", lambda: wire.ask(b"FETCH 1:* BODY.PEEK[TEXT]<4294967290.4294967295>"))
    wire.ask(b"FETCH " + b"1," * 30000 + b"1 (UID)")
    within("SEARCH of a set", lambda: wire.ask(b"SEARCH " + b"1:2," * 12000 + b"1"))
    within("UID SEARCH of a set", lambda: wire.ask(
        b"UID SEARCH NOT UID " + b",".join(b"%d" % (3 * n + 7) for n in range(8000))))
    wire.ask(b"STORE 1 +FLAGS (" + b" ".join(b"k%d" % n for n in range(5000)) + b")", b"NO [LIMIT]")


def kept(wire):
    return [row for row in wire.ask(b"FETCH 1:* (UID)").split(b"\r\n") if b" FETCH (" in row]
