"""A name server for tests, on loopback: answers from a table, over UDP and TCP."""

import socket
import struct
import threading

from lib.listen import listen, patient

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28}
NXDOMAIN, SERVFAIL = 3, 2
TTL = 60


def wire_name(name):
    labels = [label for label in name.encode().split(b".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def rdata(kind, text):
    if kind in ("NS", "CNAME", "PTR"):
        return wire_name(text)
    if kind == "MX":
        preference, host = text.split()
        return struct.pack(">H", int(preference)) + wire_name(host)
    if kind == "TXT":
        raw = text.encode()
        pieces = [raw[i:i + 255] for i in range(0, len(raw), 255)] or [b""]
        return b"".join(bytes([len(piece)]) + piece for piece in pieces)
    return socket.inet_pton(socket.AF_INET if kind == "A" else socket.AF_INET6, text)


class NameServer:
    """records: {(name, type): [text...]}; names in broken, and those below, are
    answered SERVFAIL."""

    def __init__(self, records, broken=()):
        self.records = {(n.lower(), t): v for (n, t), v in records.items()}
        self.names = {n for n, _ in self.records}
        self.broken = {n.lower() for n in broken}
        self.asked = []
        self.udp, self.tcp = self.sockets()
        self.port = self.udp.getsockname()[1]
        threading.Thread(target=self.serve_udp, daemon=True).start()
        threading.Thread(target=self.serve_tcp, daemon=True).start()

    @staticmethod
    def sockets():
        """One port for both: what is free for UDP may not be for TCP."""
        for left in range(20, -1, -1):
            udp = patient(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            udp.bind(("127.0.0.1", 0))
            try:
                return udp, listen(("127.0.0.1", udp.getsockname()[1]))
            except OSError:
                udp.close()
                if not left:
                    raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.udp.close()
        self.tcp.close()

    def serve_udp(self):
        while True:
            try:
                query, peer = self.udp.recvfrom(4096)
            except OSError:
                return
            self.udp.sendto(self.answer(query), peer)

    def serve_tcp(self):
        while True:
            try:
                link, _ = self.tcp.accept()
            except OSError:
                return
            with link:
                head = link.recv(2)
                if len(head) == 2:
                    reply = self.answer(link.recv(struct.unpack(">H", head)[0]))
                    link.sendall(struct.pack(">H", len(reply)) + reply)

    def answer(self, query):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]])
            at += 1 + query[at]
        name = b".".join(labels).decode().lower()
        number = struct.unpack(">H", query[at + 1:at + 3])[0]
        kind = next((k for k, v in TYPES.items() if v == number), "")
        self.asked.append((name, kind))
        found = self.records.get((name, kind)) or []
        code = 0
        if any(name == n or name.endswith("." + n) for n in self.broken):
            code = SERVFAIL
        elif not any(n == name or n.endswith("." + name) for n in self.names):
            code = NXDOMAIN
        out = query[:2] + struct.pack(">HHHHH", 0x8400 | code, 1, len(found),
                                      0 if found or code == SERVFAIL else 1, 0)
        out += query[12:at + 5]
        for text in found:
            data = rdata(kind, text)
            out += b"\xc0\x0c" + struct.pack(">HHIH", number, 1, TTL, len(data)) + data
        if not found and code != SERVFAIL:
            zone = name.split(".")[-1]
            soa = wire_name("ns.test") * 2 + struct.pack(">5I", 1, 60, 60, 60, TTL)
            out += wire_name(zone) + struct.pack(">HHIH", TYPES["SOA"], 1, TTL, len(soa)) + soa
        return out
