"""For cases of bad input: a client that says what no mail program says, and a witness who uses the
server as usual meanwhile."""

import os
import socket
import ssl
import threading
import time

from lib import mail
from lib.client import Failure, want

ANSWER_SECONDS = 60
WITNESS_SECONDS = 20  # generous: sanitizers, and a machine that does other things as well
ROUNDS = 3
GLANCE_SECONDS = 0.02


class Wire:
    """A connection of which each byte is ours. source: the address to come from."""

    def __init__(self, port, source="127.0.0.1", receive_bytes=0):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if receive_bytes:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.socket.settimeout(ANSWER_SECONDS)
        self.socket.bind((source, 0))
        self.socket.connect(("127.0.0.1", port))
        self.held = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def pour(self, data):
        """Sends what the server may hang up on; whether all went."""
        try:
            self.socket.sendall(data)
            return True
        except (ConnectionError, socket.timeout, ssl.SSLError):
            return False

    def line(self):
        """The next line, with its end; what there is of it when the server ended."""
        while b"\n" not in self.held:
            try:
                more = self.socket.recv(65536)
            except ConnectionResetError:
                more = b""
            except socket.timeout:
                raise Failure(f"nothing came within {ANSWER_SECONDS} s; before: "
                              f"{self.held[:200]!r}") from None
            if not more:
                line, self.held = self.held, b""
                return line
            self.held += more
        line, _, self.held = self.held.partition(b"\n")
        return line + b"\n"

    def until(self, start):
        """Lines to the first that starts so, with it. A failure when there is none."""
        lines = []
        while not lines or not lines[-1].startswith(start):
            lines.append(self.line())
            if not lines[-1]:
                raise Failure(f"no {start!r} in {b''.join(lines)[-500:]!r}")
        return b"".join(lines)

    def rest(self):
        """All to the end of the connection."""
        lines = [self.line()]
        while lines[-1]:
            lines.append(self.line())
        return b"".join(lines)

    def reply(self):
        """An SMTP reply, of all its lines."""
        lines = [self.line()]
        while lines[-1][3:4] == b"-":
            lines.append(self.line())
        return b"".join(lines)

    def say(self, command, wanted):
        """An SMTP command, and its reply, which must start so."""
        self.send(command + b"\r\n")
        got = self.reply()
        want(got.startswith(wanted), f"{command[:80]!r}: wanted {wanted!r}, got {got[:300]!r}")
        return got

    def ask(self, command, wanted=b"OK"):
        """An IMAP command, and all of its answer; the tagged line must go on so."""
        self.send(b"q " + command + b"\r\n")
        got = self.until(b"q ")
        last = got.split(b"\r\n")[-2]
        want(last.startswith(b"q " + wanted), f"{command[:80]!r}: got {last[:300]!r}")
        return got


def smtp(server, port="mx", **options):
    """A Wire behind EHLO."""
    wire = Wire(server.ports[port], **options)
    want(wire.reply().startswith(b"220 "), "no greeting")
    wire.say(b"EHLO hostile.example", b"250")
    return wire


def imap(server, who=None, **options):
    """A Wire behind the greeting, or logged in."""
    wire = Wire(server.ports["imap"], **options)
    want(wire.line().startswith(b"* OK"), "no greeting")
    if who:
        wire.ask(f'LOGIN {who} "{server.passwords[who]}"'.encode())
    return wire


def envelope(wire, to, sender=b"a@hostile.example", options=b""):
    """MAIL and RCPT."""
    wire.say(b"MAIL FROM:<" + sender + b">" + options, b"250")
    wire.say(b"RCPT TO:<" + to.encode() + b">", b"250")


class Witness:
    """Sends mail and says NOOP again and again, until the "with" ends. A failure when something is
    not answered, or took longer than seconds."""

    def __init__(self, server, source="127.0.0.1", seconds=WITNESS_SECONDS):
        self.server, self.source, self.seconds = server, source, seconds
        self.who = server.add_account("witness") if "witness@e2e.example" not in \
            server.passwords else "witness@e2e.example"
        self.worst, self.rounds, self.error = 0.0, 0, None
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.watch)

    def __enter__(self):
        self.imap = imap(self.server, self.who, source=self.source)
        self.smtp = smtp(self.server, source=self.source)
        self.imap.ask(b"SELECT INBOX")
        self.thread.start()
        return self

    def timed(self, what):
        began = time.monotonic()
        what()
        self.worst = max(self.worst, time.monotonic() - began)

    def deliver(self):
        envelope(self.smtp, self.who)
        self.smtp.say(b"DATA", b"354")
        self.smtp.send(mail.simple("a@b.example", self.who, "all is well") + b"\r\n.\r\n")
        want(self.smtp.reply().startswith(b"250"), "not delivered")

    def watch(self):
        try:
            while not self.stopping.is_set() or self.rounds < ROUNDS:
                self.timed(self.deliver)
                self.timed(lambda: self.imap.ask(b"NOOP"))
                self.rounds += 1
                if self.rounds % 500 == 0:  # a session may have 1,000 transactions
                    self.smtp = smtp(self.server, source=self.source)
                self.stopping.wait(GLANCE_SECONDS)
        except (Failure, OSError) as error:
            self.error = error

    def __exit__(self, kind, *_):
        self.stopping.set()
        self.thread.join()
        if kind:
            return
        if self.error:
            raise Failure(f"the witness was not served: {self.error!r}")
        want(self.worst < self.seconds, f"the witness waited {self.worst:.1f} s")


def memory_bytes(server):
    """What the serving process holds (VmRSS)."""
    with open(f"/proc/{server.children()[0]}/status", encoding="ascii") as f:
        return next(int(line.split()[1]) * 1024 for line in f if line.startswith("VmRSS"))


def open_files(server):
    return len(os.listdir(f"/proc/{server.children()[0]}/fd"))


def wait_for(condition, what, seconds=ANSWER_SECONDS):
    """Until the condition holds; a failure when it does not in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise Failure(f"{what}: not within {seconds} s")
        time.sleep(GLANCE_SECONDS)
