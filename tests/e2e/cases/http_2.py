"""S2: HTTP/2 for curl and nghttp over the same rows; floods end the connection that sends them."""

import os
import socket
import ssl
import struct

from lib import mail
from lib.client import tool, want, want_equal

HOST = "mail.e2e.example"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RESET, SETTING = 0, 1, 2, 3, 4
PING, GOAWAY, CONTINUATION = 6, 7, 9
ENHANCE_YOUR_CALM = 11
# GET https /health, with an authority; of the static table but the two texts (RFC 7541)
GET = b"\x82\x87\x04\x07/health\x01" + bytes([len(HOST)]) + HOST.encode()


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


class Raw:
    """A connection that says whatever it likes."""

    def __init__(self, server):
        context = mail.trust(server)
        context.set_alpn_protocols(["h2"])
        plain = socket.create_connection(("127.0.0.1", server.ports["https"]), timeout=60)
        self.tls = context.wrap_socket(plain, server_hostname=HOST)
        want_equal(self.tls.selected_alpn_protocol(), "h2", "ALPN")
        self.said = b""
        self.send(PREFACE + frame(SETTING, 0, 0))

    def send(self, data):
        """What the other side does not want to hear any more is lost."""
        try:
            self.tls.sendall(data)
        except (OSError, ssl.SSLError):
            pass

    def hear(self):
        try:
            self.said += self.tls.recv(65536)
        except (ConnectionError, ssl.SSLError):
            pass

    def goodbye(self):
        """The error of its GOAWAY; a failure when it does not end."""
        code = None
        try:
            while True:
                data = self.tls.recv(65536)
                if not data:
                    break
                self.said += data
        except (ConnectionError, ssl.SSLError):
            pass
        at = 0
        while at + 9 <= len(self.said):
            n, kind = int.from_bytes(self.said[at:at + 3], "big"), self.said[at + 3]
            if kind == GOAWAY:
                code = int.from_bytes(self.said[at + 13:at + 17], "big")
            at += 9 + n
        self.tls.close()
        return code


def url(server, path):
    return f"https://{HOST}:{server.ports['https']}{path}"


def curl(server, path, *options):
    """(version, status, body)"""
    said = tool(["curl", "--silent", "--show-error", "--http2", "--max-time", "20", "--cacert",
                 server.ca, "--resolve", f"{HOST}:{server.ports['https']}:127.0.0.1",
                 "--write-out", "\n%{http_version} %{http_code}", *options, url(server, path)])
    body, _, end = said.rpartition("\n")
    version, status = end.split()
    return version, int(status), body


def run(server):
    large = the_page(server)
    want_equal(curl(server, "/health"), ("2", 200, "ok\n"), "health")
    want_equal(curl(server, "/health", "--head")[:2], ("2", 200), "HEAD")
    want_equal(curl(server, "/health", "--http1.1")[:2], ("1.1", 200), "HTTP/1.1")
    want_equal(curl(server, "/nowhere")[:2], ("2", 404), "not there")
    want_equal(curl(server, "/health", "--data", f"@{server.folder}/web/large.txt")[:2],
               ("2", 405), "POST")
    want_equal(curl(server, "/large.txt"), ("2", 200, large), "more than a window")
    want_equal(curl(server, "/large.txt", "--range", "5-9"), ("2", 206, large[5:10]), "range")
    said = tool(["nghttp", "--no-verify-peer", "--null-out", "--stat", "--multiply=50",
                 f"https://127.0.0.1:{server.ports['https']}/large.txt"])
    want(said.count(" 200 ") == 50, f"fifty at a time\n{said}")
    floods(server)
    want_equal(curl(server, "/health"), ("2", 200, "ok\n"), "health after all that")
    want("http.flood" in server.log(), "no log line of the floods")


def the_page(server):
    root = os.path.join(server.folder, "web")
    os.makedirs(root)
    large = "".join(f"line {i}\n" for i in range(40000)).rstrip("\n")
    with open(os.path.join(root, "large.txt"), "w", encoding="ascii") as f:
        f.write(large)
    server.stop()
    server.configure("web_root", f'"{root}"')
    server.start()
    return large


def floods(server):
    head = 5  # END_STREAM and END_HEADERS
    raw = Raw(server)
    raw.send(b"".join(frame(HEADERS, head, n, GET) + frame(RESET, 0, n, b"\0\0\0\x08")
                      for n in range(1, 2001, 2)))
    want(raw.goodbye() is not None, "rapid reset (CVE-2023-44487)")
    raw = Raw(server)
    raw.send(frame(HEADERS, 1, 1, GET) + frame(CONTINUATION, 0, 1) * 5000)
    want(raw.goodbye() is not None, "CONTINUATION without end (CVE-2024-28182)")
    raw = Raw(server)
    raw.send(frame(HEADERS, 1, 1, GET) + frame(CONTINUATION, 0, 1, b"\x10\x01a\x7f\x81\x1f" +
                                               b"b" * 4000) * 200)
    want(raw.goodbye() is not None, "a head without end")
    for what, flood in (("SETTINGS", frame(SETTING, 0, 0)),
                        ("PING", frame(PING, 0, 0, b"12345678")),
                        ("PRIORITY", frame(PRIORITY, 0, 1, b"\0\0\0\0\x10"))):
        raw = Raw(server)
        raw.send(flood * 3000)
        want_equal(raw.goodbye(), ENHANCE_YOUR_CALM, what)
    raw = Raw(server)
    for _ in range(30):  # patient: each answer is read
        raw.send(frame(PING, 0, 0, b"12345678") * 50)
        raw.hear()
    want_equal(raw.goodbye(), ENHANCE_YOUR_CALM, "PING, bit by bit")
    raw = Raw(server)
    raw.send(frame(HEADERS, 4, 1, GET.replace(b"\x82", b"\x83")) + frame(DATA, 0, 1) * 3000)
    want_equal(raw.goodbye(), ENHANCE_YOUR_CALM, "empty DATA")
    raw = Raw(server)
    raw.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 10)
    want(raw.goodbye() is not None, "another protocol than was agreed on")
