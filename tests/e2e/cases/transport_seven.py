"""S5: a host without 8BITMIME gets the same content in 7 bits, signed anew over what is sent
(dkimpy verifies it with the record in the DNS); one that has it gets the bytes as they came."""

import email
import subprocess

from lib import mail
from lib.client import want, want_equal
from lib.outside import Host, free_port

DEBIANS_PYTHON = "/usr/bin/python3"
VERIFY = """
import sys, dkim
name, record = sys.argv[1], sys.argv[2]
def dns(asked, timeout=5):
    return record.encode() if asked.decode().rstrip(".") == name else None
sys.exit(0 if dkim.DKIM(sys.stdin.buffer.read()).verify(dnsfunc=dns) else 1)
"""
TEXT = "Ça marche, said ten people at once, and then another ten said so, too.\r\n"
FIELDS = ("MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n"
          "Content-Transfer-Encoding: 8bit\r\n")
PARTS = ("--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
         f"\r\n{TEXT}--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n"
         "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
         f"Content-Transfer-Encoding: 8bit\r\n\r\n{TEXT}\r\n--b--\r\n")


def send(server, domain):
    session = mail.submission(server, server.jane)
    message = mail.simple(server.jane, f"ann@{domain}", "eight", PARTS, FIELDS)
    session.sendmail(server.jane, [f"ann@{domain}"], message, ["BODY=8BITMIME"])
    session.quit()
    return message


def verifies(message, key):
    done = subprocess.run([DEBIANS_PYTHON, "-c", VERIFY, key["name"].rstrip("."), key["txt"]],
                          input=message, timeout=60, check=False, stderr=subprocess.DEVNULL)
    return done.returncode == 0


def texts(message):
    leaves = [p for p in email.message_from_bytes(message).walk() if not p.is_multipart()]
    return [p.get_payload(decode=True).decode().rstrip("\r\n") for p in leaves]


def run(server):
    port = free_port(["127.0.0.2", "127.0.0.3"])
    old = Host("127.0.0.2", port, "old.example", offers=["PIPELINING", "SIZE"])
    new = Host("127.0.0.3", port, "new.example", offers=["8BITMIME"])
    domain = server.jane.split("@")[1]
    try:
        key = server.ask("dkim", "add", domain, "--selector", "s")
        server.cli("dkim", "activate", domain, "s", "--force")
        server.cli("route", "set", "old", "--for", "old.example", "--to", f"127.0.0.2:{port}")
        server.cli("route", "set", "new", "--for", "new.example", "--to", f"127.0.0.3:{port}")
        sent = send(server, "new.example")
        taken = new.wait(1, 120)[0][2]
        want(taken.endswith(sent), f"other bytes than were sent:\n{taken}")
        want(verifies(taken, key), "the signature over 8 bits does not verify")
        send(server, "old.example")
        taken = old.wait(1, 120)[0][2]
        want(taken.isascii(), f"not of 7 bits:\n{taken}")
        want_equal(taken.count(b"DKIM-Signature:"), 1, "signatures")
        want(verifies(taken, key), f"the signature does not verify:\n{taken.decode()}")
        want_equal(texts(taken), [TEXT.rstrip("\r\n")] * 2, "the texts")
        want("result=converted" in server.log(), "no line in the log")
    finally:
        old.stop()
        new.stop()
