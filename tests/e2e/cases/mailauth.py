"""S5: who sent it? SPF, DKIM, ARC and DMARC of mail from outside, against a zone of the test's and
signatures that another program (dkimpy) made: what fits is marked so, what a domain wants refused
is refused, what it wants put aside lies in Junk, and a mailing list that we trust is believed."""

import re
import socket
import subprocess

from lib.client import tool, want
from lib.dns import NameServer

DEBIANS_PYTHON = "/usr/bin/python3"
VERIFY = """
import sys, dkim
name, record = sys.argv[1], sys.argv[2]
def dns(asked, timeout=5):
    return record.encode() if asked.decode().rstrip(".") == name else None
result, _, _ = dkim.arc_verify(sys.stdin.buffer.read(), dnsfunc=dns)
sys.exit(0 if result == dkim.CV_Pass else 1)
"""
BODY = b"Hello,\r\n\r\nfrom outside.\r\n"


def key(folder, kind):
    """A new key's file, and its record."""
    tool(["dknewkey", "--ktype", kind, f"{folder}/{kind}"])
    with open(f"{folder}/{kind}.dns", encoding="ascii") as record:
        return f"{folder}/{kind}.key", record.read().strip()


def zone(rsa, ed25519):
    def keys(domain):
        return {(f"r._domainkey.{domain}", "TXT"): [rsa],
                (f"e._domainkey.{domain}", "TXT"): [ed25519]}
    return {
        ("good.zone", "TXT"): ["v=spf1 ip4:127.0.0.1 -all"],
        ("_dmarc.good.zone", "TXT"): ["v=DMARC1; p=reject"],
        **keys("good.zone"),
        ("strict.zone", "TXT"): ["v=spf1 -all"],
        ("_dmarc.strict.zone", "TXT"): ["v=DMARC1; p=reject"],
        ("_dmarc.aside.zone", "TXT"): ["v=DMARC1; p=quarantine"],
        ("_dmarc.lax.zone", "TXT"): ["v=DMARC1; p=none"],
        ("plain.zone", "A"): ["127.0.0.1"],
        **keys("list.zone"),
    }


class Sender:
    def __init__(self, server):
        self.server, self.count = server, 0

    def message(self, domain):
        self.count += 1
        return (f"From: A Person <a@{domain}>\r\nTo: {self.server.jane}\r\n"
                f"Subject: number {self.count}\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\n"
                f"Message-ID: <{self.count}@{domain}>\r\n\r\n").encode() + BODY

    def send(self, mail_from, message, recipient=None):
        """The reply to the message's end."""
        with socket.create_connection(("127.0.0.1", self.server.ports["mx"])) as link:
            wire = link.makefile("rwb")
            for line in (None, b"EHLO mx.good.zone", f"MAIL FROM:<{mail_from}>".encode(),
                         f"RCPT TO:<{recipient or self.server.jane}>".encode(), b"DATA"):
                if line:
                    wire.write(line + b"\r\n")
                    wire.flush()
                while wire.readline()[3:4] == b"-":
                    pass
            wire.write(message + b".\r\n")
            wire.flush()
            return wire.readline().decode()

    def results(self, folder="INBOX"):
        """What the newest message of the folder says was checked."""
        count = next(f["total"] for f in self.server.ask("folder", "list", self.server.jane)
                     if f["folder"] == folder)
        text = self.server.ask("message", "show", self.server.jane, folder, str(count))["message"]
        found = re.search(r"(?m)^Authentication-Results: (.*(?:\r?\n[ \t].*)*)", text)
        want(found, f"no results in {text!r}")
        return re.sub(r"\s+", " ", found.group(1))


def taken(sender, mail_from, message, *wanted, folder="INBOX", recipient=None):
    reply = sender.send(mail_from, message, recipient)
    want(reply.startswith("250"), reply)
    results = sender.results(folder)
    for one in wanted:
        want(one in results, f"no {one!r} in {results!r}")


def piped(command, message):
    """dkimpy's programs write the signed message with LF."""
    done = subprocess.run(command, input=message, stdout=subprocess.PIPE, check=True, timeout=60)
    return re.sub(rb"\r?\n", b"\r\n", done.stdout)


def signed(message, domain, selector, key_file, algorithm):
    return piped(["dkimsign", "--signalg", algorithm, selector, domain, key_file], message)


