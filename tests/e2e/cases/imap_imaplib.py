"""S2, S5: imaplib walks through what a mail program does: folders, flags, copies, search."""

from lib import mail
from lib.client import want, want_equal

SETTINGS = {"delay_ms": "0"}


def flags_of(session, uid):
    row = mail.ok(session.uid("FETCH", str(uid), "(FLAGS)"))[0].decode()
    return set(row[row.index("FLAGS (") + 7:row.index(")")].split()) - {"\\Recent"}


def folders(session):
    return {row.decode().rsplit(" ", 1)[1].strip('"') for row in mail.ok(session.list())}


def run(server):
    jane = server.jane
    session = mail.imap(server, jane, "imap")
    want({"INBOX"} <= folders(session), "no INBOX")
    mail.ok(session.create("Projects/2026"))
    want({"Projects", "Projects/2026"} <= folders(session), "the new folder is not listed")
    for name, message in mail.samples():
        mail.ok(session.append("INBOX", "(\\Flagged)", '"01-Jan-2026 12:00:00 +0000"', message))
    count = len(mail.samples())
    want_equal(int(mail.ok(session.select("INBOX"))[0]), count, "messages")

    for uid, (name, message) in enumerate(mail.samples(), 1):
        rows = mail.ok(session.uid("FETCH", str(uid), "(RFC822.SIZE BODY.PEEK[])"))
        want_equal(rows[0][1], message, name)
        want(f"RFC822.SIZE {len(message)}".encode() in rows[0][0], f"{name}: {rows[0][0]}")
    want_equal(flags_of(session, 1), {"\\Flagged"}, "flags after APPEND")
    mail.ok(session.uid("STORE", "1", "+FLAGS", "(\\Seen work)"))
    mail.ok(session.uid("STORE", "1", "-FLAGS", "(\\Flagged)"))
    want_equal(flags_of(session, 1), {"\\Seen", "work"}, "flags after STORE")
    want_equal(mail.ok(session.uid("SEARCH", "KEYWORD", "work"))[0], b"1", "SEARCH KEYWORD")
    want_equal(len(mail.ok(session.uid("SEARCH", "UNSEEN"))[0].split()), count - 1, "unseen")

    mail.ok(session.uid("COPY", "1:2", "Projects/2026"))
    mail.ok(session.uid("MOVE", "3", "Projects/2026"))
    want_equal(int(mail.ok(session.select("Projects/2026"))[0]), 3, "copied and moved")
    want_equal(flags_of(session, 1), {"\\Seen", "work"}, "flags go along")
    mail.ok(session.uid("STORE", "2", "+FLAGS", "(\\Deleted)"))
    mail.ok(session.expunge())
    want_equal(mail.ok(session.uid("SEARCH", "ALL"))[0], b"1 3", "after EXPUNGE")
    mail.ok(session.rename("Projects/2026", "Projects/Done"))
    mail.ok(session.select("Projects/Done"))
    mail.ok(session.close())
    status = mail.ok(session.status("INBOX", "(MESSAGES UIDNEXT UNSEEN)"))[0].decode()
    want(f"MESSAGES {count - 1}" in status and f"UIDNEXT {count + 1}" in status, status)
    mail.ok(session.delete("Projects/Done"))
    want("Projects/Done" not in folders(session), "the folder is still listed")
    session.logout()
