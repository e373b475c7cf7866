"""Attachments that came by SMTP are found by SEARCH, before and after they are indexed."""

import os
import smtplib
import time
from email.message import EmailMessage

from lib import mail
from lib.client import want, want_equal

SETTINGS = {"delay_ms": "0"}
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOCUMENTS = os.path.join(TOP, "helper", "documents")
KINDS = {"letter.pdf": "application/pdf", "letter.docx": "application/octet-stream",
         "letter.odt": "application/vnd.oasis.opendocument.text", "letter.rtf": "application/rtf"}
PATIENCE_SECONDS = 60
GLANCE_SECONDS = 0.05


def with_document(to, name):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "clerk@port.example", to, f"see {name}"
    message.set_content("It is attached.\n")
    with open(os.path.join(DOCUMENTS, name), "rb") as f:
        kind, _, sub = KINDS[name].partition("/")
        message.add_attachment(f.read(), maintype=kind, subtype=sub, filename=name)
    return message


def found(session, *keys):
    return mail.ok(session.search("UTF-8", *keys))[0].split()


def wait_for_index(server, address, messages):
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        row = server.ask("index", "status", address)[0]
        if row["indexed"] == messages and row["behind"] == 0:
            return
        time.sleep(GLANCE_SECONDS)
    want(False, f"not indexed after {PATIENCE_SECONDS} s: {row}")


def run(server):
    jane = server.jane
    with smtplib.SMTP("127.0.0.1", server.ports["mx"]) as smtp:
        for name in KINDS:
            smtp.send_message(with_document(jane, name), to_addrs=[jane])
    session = mail.imap(server, jane)
    mail.ok(session.select("INBOX"))
    everything = [b"1", b"2", b"3", b"4"]
    for _ in ("as it came", "indexed", "built anew"):
        want_equal(found(session, "TEXT", "lantern"), everything, "a piece of a word in documents")
        want_equal(found(session, "BODY", '"harbour master of"'), everything, "a phrase in them")
        session.literal = "GLÜCKSTADT".encode()
        want_equal(found(session, "BODY"), everything, "an umlaut in them")
        want_equal(found(session, "TEXT", "letter.docx"), [b"2"], "a file's name")
        want_equal(found(session, "TEXT", "nowhere"), [], "what is not there")
        wait_for_index(server, jane, len(KINDS))
        server.cli("index", "rebuild", jane)
    session.logout()
