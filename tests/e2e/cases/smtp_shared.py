"""S2: mail by SMTP to a shared mailbox and to a public-folder tree, read by those who may."""

import smtplib

from lib import mail
from lib.client import want, want_equal

SETTINGS = {"delay_ms": "0"}


def deliver(server, to, subject):
    with smtplib.SMTP("127.0.0.1", server.ports["mx"], timeout=60) as client:
        client.sendmail("citizen@elsewhere.example", [to],
                        mail.simple("citizen@elsewhere.example", to, subject))


def subjects(session, name):
    mail.ok(session.select(f'"{name}"'))
    count = len(mail.ok(session.search(None, "ALL"))[0].split())
    rows = mail.ok(session.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")) if count else []
    return [row[1].decode().strip() for row in rows if isinstance(row, tuple)]


def run(server):
    domain = server.jane.split("@")[1]
    box, board = f"help@{domain}", f"board@{domain}"
    server.add_account(box, None, "--kind", "shared")
    server.add_account(board, None, "--kind", "public")
    server.cli("rights", "set", box, "/", server.luis, "lrswipkxte", "--all")
    server.cli("rights", "set", board, "INBOX", "anyone", "lrs")
    deliver(server, box, "to the team")
    deliver(server, board, "to all")
    jane, luis = mail.imap(server, server.jane), mail.imap(server, server.luis)
    shared, public = f"Shared/{box}/INBOX", f"Public/{board}/INBOX"
    want_equal(subjects(luis, shared), ["Subject: to the team"], "the shared mailbox")
    want_equal(jane.select(f'"{shared}"')[0], "NO", "jane has no part in it")
    for reader in (jane, luis):
        want_equal(subjects(reader, public), ["Subject: to all"], "the public tree")
    row = mail.ok(luis.status(f'"{shared}"', "(UNSEEN)"))[0]
    want(b"UNSEEN 1" in row, row)
    want_equal(server.ask("store", "check")["faults"], 0, "store check")
