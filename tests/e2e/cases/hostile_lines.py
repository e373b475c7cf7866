"""S22: over-long lines in SMTP and IMAP, before and after log-in, meet their limit with a clear
reply; others are served meanwhile."""

from lib import mail
from lib.client import want
from lib.hostile import Witness, envelope, imap, smtp

MIB = 1024 * 1024


def run(server):
    with Witness(server):
        smtp_command_without_an_end(server)
        smtp_long_command(server)
        smtp_line_of_a_message(server)
        smtp_long_auth(server)
        imap_lines(server)


def smtp_command_without_an_end(server):
    """Ended when it does not stop."""
    with smtp(server) as wire:
        wire.pour(b"A" * MIB)
        said = wire.rest()
        want(said.startswith(b"421 4.7.0 ") and said.count(b"\r\n") == 1, f"{said!r}")


def smtp_long_command(server):
    """4 KiB and a line end: one reply, and the session goes on."""
    with smtp(server) as wire:
        wire.say(b"NOOP " + b"x" * 4096, b"500 5.5.2")
        wire.say(b"NOOP", b"250")
        wire.say(b"MAIL FROM:<" + b"a" * 60000 + b"@b.example>", b"500 5.5.2")
        wire.say(b"NOOP", b"250")


def smtp_line_of_a_message(server):
    """10 MiB in one line: refused at the true end, and the next message is taken."""
    with smtp(server) as wire:
        for body in (b"y" * (10 * MIB), b"." * (10 * MIB), b"\r" * MIB):
            envelope(wire, server.luis)
            wire.say(b"DATA", b"354")
            wire.send(b"Subject: one line\r\n\r\n" + body + b"\r\n.\r\n")
            want(wire.reply().startswith(b"550 5.6.0"), "a line of 10 MiB was taken")
        envelope(wire, server.luis)
        wire.say(b"DATA", b"354")
        wire.send(mail.simple("a@b.example", server.luis, "short lines") + b"\r\n.\r\n")
        want(wire.reply().startswith(b"250"), "the session did not go on")


def smtp_long_auth(server):
    with smtp(server, "submission") as wire:
        wire.say(b"AUTH SCRAM-SHA-256 " + b"QUFB" * 4000, b"500 5.5.")
        wire.say(b"AUTH SCRAM-SHA-256", b"334")
        wire.say(b"QUFB" * 8000, b"500 5.5.6")


def imap_lines(server):
    for who, size in ((None, 20000), (server.luis, 100000)):
        for line in (b"a NOOP " + b"x" * size, b"x" * MIB,
                     b'a LIST "" "' + b"%" * size + b'"\r\n'):
            with imap(server, who) as wire:
                wire.pour(line)
                said = wire.rest()
                want(said.startswith(b"* BYE "), f"{who}: {line[:20]!r}: {said!r}")
                want(said.count(b"\r\n") == 1, f"{said!r}")
    with imap(server) as wire:
        wire.send(b"a AUTHENTICATE SCRAM-SHA-256\r\n")
        want(wire.line().startswith(b"+"), "no challenge")
        wire.pour(b"QUFB" * 8000)
        want(wire.rest().startswith(b"* BYE "), "a SASL response without an end")
