"""OfflineIMAP both ways: mail, flags and folders end alike in a Maildir and on the server."""

import os

from lib import mail
from lib.client import tool, want, want_equal

SETTINGS = {"delay_ms": "0"}

CONFIG = """
[general]
accounts = jane
metadata = {home}/metadata
ui = quiet
maxsyncaccounts = 1

[Account jane]
localrepository = here
remoterepository = there

[Repository here]
type = Maildir
localfolders = {maildir}
sync_deletes = yes

[Repository there]
type = IMAP
remotehost = localhost
remoteport = {port}
remoteuser = {user}
remotepass = {password}
ssl = yes
sslcacertfile = {ca}
ipv6 = no
idlefolders = []
subscribedonly = no
"""


def letter(server, subject):
    return mail.simple(server.luis, server.jane, subject, f"The text of {subject}.\r\n")


def write(maildir, folder, name, flags, message):
    for part in ("cur", "new", "tmp"):
        os.makedirs(os.path.join(maildir, folder, part), exist_ok=True)
    path = os.path.join(maildir, folder, "cur", f"{name}.host:2,{flags}")
    with open(path, "wb") as f:
        f.write(message.replace(b"\r\n", b"\n"))


def path_of(maildir, folder, subject):
    found = [path for path, name, _ in files(maildir, folder) if name == subject]
    want_equal(len(found), 1, f"{subject} in {folder}")
    return found[0]


def files(maildir, folder):
    """(path, subject, letters of flags) of each message."""
    for part in ("cur", "new"):
        here = os.path.join(maildir, folder, part)
        for name in sorted(os.listdir(here)):
            path = os.path.join(here, name)
            yield path, mail.subject(path), name.partition(":2,")[2]


def local(maildir):
    """{folder: {subject: flags}}"""
    found = {}
    for folder in sorted(os.listdir(maildir)):
        rows = list(files(maildir, folder))
        found[folder] = {subject: mail.flags_of_maildir(letters) for _, subject, letters in rows}
        want_equal(len(found[folder]), len(rows), f"{folder}: subjects")
    return found


def mark(path, letters):
    """Sets a Maildir message's flags."""
    base = os.path.basename(path).partition(":2,")[0]
    folder = os.path.dirname(os.path.dirname(path))
    os.rename(path, os.path.join(folder, "cur", f"{base}:2,{letters}"))


def first_sync(server, session, maildir, sync):
    """What was at one side alone is at both: messages, their bytes, flags, folders."""
    for n in range(5):
        server.put(server.jane, "INBOX", letter(server, f"s{n}"))
    mail.ok(session.create("Work"))
    mail.ok(session.create("Work/Bridges"))
    mail.ok(session.append("Work/Bridges", "(\\Seen \\Flagged)", None, letter(server, "b0")))
    sync()
    here = local(maildir)
    want_equal(mail.folders(session, list(here)), here, "after the first run")
    want_equal(sorted(here["INBOX"]), [f"s{n}" for n in range(5)], "INBOX")
    want_equal(here["Work.Bridges"], {"b0": {"\\Seen", "\\Flagged"}}, "a folder in a folder")
    with open(path_of(maildir, "INBOX", "s3"), "rb") as f:
        want(f.read().endswith(b"The text of s3.\n"), "the text of s3")


def change_both(server, session, maildir):
    """Flags, deletions, a move, new mail and new folders, at both sides between two runs."""
    mail.ok(session.select("INBOX"))
    mail.ok(session.uid("STORE", "1", "+FLAGS", "(\\Flagged)"))
    mail.ok(session.uid("STORE", "2", "+FLAGS", "(\\Deleted)"))
    mail.ok(session.expunge())
    mail.ok(session.uid("MOVE", "3", "Work"))
    server.put(server.jane, "INBOX", letter(server, "arrived"))
    mark(path_of(maildir, "INBOX", "s3"), "RS")
    os.remove(path_of(maildir, "INBOX", "s4"))
    write(maildir, "Sent", "sent", "S", letter(server, "sent"))
    write(maildir, "Local", "mine", "F", letter(server, "mine"))


def run(server):
    session = mail.imap(server, server.jane)
    maildir = os.path.join(server.folder, "Mail")
    config = os.path.join(server.folder, "offlineimaprc")
    with open(config, "w", encoding="utf-8") as f:
        f.write(CONFIG.format(home=server.folder, maildir=maildir, port=server.ports["imaps"],
                              user=server.jane, password=server.passwords[server.jane],
                              ca=server.ca))

    def sync():
        tool(["offlineimap", "-o", "-c", config], seconds=120,
             env={**os.environ, "HOME": server.folder})

    first_sync(server, session, maildir, sync)
    change_both(server, session, maildir)
    sync()
    here = local(maildir)
    want_equal(mail.folders(session, list(here)), here, "after changes at both sides")
    want_equal(here["INBOX"], {"s0": {"\\Flagged"}, "s3": {"\\Seen", "\\Answered"},
                               "arrived": set()}, "INBOX")
    want_equal(sorted(here["Work"]), ["s2"], "what was moved on the server")
    want_equal(here["Sent"], {"sent": {"\\Seen"}}, "what was put into Sent")
    want_equal(here["Local"], {"mine": {"\\Flagged"}}, "a folder made in the Maildir")
    sync()
    want_equal(local(maildir), here, "nothing changed")
    session.logout()
