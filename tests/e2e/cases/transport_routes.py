"""S5, S14: routes: a smart host that wants a password over TLS, LMTP, a directory, and nowhere."""

import base64
import os
import time

from lib import mail
from lib.client import Failure, want, want_equal
from lib.outside import Certificate, Host, free_port

SECONDS = 120
GLANCE_SECONDS = 0.05


def send(server, to, subject):
    session = mail.submission(server, server.jane)
    session.sendmail(server.jane, to, mail.simple(server.jane, to[0], subject, "hello\r\n"))
    session.quit()


def await_file(folder):
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        found = [name for name in os.listdir(folder) if not name.startswith(".")]
        if found:
            with open(os.path.join(folder, found[0]), "rb") as f:
                return f.read()
        time.sleep(GLANCE_SECONDS)
    raise Failure("no file came")


def run(server):
    port = free_port(["127.0.0.2", "127.0.0.3"])
    folder = os.path.join(server.folder, "out")
    os.mkdir(folder)
    smart = Host("127.0.0.2", port, "smart.example", Certificate(server.folder, "smart.example"),
                 ["AUTH PLAIN", "PIPELINING"])
    boxes = Host("127.0.0.3", port, "boxes.example", offers=["PIPELINING"], lmtp=True)
    try:
        server.cli("route", "set", "smart", "--for", "far.example", "--to", f"127.0.0.2:{port}",
                   "--tls", "encrypted", "--user", "tim")
        server.cli("route", "password", "smart", stdin="secret\n")
        server.cli("route", "set", "boxes", "--for", "boxes.example", "--lmtp",
                   f"127.0.0.3:{port}")
        server.cli("route", "set", "paper", "--for", "paper.example", "--file", folder)
        server.cli("route", "set", "void", "--for", "void.example", "--discard")
        send(server, ["a@far.example"], "smart")
        want(smart.wait(1)[0][3], "it came in clear")
        want_equal(base64.b64decode(smart.logins[0]), b"\0tim\0secret", "the log-in")
        send(server, ["a@boxes.example", "b@boxes.example"], "boxes")
        want_equal(sorted(boxes.wait(1)[0][1]), ["a@boxes.example", "b@boxes.example"], "LMTP")
        send(server, ["a@paper.example"], "paper")
        want(b"\r\nSubject: paper\r\n" in await_file(folder), "the file is another message")
        send(server, ["a@void.example"], "void")
    finally:
        smart.stop()
        boxes.stop()
