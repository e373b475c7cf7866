"""S5, S22: what is sent in clear together with STARTTLS is never run, and no spelling of a
message's end but the right one ends it."""

import socket
import ssl

from lib import mail
from lib.client import want, want_equal
from lib.hostile import Witness, envelope, imap, smtp

NAME = "mail.e2e.example"
QUIET_SECONDS = 0.3


def run(server):
    with Witness(server):
        for port in ("mx", "submission"):
            for injected in (b"NOOP\r\n", b"EHLO b.example\r\n", b"MAIL FROM:<a@b.example>\r\n",
                             b"RSET\r\nRSET\r\nQUIT\r\n", b"X" * 100000, b"half a li"):
                starttls_by_smtp(server, port, injected)
        for injected in (b"b NOOP\r\n", b"b LOGIN luis x\r\n", b"b LOGIN {4+}\r\nluis x\r\n",
                         b"b LOGIN {5}\r\n", b"b half a li", b"b LOGOUT\r\n", b"X" * 100000):
            starttls_by_imap(server, injected)
        smuggle(server)
        talk_http(server)


def secured(server, wire):
    """The same connection, sealed."""
    try:
        return mail.trust(server).wrap_socket(wire.socket, server_hostname=NAME)
    except (ConnectionError, ssl.SSLError):
        return None  # a hundred kilobytes in clear are no handshake; the server may hang up


def nothing_more(secure, what):
    secure.settimeout(QUIET_SECONDS)
    try:
        want(False, f"{what}: more was said: {secure.recv(4096)!r}")
    except (socket.timeout, ssl.SSLWantReadError):
        pass


def starttls_by_smtp(server, port, injected):
    with smtp(server, port) as wire:
        wire.send(b"STARTTLS\r\n" + injected)
        want_equal(wire.reply()[:4], b"220 ", "STARTTLS")
        want_equal(wire.held, b"", "said in clear behind it")
        secure = secured(server, wire)
        want(secure or len(injected) > 50000, f"no handshake after {injected!r}")
        if not secure:
            return
        secure.sendall(b"MAIL FROM:<a@b.example>\r\n")
        want_equal(secure.recv(4096)[:3], b"503", "EHLO of before the handshake still counts")
        nothing_more(secure, injected)
        secure.close()


def starttls_by_imap(server, injected):
    with imap(server) as wire:
        wire.send(b"a STARTTLS\r\n" + injected)
        want(wire.line().startswith(b"a OK"), "STARTTLS")
        want_equal(wire.held, b"", "said in clear behind it")
        secure = secured(server, wire)
        want(secure or len(injected) > 50000, f"no handshake after {injected!r}")
        if not secure:
            return
        secure.sendall(b"c NOOP\r\n")
        said = secure.recv(4096)
        want(said.startswith(b"c OK"), f"{injected!r}: {said!r}")
        nothing_more(secure, injected)
        secure.close()


ENDS = [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n", b"\r\n.\r", b"\r.\r\n", b"\r\n\0.\r\n",
        b"\r\n.\0\r\n", b"\n\r\n.\r\r\n", b"\r\r\n.\n"]


def smuggle(server):
    """The second envelope is content, refused with the first."""
    for end in ENDS:
        with smtp(server) as wire:
            envelope(wire, server.luis)
            wire.say(b"DATA", b"354")
            wire.send(mail.simple("a@b.example", server.luis, "cover") + end +
                      b"MAIL FROM:<admin@e2e.example>\r\nRCPT TO:<" + server.luis.encode() +
                      b">\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n.\r\nNOOP\r\n")
            want(wire.reply().startswith(b"550 5.6.0"), f"{end!r}")
            want(wire.reply().startswith(b"250"), f"{end!r}: NOOP")
            nothing_more(wire.socket, end)
    with smtp(server) as wire:
        envelope(wire, server.luis)
        wire.say(b"DATA", b"354")
        wire.send(b"Subject: dots\r\n\r\n..\r\n...\r\n.. \r\n. \r\n.\r\n")
        want(wire.reply().startswith(b"250"), "a good end")
    kept = mail.bodies(server, server.luis)
    want_equal(len(kept), 1, "messages kept")
    want(kept[0].endswith(b"\r\n\r\n.\r\n..\r\n. \r\n \r\n"), f"dots: {kept[0][-30:]!r}")
    for command in (b"NOOP\nMAIL FROM:<a@b.example>\r\n", b"NOOP\rMAIL FROM:<a@b.example>\r\n"):
        with smtp(server) as wire:
            wire.send(command)
            said = wire.rest()
            want(said.startswith(b"500 5.5.2") and said.count(b"\r\n") == 1,
                 f"{command!r}: {said!r}")


def talk_http(server):
    """A web page that was made to talk to a mail server gets nowhere."""
    request = b"POST / HTTP/1.1\r\nHost: x\r\n\r\nEHLO a\r\nMAIL FROM:<a@b.example>\r\n"
    with smtp(server) as wire:
        wire.pour(request)
        want(b"\n250" not in wire.rest(), "an HTTP request went on as SMTP")
    with imap(server) as wire:
        wire.pour(request + b"x y\r\n" * 30)
        want(b"* BYE" in wire.rest(), "an HTTP request went on as IMAP")
