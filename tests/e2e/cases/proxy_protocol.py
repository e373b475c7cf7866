"""S5, S10: behind HAProxy (the PROXY protocol's own authors, versions 1 and 2) SMTP, IMAP and IMAP
with TLS see the client's address, and nobody gets past the proxy."""

import imaplib
import smtplib
import socket
import subprocess
import time

from lib import mail
from lib.client import Failure, want, want_equal
from lib.outside import free_port

SECONDS = 120
GLANCE_SECONDS = 0.02
CLIENT = "127.0.0.9"
LISTENERS = """
listen "mx-behind" {
    role = mx
    port = 0
    proxies = {"127.0.0.1"}
}
listen "imaps-behind" {
    role = imaps
    port = 0
    proxies = {"127.0.0.1"}
}
listen "mx-elsewhere" {
    role = mx
    port = 0
    proxies = {"192.0.2.1"}
}
"""
HAPROXY = """
global
    maxconn 100
defaults
    mode tcp
    timeout connect 10s
    timeout client 60s
    timeout server 60s
listen smtp
    bind 127.0.0.1:{smtp}
    server s 127.0.0.1:{mx} send-proxy
listen imaps
    bind 127.0.0.1:{imaps}
    server s 127.0.0.1:{inner} send-proxy-v2 proxy-v2-options crc32c,unique-id
"""


class Proxy:
    """HAProxy with a configuration of its own, in the foreground."""

    def __init__(self, server):
        self.smtp, self.imaps = free_port(["127.0.0.1"]), free_port(["127.0.0.1"])
        path = f"{server.folder}/haproxy.cfg"
        with open(path, "w", encoding="ascii") as f:
            f.write(HAPROXY.format(smtp=self.smtp, imaps=self.imaps,
                                   mx=server.ports["mx-behind"],
                                   inner=server.ports["imaps-behind"]))
        self.process = subprocess.Popen(["haproxy", "-db", "-f", path],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise Failure("haproxy ended")
            try:
                socket.create_connection(("127.0.0.1", self.imaps), 1).close()
                return
            except OSError:
                time.sleep(GLANCE_SECONDS)
        raise Failure("haproxy is not there")

    def stop(self):
        self.process.kill()
        self.process.wait()


def through(server, proxy):
    with smtplib.SMTP("127.0.0.1", proxy.smtp, source_address=(CLIENT, 0)) as session:
        session.starttls(context=mail.trust(server))
        session.sendmail("ann@elsewhere.example", [server.jane],
                         mail.simple("ann@elsewhere.example", server.jane, "behind"))
    want(f"peer={CLIENT} " in server.log(), "the client's address in the log of SMTP")
    session = Behind(server, proxy.imaps)
    session.login(server.jane, server.passwords[server.jane])
    text = mail.ok(session.select("INBOX")) and mail.ok(session.fetch("1", "(BODY[HEADER])"))
    want(f"([{CLIENT}])".encode() in text[0][1], f"Received\n{text}")
    session.logout()
    want(f"address={CLIENT} " in [row for row in server.log().splitlines()
                              if "event=auth.ok" in row][-1], "the client's address of a log-in")


class Behind(imaplib.IMAP4_SSL):
    """A session from CLIENT's address."""

    def __init__(self, server, port):
        super().__init__("127.0.0.1", port, ssl_context=mail.trust(server))

    def _create_socket(self, timeout=None):
        plain = socket.create_connection((self.host, self.port), 20, (CLIENT, 0))
        return self.ssl_context.wrap_socket(plain, server_hostname=self.host)


def said(port, text):
    """All that the server says to text."""
    with socket.create_connection(("127.0.0.1", port), SECONDS) as s:
        s.sendall(text)
        heard = b""
        try:
            while part := s.recv(4096):
                heard += part
        except ConnectionResetError:
            pass
        return heard


def past(server):
    want_equal(said(server.ports["mx-behind"], b"EHLO client.example\r\n"), b"", "without a header")
    want_equal(said(server.ports["mx-elsewhere"], b"PROXY UNKNOWN\r\nQUIT\r\n"), b"",
               "from what is no proxy")
    want("event=proxy.refused" in server.log(), "proxy.refused in the log")
    heard = said(server.ports["mx-behind"], b"PROXY TCP6 2001:db8::7 ::1 5000 25\r\nQUIT\r\n")
    want_equal([line[:3] for line in heard.split(b"\r\n") if line], [b"220", b"221"], "with one")


def run(server):
    server.stop()
    with open(server.config, "a", encoding="utf-8") as f:
        f.write(LISTENERS)
    server.start()
    proxy = Proxy(server)
    try:
        through(server, proxy)
        past(server)
    finally:
        proxy.stop()