def run(server):
    rsa, rsa_record = key(server.folder, "rsa")
    ed25519, ed25519_record = key(server.folder, "ed25519")
    with NameServer(zone(rsa_record, ed25519_record), broken=["slow.zone"]) as names:
        server.stop()
        stubs = ", ".join(f'"{zone} 127.0.0.1@{names.port}"' for zone in ("zone",))
        server.configure("stub", f"{{{stubs}}}")
        server.configure("trust_anchor", '""')
        server.configure("trusted_networks", "{}")
        server.configure("trusted_sealers", '{"list.zone"}')
        server.start()
        sender = Sender(server)
        plain = sender.message("good.zone")
        taken(sender, "a@good.zone", plain, "mail.e2e.example;", "spf=pass", "dkim=none",
              "dmarc=pass", "iprev=pass")
        taken(sender, "b@plain.zone", signed(plain, "good.zone", "r", rsa, "rsa-sha256"),
              "spf=none", "dkim=pass (2048-bit key) header.d=good.zone", "dmarc=pass")
        taken(sender, "b@plain.zone",
              signed(plain, "good.zone", "e", ed25519, "ed25519-sha256"),
              "dkim=pass (256-bit key)", "header.a=ed25519-sha256", "dmarc=pass")
        taken(sender, "a@good.zone",
              signed(plain, "good.zone", "r", rsa, "rsa-sha256") + b"More.\r\n",
              "dkim=fail reason=\"body hash did not verify\"", "dmarc=pass")
        reply = sender.send("a@good.zone", sender.message("strict.zone"))
        want(reply.startswith("550 5.7.1 ") and "strict.zone" in reply, reply)
        taken(sender, "a@good.zone", sender.message("aside.zone"), "dmarc=fail (p=quarantine",
              folder="Junk")
        taken(sender, "", sender.message("plain.zone"), "spf=none smtp.helo=mx.good.zone",
              "dmarc=none")
        taken(sender, "a@slow.zone", sender.message("slow.zone"), "spf=temperror",
              "dmarc=temperror")
        calendars(server, sender)
        through_a_list(sender, rsa)
        sealed_for_others(server, names, sender)
        want("dmarc=fail advice=junk" in server.log(), "no line in the log")


def calendars(server, sender):
    """What is forged comes where the policy says so, but changes no calendar (RFC 9671)."""
    server.cli("sieve", "put", server.luis, "calendar", "--activate",
               stdin='require "processcalendar"; processcalendar;')

    def invite(domain):
        header = sender.message(domain).split(b"\r\n\r\n")[0]
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", "METHOD:REQUEST", "BEGIN:VEVENT",
                 f"UID:{domain}", "DTSTAMP:20260601T100000Z", "DTSTART:20260701T180000Z",
                 f"ORGANIZER:mailto:a@{domain}", f"ATTENDEE:mailto:{server.luis}", "END:VEVENT",
                 "END:VCALENDAR", ""]
        reply = sender.send("a@good.zone", header + b"\r\nContent-Type: text/calendar\r\n\r\n"
                            + "\r\n".join(lines).encode(), server.luis)
        want(reply.startswith("250"), reply)

    for domain in ("lax.zone", "good.zone"):
        invite(domain)
    uids = [row["uid"] for row in server.ask("calendar", "list", server.luis)]
    want(uids == ["good.zone"], f"in the calendar: {uids}")


def through_a_list(sender, rsa):
    """Signed by strict.zone once, changed on the way; the list's seal says that it was well."""
    message = sender.message("strict.zone")
    results = (b"Authentication-Results: list.zone; dmarc=pass header.from=strict.zone\r\n")
    sealed = piped(["arcsign", "r", "list.zone", rsa, "list.zone"], results + message)
    taken(sender, "bounce@list.zone", sealed, "arc=pass", "dmarc=fail (p=reject")
    reply = sender.send("bounce@list.zone", sealed + b"Changed.\r\n")
    want(reply.startswith("550 5.7.1"), reply)


def sealed_for_others(server, names, sender):
    """What a group passes on to somebody elsewhere is sealed by us; dkimpy verifies the chain."""
    domain = server.jane.split("@")[1]
    key = server.ask("dkim", "add", domain, "--selector", "arc")
    server.cli("dkim", "activate", domain, "arc", "--force")
    server.cli("group", "add", f"all@{domain}")
    server.cli("account", "add", f"far@{domain}", "--kind", "contact", "--forward", "far@good.zone")
    for member in (server.jane, f"far@{domain}"):
        server.cli("group", "join", f"all@{domain}", member)
    taken(sender, "a@good.zone", sender.message("good.zone"), "dmarc=pass",
          recipient=f"all@{domain}")
    uid = max(m["uid"] for m in server.ask("message", "list", server.jane, "INBOX"))
    message = server.ask("message", "show", server.jane, "INBOX", str(uid))["message"]
    want(message.index("ARC-Seal: ") < message.index("Received: "), message)
    want(verified(message[message.index("ARC-Seal: "):], key), message)
    want(not verified(message[message.index("ARC-Seal: "):] + "More.\r\n", key), "More.")


def verified(message, key):
    done = subprocess.run([DEBIANS_PYTHON, "-c", VERIFY, key["name"].rstrip("."), key["txt"]],
                          input=message.encode(), timeout=60, check=False)
    return done.returncode == 0
