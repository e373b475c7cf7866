"""S5, S13: SCRAM-SHA-256 and -PLUS as RFC 5802 and 7677 say, spoken by a client of our own and by
GNU SASL's, in IMAP and SMTP; a wrong proof, binding or downgrade is refused."""

import base64
import hashlib
import hmac
import os
import ssl

from lib import mail
from lib.client import tool, want, want_equal
from lib.hostile import Witness, imap, smtp

SETTINGS = {"delay_ms": "0", "account_failures": "1000", "address_failures": "1000",
            "offer_plus": "true"}
NAME = "mail.e2e.example"


class Scram:
    """The client's half. flag: of the GS2 header, "n", "y" or "p=tls-unique"; binding: bytes."""

    def __init__(self, who, password, flag="n", binding=b"", act_as=""):
        self.password = password.encode()
        self.header = f"{flag},{'a=' + act_as if act_as else ''},".encode()
        self.binding = binding
        self.nonce = base64.b64encode(os.urandom(18)).decode()
        escaped = who.replace("=", "=3D").replace(",", "=2C")
        self.bare = f"n={escaped},r={self.nonce}".encode()

    def first(self):
        return self.header + self.bare

    def final(self, challenge):
        """The answer to the server's challenge, which must be in order."""
        said = dict(field.split("=", 1) for field in challenge.decode().split(","))
        want(said["r"].startswith(self.nonce) and len(said["r"]) > len(self.nonce) + 15,
             "the server's nonce")
        want(int(said["i"]) >= 4096, "iterations")
        key = hashlib.pbkdf2_hmac("sha256", self.password, base64.b64decode(said["s"]),
                                  int(said["i"]))
        bound = base64.b64encode(self.header + self.binding).decode()
        without = f"c={bound},r={said['r']}".encode()
        signed = self.bare + b"," + challenge + b"," + without
        client = hmac.digest(key, b"Client Key", "sha256")
        signature = hmac.digest(hashlib.sha256(client).digest(), signed, "sha256")
        proof = bytes(a ^ b for a, b in zip(client, signature))
        self.server = hmac.digest(hmac.digest(key, b"Server Key", "sha256"), signed, "sha256")
        return without + b",p=" + base64.b64encode(proof)

    def verify(self, challenge):
        want_equal(challenge, b"v=" + base64.b64encode(self.server), "the server's own proof")


def secure(server, wire, command, version=None):
    """STARTTLS on the same Wire."""
    context = mail.trust(server)
    if version:
        context.maximum_version = version
    wire.send(command)
    want(wire.line().startswith((b"220", b"t OK")), "STARTTLS")
    wire.socket = context.wrap_socket(wire.socket, server_hostname=NAME)
    return wire


def secure_imap(server, version=None):
    return secure(server, imap(server), b"t STARTTLS\r\n", version)


def secure_smtp(server, version=None):
    wire = secure(server, smtp(server, "submission"), b"STARTTLS\r\n", version)
    wire.say(b"EHLO hostile.example", b"250")
    return wire


def by_imap(wire, mechanism, scram):
    """The tagged answer; the initial response goes with the command."""
    wire.send(b"a AUTHENTICATE " + mechanism + b" " + base64.b64encode(scram.first()) + b"\r\n")
    line = wire.line()
    if not line.startswith(b"+ "):
        return line
    wire.send(base64.b64encode(scram.final(base64.b64decode(line[2:]))) + b"\r\n")
    line = wire.line()
    if not line.startswith(b"+ "):
        return line
    scram.verify(base64.b64decode(line[2:]))
    wire.send(b"\r\n")
    return wire.line()


def by_smtp(wire, mechanism, scram):
    """The last reply; the initial response comes after an empty challenge."""
    wire.say(b"AUTH " + mechanism, b"334 \r\n")
    wire.send(base64.b64encode(scram.first()) + b"\r\n")
    line = wire.reply()
    if not line.startswith(b"334 "):
        return line
    wire.send(base64.b64encode(scram.final(base64.b64decode(line[4:]))) + b"\r\n")
    line = wire.reply()
    if not line.startswith(b"334 "):
        return line
    scram.verify(base64.b64decode(line[4:]))
    wire.send(b"\r\n")
    return wire.reply()


WAYS = [(secure_imap, by_imap, b"a OK", b"a NO"), (secure_smtp, by_smtp, b"235", b"535")]


