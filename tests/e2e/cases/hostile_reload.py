"""S22: a new certificate is served after SIGHUP, in no session's way; a broken one changes
nothing."""

import os
import signal
import ssl

from lib import mail
from lib.client import tool, want, want_equal
from lib.hostile import Wire, Witness, envelope, smtp, wait_for

NAME = "mail.e2e.example"


class Sealed(Wire):
    """A Wire through imaps, logged in, its folder open."""

    def __init__(self, server, context, who):
        super().__init__(server.ports["imaps"])
        self.socket = context.wrap_socket(self.socket, server_hostname=NAME)
        self.line()
        self.ask(f'LOGIN {who} "{server.passwords[who]}"'.encode())
        self.ask(b"SELECT INBOX")


def certificate(server, name):
    """Another self-signed one, beside the first."""
    key, cert = (os.path.join(server.folder, f"{name}.{kind}") for kind in ("key", "pem"))
    tool(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
          "-nodes", "-days", "2", "-keyout", key, "-out", cert, "-subj", f"/CN={name}",
          "-addext", f"subjectAltName=DNS:{NAME}"])
    with open(cert, "rb") as c, open(key, "rb") as k:
        return c.read(), k.read()


def shown(server, port="imaps"):
    """The certificate that a new connection is shown, as PEM."""
    return ssl.get_server_certificate(("127.0.0.1", server.ports[port])).encode()


def install(server, cert, key):
    """As an administrator does: new files renamed over the old ones."""
    for name, text in (("ca.pem", cert), ("key.pem", key)):
        path = os.path.join(server.folder, name)
        with open(path + ".new", "wb") as f:
            f.write(text)
        os.rename(path + ".new", path)


def hang_up(server, event):
    """SIGHUP to the supervisor; returns when the log tells what came of it."""
    before = server.log().count(event)
    server.process.send_signal(signal.SIGHUP)
    wait_for(lambda: server.log().count(event) > before, f"no {event} in the log")


def same(a, b):
    return a.split() == b.split()


def run(server):
    pids = server.children()
    old_cert, old_key = (open(os.path.join(server.folder, name), "rb").read()
                         for name in ("ca.pem", "key.pem"))
    new_cert, new_key = certificate(server, "new")
    context = mail.trust(server)
    with Witness(server):
        session, idle = (Sealed(server, context, server.luis) for _ in range(2))
        idle.send(b"i IDLE\r\n")
        want(idle.line().startswith(b"+"), "no IDLE")
        want(same(shown(server), old_cert), "the first certificate")

        install(server, new_cert, new_key)
        want(same(shown(server), old_cert), "new before it was asked for")
        hang_up(server, "server.reloaded")
        for port in ("imaps", "submissions"):
            want(same(shown(server, port), new_cert), f"{port}: not the new one")
        go_on(server, session, idle, 1)

        broken = [(b"no certificate\n", new_key), (old_cert, new_key), (new_cert, b""),
                  (new_cert[:200], new_key), (b"", b"")]
        for cert, key in broken:
            install(server, cert, key)
            hang_up(server, "server.reload-failed")
            want(same(shown(server), new_cert), f"after {cert[:20]!r}: not the one that worked")
        os.unlink(os.path.join(server.folder, "ca.pem"))
        hang_up(server, "server.reload-failed")
        want(same(shown(server), new_cert), "after the file went")
        go_on(server, session, idle, 2)

        for _ in range(30):  # as fast as they come
            install(server, old_cert, old_key)
            server.process.send_signal(signal.SIGHUP)
        hang_up(server, "server.reloaded")
        want(same(shown(server), old_cert), "back to the first")
        go_on(server, session, idle, 3)
        idle.send(b"DONE\r\n")
        want(b"i OK" in idle.until(b"i "), "the end of IDLE")
    want_equal(server.children(), pids, "the server process was another one")


def go_on(server, session, idle, count):
    """The old sessions are served, and IDLE hears of a message."""
    session.ask(b"NOOP")
    with smtp(server) as wire:
        envelope(wire, server.luis)
        wire.say(b"DATA", b"354")
        wire.send(mail.simple("a@b.example", server.luis, f"number {count}") + b"\r\n.\r\n")
        want(wire.reply().startswith(b"250"), "not delivered")
    want(b"* %d EXISTS" % count in idle.until(b"* %d EXISTS" % count), "IDLE heard nothing")
