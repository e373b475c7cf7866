"""S5: our own DKIM keys: made, refused until they are published, signed with, rotated; what a
person sends is verified by another program (dkimpy) with the record that stands in the DNS."""

import smtplib
import ssl
import subprocess

from lib.client import want, want_equal
from lib.dns import NameServer

DEBIANS_PYTHON = "/usr/bin/python3"
VERIFY = """
import sys, dkim
name, record = sys.argv[1], sys.argv[2]
def dns(asked, timeout=5):
    return record.encode() if asked.decode().rstrip(".") == name else None
d = dkim.DKIM(sys.stdin.buffer.read())
sys.exit(0 if d.verify(idx=int(sys.argv[3]), dnsfunc=dns) else 1)
"""
CONFLICT, NOT_FOUND = 7, 3


def sent(server, number):
    """A message from jane to luis, as it lies in his mailbox."""
    context = ssl.create_default_context(cafile=server.ca)
    with smtplib.SMTP("localhost", server.ports["submission"]) as client:
        client.starttls(context=context)
        client.login(server.jane, server.passwords[server.jane])
        client.sendmail(server.jane, [server.luis],
                        f"From: {server.jane}\r\nTo: {server.luis}\r\nSubject: no. {number}\r\n"
                        "\r\nSigned, I hope.\r\n".encode())
    uid = next(f["total"] for f in server.ask("folder", "list", server.luis)
               if f["folder"] == "INBOX")
    return server.ask("message", "show", server.luis, "INBOX", str(uid))["message"]


def verify(message, key, index=0):
    raw = message.replace("\r\n", "\n").replace("\n", "\r\n").encode()
    done = subprocess.run([DEBIANS_PYTHON, "-c", VERIFY, key["name"].rstrip("."), key["txt"],
                           str(index)], input=raw, timeout=60, check=False)
    return done.returncode == 0


def publish(names, key):
    names.records[(key["name"].rstrip("."), "TXT")] = [key["txt"]]
    names.names.add(key["name"].rstrip("."))


def run(server):
    domain = server.jane.split("@")[1]
    with NameServer({(domain, "A"): ["127.0.0.1"]}) as names:
        server.stop()
        server.configure("stub", f'{{"example 127.0.0.1@{names.port}"}}')
        server.configure("trust_anchor", '""')
        server.start()
        want("DKIM-Signature" not in sent(server, 1), "signed without a key")
        rsa = server.ask("dkim", "add", domain, "--selector", "first")
        want_equal(rsa["state"], "staged", "a new key")
        server.cli("dkim", "activate", domain, "first", status=NOT_FOUND)
        publish(names, rsa)
        # The resolver remembers that nothing was there; the operator may insist.
        server.cli("dkim", "activate", domain, "first", "--force")
        message = sent(server, 2)
        want(verify(message, rsa), message)
        want(not verify(message.replace("I hope", "I fear"), rsa), "a changed message verifies")
        both(server, names, domain, rsa)
        rotation(server, names, domain)


def both(server, names, domain, rsa):
    """RSA and Ed25519 side by side."""
    short = server.ask("dkim", "add", domain, "--algorithm", "ed25519", "--selector", "short")
    publish(names, short)
    server.cli("dkim", "check", domain, "short")
    server.cli("dkim", "activate", domain, "short")
    message = sent(server, 3)
    want_equal(message.count("DKIM-Signature:"), 2, "signatures")
    order = [rsa, short] if message.index("s=first") < message.index("s=short") else [short, rsa]
    for index, key in enumerate(order):
        want(verify(message, key, index), message)


def rotation(server, names, domain):
    second = server.ask("dkim", "add", domain, "--selector", "second")
    names.records[(second["name"].rstrip("."), "TXT")] = ["v=DKIM1; p=AAAA"]
    names.names.add(second["name"].rstrip("."))
    server.cli("dkim", "check", domain, "second", status=CONFLICT)
    server.cli("dkim", "activate", domain, "second", "--force")
    states = {k["selector"]: k["state"] for k in server.ask("dkim", "list", domain)}
    want_equal(states, {"first": "retired", "second": "active", "short": "active"}, "states")
    want("s=first" not in sent(server, 4), "signed with a retired key")
    server.cli("dkim", "remove", domain, "second", status=4)
    server.cli("dkim", "remove", domain, "first")
    server.cli("dkim", "retire", domain, "second")
    server.cli("dkim", "retire", domain, "short")
    want("DKIM-Signature" not in sent(server, 5), "signed with retired keys")