def run(server):
    jane, password = server.jane, server.passwords[server.jane]
    with Witness(server):
        for opened, exchange, good, bad in WAYS:
            for name, version, flag, key, wanted in (
                    (b"SCRAM-SHA-256", None, "n", password, good),
                    (b"SCRAM-SHA-256", None, "n", password + "x", bad),
                    (b"SCRAM-SHA-256", ssl.TLSVersion.TLSv1_2, "n", password, good),
                    (b"SCRAM-SHA-256", None, "y", password, bad),
                    (b"SCRAM-SHA-256-PLUS", ssl.TLSVersion.TLSv1_2, "p=tls-unique", password, good),
                    (b"SCRAM-SHA-256-PLUS", ssl.TLSVersion.TLSv1_2, "n", password, bad),
                    (b"SCRAM-SHA-256-PLUS", ssl.TLSVersion.TLSv1_2, "p=tls-other", password, bad)):
                with opened(server, version) as wire:
                    bound = wire.socket.get_channel_binding("tls-unique") \
                        if flag.startswith("p") else b""
                    said = exchange(wire, name, Scram(jane, key, flag, bound or b""))
                    what = f"{exchange.__name__} {name} {flag} {version}"
                    refused = wanted is bad and said.startswith((b"a BAD", b"501"))
                    want(said.startswith(wanted) or refused, f"{what}: {said!r}")
            a_relayed_binding(server, opened, exchange, bad)
            nobody(server, opened, exchange, bad)
        gnu_sasl(server)


def a_relayed_binding(server, opened, exchange, bad):
    """A proof made for one connection is worth nothing on another."""
    version = ssl.TLSVersion.TLSv1_2
    with opened(server, version) as one, opened(server, version) as other:
        bound = one.socket.get_channel_binding("tls-unique")
        said = exchange(other, b"SCRAM-SHA-256-PLUS", Scram(
            server.jane, server.passwords[server.jane], "p=tls-unique", bound))
        want(said.startswith(bad), f"a binding of another connection: {said!r}")


def nobody(server, opened, exchange, bad):
    """A name that nobody has gets a challenge as everybody else, the same salt each time."""
    salts = set()

    class Watch(Scram):
        def final(self, challenge):
            salts.add(challenge.split(b",s=")[1])
            return super().final(challenge)

    for _ in range(2):
        with opened(server) as wire:
            said = exchange(wire, b"SCRAM-SHA-256", Watch("nobody@e2e.example", "x"))
            want(said.startswith(bad), f"nobody: {said!r}")
    want_equal(len(salts), 1, "salts of the same unknown name")
    with opened(server) as wire:
        said = exchange(wire, b"SCRAM-SHA-256", Scram(
            server.jane, server.passwords[server.jane], act_as=server.luis))
        want(said.startswith(bad), f"jane as luis: {said!r}")


# It says STARTTLS before EHLO in SMTP, which is against RFC 3207; so there it does without.
GNU = [("--imap", "imap", "PLAIN", "--no-cb"), ("--imap", "imap", "LOGIN", "--no-cb"),
       ("--imap", "imap", "SCRAM-SHA-256", "--no-cb"), ("--imap", "imap", "SCRAM-SHA-1", "--no-cb"),
       ("--imap", "imap", "SCRAM-SHA-1-PLUS", "--priority=NORMAL"),
       ("--imap", "imap", "SCRAM-SHA-256-PLUS", "--priority=NORMAL"),               # tls-exporter
       ("--imap", "imap", "SCRAM-SHA-256-PLUS", "--priority=NORMAL:-VERS-TLS1.3"),  # tls-unique
       ("--smtp", "submission", "SCRAM-SHA-256", "--no-starttls")]


def gnu_sasl(server):
    """An implementation of others, whose TLS is GnuTLS. It takes no SCRAM without PLUS where it
    could bind, so it is told not to."""
    for kind, port, mechanism, option in GNU:
        for password, status in ((server.passwords[server.jane], 0), ("wrong", 1)):
            tool(["gsasl", "--client", kind, f"--connect=localhost:{server.ports[port]}",
                  f"--x509-ca-file={server.ca}", f"--mechanism={mechanism}", option,
                  f"--authentication-id={server.jane}", f"--password={password}"]
                 + (["--starttls"] if kind == "--imap" else []), status=status)
