"""S2: two people with imaplib share a folder, a mailbox and public folders; each reads alone."""

from lib import mail
from lib.client import want, want_equal

SETTINGS = {"delay_ms": "0"}


def names(session, pattern):
    rows = mail.ok(session.list('""', f'"{pattern}"'))
    return {row.decode().split('"/" ')[1].strip('"') for row in rows if row}


def unseen(session, name):
    row = mail.ok(session.status(f'"{name}"', "(UNSEEN)"))[0].decode()
    return int(row.rsplit(" ", 1)[1].strip(")"))


def share_a_folder(server, jane, luis):
    mine, theirs = "Projects", f"Other Users/{server.jane}/Projects"
    mail.ok(jane.create(mine))
    mail.ok(jane.append(mine, None, None, mail.simple(server.luis, server.jane, "plan")))
    want_equal(names(luis, "Other Users/*"), set(), "before anything is granted")
    mail.ok(jane.setacl(mine, server.luis, "lrsi"))
    want_equal(names(luis, "Other Users/*"), {theirs}, "granted")
    mail.ok(luis.select(f'"{theirs}"'))
    row = mail.ok(luis.fetch("1", "(BODY[])"))[0]
    want(b"Subject: plan" in row[1], row)
    want_equal(unseen(luis, theirs), 0, "luis has read it")
    want_equal(unseen(jane, mine), 1, "jane has not")
    want_equal(luis.store("1", "+FLAGS", "(\\Deleted)")[0], "NO", "without the right")
    mail.ok(luis.copy("1", "Archive"))
    mail.ok(luis.append(f'"{theirs}"', None, None, mail.simple(server.luis, server.jane, "two")))
    mail.ok(jane.select(mine))
    want_equal(len(mail.ok(jane.search(None, "ALL"))[0].split()), 2, "what luis laid into it")
    mail.ok(luis.select("INBOX"))
    mail.ok(jane.deleteacl(mine, server.luis))
    want_equal(names(luis, "Other Users/*"), set(), "taken back")


def run(server):
    domain = server.jane.split("@")[1]
    box, board = f"help@{domain}", f"board@{domain}"
    server.add_account(box, None, "--kind", "shared")
    server.add_account(board, None, "--kind", "public")
    server.cli("folder", "add", board, "News")
    server.cli("rights", "set", board, "News", "anyone", "lrs")
    server.cli("rights", "set", box, "/", server.luis, "lrswipkxte", "--all")
    jane, luis = mail.imap(server, server.jane), mail.imap(server, server.luis)
    share_a_folder(server, jane, mail.imap(server, server.luis))

    shared, news = f"Shared/{box}/INBOX", f"Public/{board}/News"
    want_equal(names(jane, "Shared/*"), set(), "jane has no part in it")
    want(shared in names(luis, "Shared/*"), "the shared mailbox")
    server.put(box, "INBOX", mail.simple(server.jane, box, "question"))
    server.put(board, "News", mail.simple(server.jane, board, "news"))
    want_equal(int(mail.ok(luis.select(f'"{shared}"'))[0]), 1, "in the shared mailbox")
    mail.ok(luis.uid("MOVE", "1", "INBOX"))
    want_equal(unseen(luis, "INBOX"), 1, "moved into one's own")
    want_equal(unseen(luis, news), 1, "public, not read")
    mail.ok(luis.select(f'"{news}"'))
    mail.ok(luis.store("1", "+FLAGS", "(\\Seen)"))
    want_equal(unseen(luis, news), 0, "public, read")
    want_equal(unseen(jane, news), 1, "public, not read by the other")
    want_equal(jane.append(f'"{news}"', None, None, b"Subject: x\r\n\r\n")[0], "NO", "no right")
    faults = server.ask("store", "check")["faults"]
    want_equal(faults, 0, "store check")
