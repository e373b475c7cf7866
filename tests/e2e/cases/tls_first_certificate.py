"""S22: a server that was started without a certificate gets its first one by SIGHUP."""

import imaplib
import os
import re
import signal

from lib import mail
from lib.client import want, want_equal
from lib.hostile import Wire, wait_for


def read(server):
    with open(server.config, encoding="utf-8") as f:
        return f.read()


def write(server, text):
    with open(server.config, "w", encoding="utf-8") as f:
        f.write(text)


def hang_up(server, event):
    before = server.log().count(event)
    server.process.send_signal(signal.SIGHUP)
    wait_for(lambda: server.log().count(event) > before, f"no {event} in the log")


def offers_tls(server):
    client = imaplib.IMAP4("127.0.0.1", server.ports["imap"])
    offered = "STARTTLS" in client.capabilities
    client.logout()
    return offered


def run(server):
    server.stop()
    text = read(server)
    text = re.sub(r'(?ms)^listen "(imaps|pop3s|submissions|https)[^"]*" \{.*?^\}\n', "", text)
    sections = re.findall(r"(?ms)^certificate .*?^\}\n", text)
    want_equal(len(sections), 1, "sections of certificates")
    bare = text.replace(sections[0], "")
    write(server, bare)
    server.start()
    pids = server.children()
    old = Wire(server.ports["imap"])
    want(b"STARTTLS" not in old.line(), "STARTTLS without a certificate")
    old.send(b"a STARTTLS\r\n")
    want(not old.line().startswith(b"a OK"), "a handshake without a certificate")
    hang_up(server, "server.reloaded")
    want(not offers_tls(server), "STARTTLS after a reload that brought none")

    write(server, text)
    hang_up(server, "server.reloaded")
    want(offers_tls(server), "no STARTTLS after the first certificate")
    client = imaplib.IMAP4("127.0.0.1", server.ports["imap"])
    want_equal(client.starttls(mail.trust(server))[0], "OK", "STARTTLS")
    want_equal(client.login(server.jane, server.passwords[server.jane])[0], "OK", "LOGIN")
    client.logout()
    old.send(b"b NOOP\r\n")
    want(old.line().startswith(b"b OK"), "the session from before")

    os.rename(server.ca, server.ca + ".away")
    hang_up(server, "server.reload-failed")
    os.rename(server.ca + ".away", server.ca)
    write(server, bare)
    hang_up(server, "server.reload-failed")
    want(offers_tls(server), "what was there is not given up")
    want_equal(server.children(), pids, "the server process was another one")
