"""S5, S22: hosts that fall silent or hang up in each state, break off the handshake of TLS or show
another's certificate; a DNS that does not answer, contradicts itself, goes round in circles: every
message waits and arrives when the trouble is over, once, and none delays those for good hosts."""

import socket
import ssl
import threading
import time

from lib import mail
from lib.client import Failure, want_equal
from lib.dns import NameServer
from lib.listen import listen
from lib.outside import Certificate, free_port, until_dot

SETTINGS = {"delay_ms": "0"}
SECONDS = 200
STATES = ("connect", "ehlo", "starttls", "handshake", "mail", "rcpt", "data", "body", "final")
NAMES_TROUBLE = ("silent", "servfail", "circle", "shorn")  # of the DNS
QUICK_SECONDS = 30
LARGE = "x" * 70 + "\r\n"


class Host:
    """Takes mail at an address; in one state it falls silent once, or hangs up once (cut). Offers
    TLS where the state is of TLS."""

    def __init__(self, address, port, state, cut, certificate):
        self.state, self.cut, self.certificate = state, cut, certificate
        self.troubles, self.messages = 1, []
        self.lock, self.silent = threading.Condition(), []
        self.listener = listen((address, port))
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for s in self.silent:
            s.close()

    def serve(self, s):
        s.settimeout(SECONDS)
        try:
            self.talk(s)
        except (OSError, ssl.SSLError, StopIteration, ValueError, IndexError):
            s.close()

    def stumble(self, s, state):
        """True when the trouble happens here and now."""
        with self.lock:
            if self.state != state or not self.troubles:
                return False
            self.troubles -= 1
            if not self.cut:
                self.silent.append(s)
        if self.cut:
            s.shutdown(socket.SHUT_RDWR)
            raise OSError
        return True

    def talk(self, s):
        if self.stumble(s, "connect"):
            return
        s.sendall(b"220 host ESMTP\r\n")
        lines = s.makefile("rb")
        secure = False
        while True:
            words = next(lines).decode("latin-1").strip().split(" ")
            verb = words[0].upper().replace("BDAT", "DATA")
            if self.stumble(s, verb.lower()):
                return
            if verb == "EHLO":
                tls = "" if secure or self.state not in ("starttls", "handshake") else "STARTTLS"
                offers = ["host", "PIPELINING", tls] if tls else ["host", "PIPELINING"]
                s.sendall("".join(f"250{'-' if o != offers[-1] else ' '}{o}\r\n"
                                  for o in offers).encode())
            elif verb == "STARTTLS":
                s.sendall(b"220 go\r\n")
                if self.stumble(s, "handshake"):
                    return
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(self.certificate.cert, self.certificate.key)
                s = context.wrap_socket(s, server_side=True)
                lines, secure = s.makefile("rb"), True
            elif verb == "DATA":
                s.sendall(b"354 go\r\n")
                if self.stumble(s, "body"):
                    return
                body = until_dot(lines)
                if self.stumble(s, "final"):
                    return
                with self.lock:
                    self.messages.append(body)
                    self.lock.notify_all()
                s.sendall(b"250 taken\r\n")
            else:
                s.sendall(b"221 bye\r\n" if verb == "QUIT" else b"250 ok\r\n")

    def wait(self, what):
        with self.lock:
            if not self.lock.wait_for(lambda: self.messages, SECONDS):
                raise Failure(f"nothing came after: {what}")


