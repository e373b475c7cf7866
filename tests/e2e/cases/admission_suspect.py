"""P11: an account that suddenly writes to many strangers is locked, its administrator has a letter,
and it may send again when that says so; limits of rate put off what is over."""

import smtplib

from lib import mail
from lib.client import want, want_equal

SETTINGS = {"delay_ms": "0"}


def try_one(session, server, to):
    """The codes of MAIL and, where that was taken, of RCPT."""
    code, text = session.mail(server.jane)
    if code == 250:
        code, text = session.rcpt(to)
    session.rset()
    return code, text.decode()


def run(server):
    boss = server.add_account("boss", "correct horse 1", "--roles", "owner")
    server.cli("admission", "set", "suspect", "lock", "--for", "e2e.example")
    server.cli("admission", "set", "suspect-score", "40")
    server.cli("limit", "set", "burst", "--per", "account", "--of", "recipients", "--max", "40",
               "--window", "1d")
    session = mail.submission(server, server.jane)
    codes = [try_one(session, server, f"p{i}@far.example")[0] for i in range(31)]
    want_equal(set(codes), {250}, "before the alarm")
    code, text = try_one(session, server, "p99@far.example")
    want(code == 550 and "taken over" in text, f"{code} {text}")
    want("admission.suspect account=" in server.log(), "no line in the log")
    want_equal([row["account"] for row in server.ask("suspect", "list")], [server.jane], "the list")
    server.cli("housekeeping", "run", "admission")
    text = server.ask("message", "show", boss, "INBOX", "1")["message"]
    want(f"postroad suspect clear {server.jane}" in text, text)
    server.stop()
    server.start()
    session = mail.submission(server, server.jane)
    want_equal(try_one(session, server, "p99@far.example")[0], 550, "after a restart")
    server.cli("suspect", "clear", server.jane)
    server.cli("admission", "set", "suspect", "off", "--for", "e2e.example")
    codes = [try_one(session, server, f"q{i}@far.example")[0] for i in range(9)]
    want_equal(codes, [250] * 9, "in good hands again")
    code, text = try_one(session, server, "q99@far.example")
    want(code == 450 and "(burst); try again in" in text, f"{code} {text}")
    try:
        session.quit()
    except smtplib.SMTPServerDisconnected:
        pass
