"""S22: literals and messages over their limits are refused before they are sent, or swallowed, or
end the session; what is cut off leaves nothing behind."""

from lib.client import want
from lib.hostile import Witness, envelope, imap, smtp

SETTINGS = {"message_mb": "2"}
MIB = 1024 * 1024


def run(server):
    with Witness(server):
        imap_waiting(server)
        imap_not_waiting(server)
        imap_cut_off(server)
        smtp_announced(server)
        smtp_by_data(server)
        smtp_by_chunks(server)
    with imap(server, server.luis) as wire:
        said = wire.ask(b"STATUS INBOX (MESSAGES)")
        want(b"MESSAGES 0" in said, f"something was kept: {said!r}")


def imap_waiting(server):
    """A client that waits hears NO or BAD, and goes on."""
    for who in (None, server.luis):
        with imap(server, who) as wire:
            wire.ask(b"LOGIN {999999999999}", b"NO [TOOBIG]")
            wire.ask(b"LOGIN {99999999999999999999999999}", b"BAD")
            wire.ask(b"LOGIN {-5}", b"BAD")
            wire.ask(b"LOGIN {}", b"BAD")
            wire.ask(b"LOGIN {5", b"BAD")
            wire.ask(b"LOGIN {0x10}", b"BAD")
            wire.ask(b"NOOP")
    with imap(server, server.luis) as wire:
        wire.ask(b"APPEND INBOX {%d}" % (2 * MIB + 1), b"NO [TOOBIG]")
        wire.ask(b"APPEND INBOX {999999999999}", b"NO [TOOBIG]")
        wire.ask(b"APPEND INBOX ~{999999999999}", b"NO [TOOBIG]")
        wire.ask(b"SEARCH TEXT {%d}" % (1 * MIB + 1), b"NO [TOOBIG]")
        wire.ask(b"NOOP")


def imap_not_waiting(server):
    """What comes behind may be commands or not: the session ends, and nothing of it is run."""
    for who, start in ((None, b"LOGIN {300000000+}"), (None, b"LOGIN {5000+}"),
                       (server.luis, b"APPEND INBOX {300000000+}"),
                       (server.luis, b"APPEND INBOX {%d+}" % (2 * MIB + 1)),
                       (server.luis, b"APPEND INBOX {99999999999999999999999+}"),
                       (server.luis, b"LIST \"\" {2000000+}")):
        with imap(server, who) as wire:
            wire.pour(b"q " + start + b"\r\nx CREATE Stolen\r\ny LOGOUT\r\n")
            said = wire.rest()
            want(said.startswith(b"* BYE ") and said.count(b"\r\n") == 1, f"{start!r}: {said!r}")
    with imap(server, server.luis) as wire:
        want(b"Stolen" not in wire.ask(b'LIST "" *'), "a literal was run as a command")
        wire.pour(b'q LIST "" (' + b" ".join(b"{1+}\r\nx" for _ in range(2500)) + b")\r\n")
        want(wire.rest().startswith(b"* BYE [LIMIT]"), "2,500 literals")


def imap_cut_off(server):
    """A literal that ends in the middle leaves nothing."""
    with imap(server, server.luis) as wire:
        wire.send(b"q APPEND INBOX {1000000+}\r\n" + b"z" * 500000)
    with imap(server, server.luis) as wire:
        wire.send(b"q APPEND INBOX {1000}\r\n")
        want(wire.line().startswith(b"+"), "no invitation")
        wire.send(b"z" * 999)
    with imap(server) as wire:
        wire.send(b"q LOGIN {5}\r\n")


def smtp_announced(server):
    with smtp(server) as wire:
        wire.say(b"MAIL FROM:<a@b.example> SIZE=%d" % (2 * MIB + 1), b"552 5.3.4")
        wire.say(b"MAIL FROM:<a@b.example> SIZE=99999999999999999999", b"5")
        wire.say(b"MAIL FROM:<a@b.example> SIZE=99999999999999999999999999999", b"5")
        wire.say(b"MAIL FROM:<a@b.example> SIZE=-1", b"501")
        wire.say(b"MAIL FROM:<a@b.example> SIZE=", b"501")
        wire.say(b"NOOP", b"250")


def smtp_by_data(server):
    """A little too much is refused at its end; three times as much ends the session."""
    line = b"x" * 70 + b"\r\n"
    with smtp(server) as wire:
        envelope(wire, server.luis)
        wire.say(b"DATA", b"354")
        wire.send(b"Subject: big\r\n\r\n" + line * (3 * MIB // len(line)) + b".\r\n")
        want(wire.reply().startswith(b"552 5.3.4"), "3 MiB")
        envelope(wire, server.luis, options=b" SIZE=100")
        wire.say(b"DATA", b"354")
        wire.send(b"Subject: big\r\n\r\n" + line * (4 * MIB // len(line)) + b".\r\n")
        want(wire.reply().startswith(b"552 5.3.4"), "a false SIZE")
        wire.say(b"NOOP", b"250")
    with smtp(server) as wire:
        envelope(wire, server.luis)
        wire.say(b"DATA", b"354")
        wire.pour(line * (40 * MIB // len(line)))
        want(wire.rest().startswith(b"552 5.3.4"), "40 MiB without an end")


def smtp_by_chunks(server):
    with smtp(server) as wire:
        envelope(wire, server.luis)
        for _ in range(2):
            wire.send(b"BDAT %d\r\n" % MIB + b"x" * MIB)
            want(wire.reply().startswith(b"250"), "a chunk")
        wire.send(b"BDAT 100 LAST\r\n" + b"x" * 100)
        want(wire.reply().startswith(b"552 5.3.4"), "the chunk over the limit")
        wire.say(b"NOOP", b"250")
    for length in (b"99999999999999999999999", b"-1", b"", b"5 FIRST"):
        with smtp(server) as wire:
            envelope(wire, server.luis)
            wire.pour(b"BDAT " + length + b"\r\nMAIL FROM:<smuggled@b.example>\r\n")
            said = wire.rest()
            want(said.startswith(b"5") and said.count(b"\r\n") <= 2, f"{length!r}: {said!r}")
            want(b"\n250" not in said, f"a chunk was run as a command: {said!r}")