class Names(NameServer):
    """With zones that are in trouble until mended: "silent" is not answered, "circle" are two names
    that lead to each other, "shorn" answers are cut off."""

    mended = False

    def answer(self, query):
        trouble = next((t for t in NAMES_TROUBLE if t.encode() in query), None)
        if self.mended or not trouble:
            return super().answer(query)
        if trouble == "silent":
            raise OSError
        if trouble == "shorn":
            return query[:2] + b"\x84\x00\x00\x01\x00\x01\x00\x00\x00\x00" + query[12:-3]
        return self.in_trouble(trouble, query)

    def in_trouble(self, trouble, query):
        if trouble == "servfail":
            return query[:2] + b"\x84\x02" + query[4:]
        there = b"\4back" if b"\5there" in query else b"\5there"
        end = query.index(b"\0", 12) + 5
        data = there + b"\6circle\7example\0"
        return (query[:2] + b"\x84\x00\x00\x01\x00\x01\x00\x00\x00\x00" + query[12:end] +
                b"\xc0\x0c\0\5\0\1\0\0\0\1\0" + bytes([len(data)]) + data)

    def serve_udp(self):
        while True:
            try:
                query, peer = self.udp.recvfrom(4096)
            except OSError:
                return
            try:
                self.udp.sendto(self.answer(query), peer)
            except OSError:
                continue


def records(hosts, good):
    found = {("good.example", "MX"): ["10 mx.good.example"], ("mx.good.example", "A"): [good]}
    for name, address in hosts.items():
        found[(f"{name}.example", "MX")] = [f"10 mx.{name}.example"]
        found[(f"mx.{name}.example", "A")] = [address]
    for name in NAMES_TROUBLE:
        found[(f"{name}.example", "MX")] = ["10 mx.good.example"]
    return found


def send(server, to):
    session = mail.submission(server, server.jane)
    text = mail.simple(server.jane, to, to.split("@")[1], LARGE * 4000)
    session.sendmail(server.jane, [to], text)
    session.quit()
    return text


def subjects(host):
    return [mail.SUBJECT.search(body).group(1).decode() for body in host.messages]


def run(server):
    kinds = [(state, cut) for state in STATES for cut in (False, True)]
    places = {f"{'cut' if cut else 'stall'}-{state}": f"127.0.0.{n}"
              for n, (state, cut) in enumerate(kinds, 3)}
    port = free_port(["127.0.0.2", *places.values()])
    foreign = Certificate(server.folder, "somebody.else.example")
    good = Host("127.0.0.2", port, "", False, foreign)
    hosts = {name: Host(places[name], port, state, cut, foreign)
             for name, (state, cut) in zip(places, kinds)}
    with Names(records(places, "127.0.0.2")) as names:
        try:
            begin(server, names, port)
            sent = {name: send(server, f"ann@{name}.example")
                    for name in [*hosts, *NAMES_TROUBLE]}
            started = time.monotonic()
            sent["good"] = send(server, "ann@good.example")
            good.wait("a message for a good host")
            took = time.monotonic() - started
            if took > QUICK_SECONDS:
                raise Failure(f"mail for a good host took {took:.1f} s")
            for name, host in hosts.items():
                host.wait(name)
                want_equal(host.messages, [b for b in host.messages if b.endswith(sent[name])],
                           name)
                want_equal(host.troubles, 0, f"{name}: troubles that did not come")
            want_equal(sorted(subjects(good)), ["good.example"], "before the DNS was mended")
            names.mended = True
            end = time.monotonic() + SECONDS
            while len(good.messages) < 1 + len(NAMES_TROUBLE) and time.monotonic() < end:
                with good.lock:
                    good.lock.wait(1)
            want_equal(sorted(subjects(good)),
                       sorted(f"{n}.example" for n in ("good", *NAMES_TROUBLE)), "in the end")
            want_equal({n: len(h.messages) for n, h in hosts.items() if len(h.messages) != 1}, {},
                       "hosts that got another number of messages than one")
            want_equal(mail.bodies(server, server.jane), [], "reports")
        finally:
            good.stop()
            for host in hosts.values():
                host.stop()


def begin(server, names, port):
    server.stop()
    server.configure("stub", f'{{"example 127.0.0.1@{names.port}"}}')
    server.configure("trust_anchor", '""')
    server.configure("smtp_port", f"{port}\n    reply_timeout_s = 5\n    final_timeout_s = 5")
    server.add_section("queue", retry_first_s=2, retry_last_s=4)
    server.start()
