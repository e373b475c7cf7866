"""S5: a full mailbox is answered 552 5.2.2 where so set, at RCPT when the size is announced and
at the message's end when not; others of the same message are told apart; what IMAP appends is
refused, too."""

from lib.client import want
from lib.hostile import Witness, envelope, imap, smtp

SETTINGS = {"over_quota": "refuse"}
REPLY = b"552 5.2.2"
LINE = b"x" * 70 + b"\r\n"
BIG = b"Subject: big\r\n\r\n" + LINE * 10000  # 720 KB


def send(server, to, body, wanted):
    with smtp(server) as wire:
        envelope(wire, to)
        wire.say(b"DATA", b"354")
        wire.send(body + b".\r\n")
        got = wire.reply()
        want(got.startswith(wanted), f"wanted {wanted!r}, got {got!r}")


def run(server, reply=REPLY):
    small = server.add_account("small", "correct horse 1", "--quota-mb", "1")
    with Witness(server):
        send(server, small, BIG, b"250")
        with smtp(server) as wire:
            wire.say(b"MAIL FROM:<a@b.example> SIZE=700000", b"250")
            wire.say(b"RCPT TO:<" + small.encode() + b">", reply)
            wire.say(b"RCPT TO:<" + server.luis.encode() + b">", b"250")
        send(server, small, BIG, reply)
        send(server, small, b"Subject: small\r\n\r\nx\r\n", b"250")
        both(server, small, reply)
        with imap(server, small) as wire:
            said = wire.ask(b"APPEND INBOX {%d+}\r\n" % len(BIG) + BIG, b"NO [OVERQUOTA]")
            want(b"STORAGE" in wire.ask(b"GETQUOTAROOT INBOX"), "no quota shown")
            want(b"MESSAGES 2" in wire.ask(b"STATUS INBOX (MESSAGES)"), f"{said!r}")
            wire.ask(b"SELECT INBOX")
            wire.ask(b"COPY 1 INBOX", b"NO [OVERQUOTA]")
            wire.ask(b"STORE 1 +FLAGS.SILENT (\\Deleted)")
            wire.ask(b"EXPUNGE")


def both(server, small, reply):
    """One of two is full at the end: nobody is told 250 for the other's loss, and the repeat
    reaches whom it can, once."""
    with smtp(server) as wire:
        envelope(wire, small)
        wire.say(b"RCPT TO:<" + server.jane.encode() + b">", b"250")
        wire.say(b"DATA", b"354")
        wire.send(BIG + b".\r\n")
        want(wire.reply().startswith(b"4"), "a half-done delivery is not refused for good")
        wire.say(b"MAIL FROM:<a@hostile.example> SIZE=%d" % len(BIG), b"250")
        wire.say(b"RCPT TO:<" + small.encode() + b">", reply)
        wire.say(b"RCPT TO:<" + server.jane.encode() + b">", b"250")
        wire.say(b"DATA", b"354")
        wire.send(BIG + b".\r\n")
        want(wire.reply().startswith(b"250"), "the repeat for the one who has room")
    with imap(server, server.jane) as wire:
        want(b"MESSAGES 1" in wire.ask(b"STATUS INBOX (MESSAGES)"), "kept twice, or not at all")
