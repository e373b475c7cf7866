"""IMAP: COMPRESS=DEFLATE with STARTTLS and TLS; long answers, IDLE; what a session costs."""

import time
import zlib

from lib import mail
from lib.client import want, want_equal

SETTINGS = {"delay_ms": "0"}

CROWD = 150  # sessions; fewer than one address may have


class Squeezed:
    """What imaplib reads and writes, compressed."""

    def __init__(self, file, sock):
        self.file, self.sock, self.plain = file, sock, b""
        self.out = zlib.compressobj(6, zlib.DEFLATED, -15)
        self.into = zlib.decompressobj(-15)

    def fill(self, least):
        while len(self.plain) < least:
            came = self.file.read1(65536)
            if not came:
                return
            self.plain += self.into.decompress(came)

    def read(self, size):
        self.fill(size)
        said, self.plain = self.plain[:size], self.plain[size:]
        return said

    def readline(self, limit=-1):
        while b"\n" not in self.plain:
            before = len(self.plain)
            self.fill(before + 1)
            if len(self.plain) == before:
                break
        return self.read(self.plain.index(b"\n") + 1 if b"\n" in self.plain else len(self.plain))

    def send(self, data):
        self.sock.sendall(self.out.compress(data) + self.out.flush(zlib.Z_SYNC_FLUSH))

    def close(self):
        self.file.close()


def squeeze(session):
    """COMPRESS DEFLATE on an imaplib session."""
    import imaplib
    imaplib.Commands.setdefault("COMPRESS", ("AUTH", "SELECTED"))
    kind, data = session._simple_command("COMPRESS", "DEFLATE")
    want_equal(kind, "OK", f"COMPRESS: {data}")
    wire = Squeezed(session.file, session.sock)
    session.read, session.readline, session.send = wire.read, wire.readline, wire.send
    return session


def walk(server, name):
    session = squeeze(mail.imap(server, server.jane, name))
    message = b"Subject: long\r\n\r\n" + b"The same line again and again.\r\n" * 40000
    mail.ok(session.append("INBOX", None, None, message))
    mail.ok(session.select("INBOX"))
    rows = mail.ok(session.fetch("*", "(BODY.PEEK[])"))
    want_equal(rows[0][1], message, "the message came back")
    mail.ok(session.noop())
    session.send(b"Z1 IDLE\r\n")
    want(session.readline().startswith(b"+ "), "IDLE")
    other = mail.imap(server, server.jane, name)
    mail.ok(other.append("INBOX", None, None, b"Subject: news\r\n\r\nNews\r\n"))
    want(b"EXISTS" in session.readline(), "news while idling")
    session.send(b"DONE\r\n")
    while not session.readline().startswith(b"Z1 OK"):
        pass
    other.logout()
    session.logout()


def pss_kib(pid):
    with open(f"/proc/{pid}/smaps_rollup") as file:
        for line in file:
            if line.startswith("Pss:"):
                return int(line.split()[1])
    raise AssertionError("no Pss")


def cost(server, compress):
    """KiB a session, idle, after a few commands."""
    pid = server.children()[0]
    before = pss_kib(pid)
    crowd = []
    for _ in range(CROWD):
        session = mail.imap(server, server.jane, "imap")
        if compress:
            squeeze(session)
        mail.ok(session.select("Archive"))
        mail.ok(session.noop())
        crowd.append(session)
    after, end = pss_kib(pid), time.monotonic() + 4  # after 2 s of silence a session counts as idle
    while time.monotonic() < end:
        after = min(after, pss_kib(pid))
        time.sleep(0.1)
    for session in crowd:
        session.logout()
    return (after - before) / CROWD


def run(server):
    walk(server, "imap")
    walk(server, "imaps")
    # Threads, caches and compressors (one a thread) come once, so the least of a few rounds counts.
    plain = min(cost(server, False) for _ in range(2))
    squeezed = min(cost(server, True) for _ in range(2))
    print(f"an idle session: {plain:.1f} KiB, compressed {squeezed:.1f} KiB")
    want(squeezed < plain + 4, f"compression costs an idle session {squeezed - plain:.1f} KiB")
