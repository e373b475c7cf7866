"""S5: openssl s_client shakes hands on each port with TLS 1.2 and 1.3, the certificate holds the
name, older versions are refused, and what is said before STARTTLS is not taken over."""

import socket
import ssl

from lib import mail
from lib.client import tool, want, want_equal

NAME = "mail.e2e.example"
PORTS = [("submissions", None), ("imaps", None), ("submission", "smtp"), ("mx", "smtp"),
         ("imap", "imap")]


def s_client(server, port, starttls, *options, status=0):
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{server.ports[port]}",
               "-CAfile", server.ca, "-verify_return_error", "-verify_hostname", NAME,
               "-servername", NAME, *options]
    if starttls:
        command += ["-starttls", starttls]
    return tool(command, stdin="QUIT\r\n", status=status)


def run(server):
    for port, starttls in PORTS:
        for version, name in (("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")):
            said = s_client(server, port, starttls, version)
            want("Verify return code: 0 (ok)" in said and name in said, f"{port} {name}\n{said}")
        old = s_client(server, port, starttls, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0", status=1)
        want("Cipher is (NONE)" in old, f"{port} takes TLS 1.1\n{old}")
    nothing_survives_the_handshake(server)


def nothing_survives_the_handshake(server):
    """A command sent together with STARTTLS is thrown away (CVE-2011-0411)."""
    plain = socket.create_connection(("127.0.0.1", server.ports["submission"]))
    plain.recv(4096)
    plain.sendall(b"EHLO a.example\r\n")
    want(b"STARTTLS" in plain.recv(4096), "no STARTTLS")
    plain.sendall(b"STARTTLS\r\nMAIL FROM:<injected@e2e.example>\r\n")
    want_equal(plain.recv(4096)[:4], b"220 ", "STARTTLS")
    context = mail.trust(server)
    secure = context.wrap_socket(plain, server_hostname=NAME)
    secure.sendall(b"NOOP\r\n")
    want_equal(secure.recv(4096)[:4], b"250 ", "the first reply after the handshake is NOOP's")
    secure.settimeout(0.2)
    try:
        want(False, f"more was said: {secure.recv(4096)!r}")
    except (socket.timeout, ssl.SSLWantReadError):
        pass
    secure.close()
