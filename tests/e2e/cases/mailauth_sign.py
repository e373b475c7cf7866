"""S5: our own DKIM keys: made, refused until they are published, signed with, rotated; what a
person sends is verified by others (dkimpy, OpenDKIM) with the record that stands in the DNS."""

import os
import smtplib
import ssl
import subprocess
import tempfile

from lib.client import tool, want, want_equal
from lib.dns import NameServer
from lib.room import UNPACKED

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
                           str(index)], input=raw, timeout=60, check=False,
                          stderr=subprocess.DEVNULL)
    return done.returncode == 0


def opendkim(server, message, keys):
    """OpenDKIM's verdict; None where it is not unpacked."""
    program = os.path.join(UNPACKED, "opendkim/usr/sbin/opendkim")
    if not os.path.exists(program):
        return None
    folder = tempfile.mkdtemp(dir=server.folder)
    with open(os.path.join(folder, "dns"), "w", encoding="ascii") as f:
        f.writelines(f"{k['name'].rstrip('.')} {k['txt']}\n" for k in keys)
    with open(os.path.join(folder, "conf"), "w", encoding="ascii") as f:
        f.write(f"Mode v\nTestDNSData {folder}/dns\n")
    with open(os.path.join(folder, "message"), "wb") as f:
        f.write(message.replace("\r\n", "\n").replace("\n", "\r\n").encode())
    return "succeeded" in tool([program, "-x", "conf", "-t", "message"], cwd=folder, status=None)


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
        want(opendkim(server, message, [rsa]) is not False, "OpenDKIM does not verify it")
        changed = message.replace("I hope", "I fear")
        want(not opendkim(server, changed, [rsa]), "OpenDKIM verifies a changed message")
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
