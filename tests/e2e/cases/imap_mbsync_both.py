"""mbsync both ways: what changed at either side, folders too, ends in the same at both."""

import os

from lib import mail
from lib.client import tool, want, want_equal

SETTINGS = {"delay_ms": "0"}

CONFIG = """
IMAPAccount server
Host localhost
Port {port}
User {user}
Pass "{password}"
SSLType IMAPS
CertificateFile {ca}
Timeout 120

IMAPStore remote
Account server

MaildirStore local
Path {maildir}/
Inbox {maildir}/INBOX
SubFolders Verbatim

Channel all
Far :remote:
Near :local:
Patterns INBOX Work Local Server
Create Both
Expunge Both
Sync All
SyncState *
"""


def message(subject):
    return f"Subject: {subject}\nFrom: a@example.com\n\nThe text of {subject}.\n".encode()


def write(maildir, folder, subject, flags=""):
    for part in ("cur", "new", "tmp"):
        os.makedirs(os.path.join(maildir, folder, part), exist_ok=True)
    with open(os.path.join(maildir, folder, "cur", f"{subject}.host:2,{flags}"), "wb") as f:
        f.write(message(subject))


def local(maildir):
    """{folder: {subject: flags}}"""
    found = {}
    for folder in sorted(os.listdir(maildir)):
        found[folder] = {}
        for part in ("cur", "new"):
            for name in os.listdir(os.path.join(maildir, folder, part)):
                subject = mail.subject(os.path.join(maildir, folder, part, name))
                want(subject not in found[folder], f"{folder}: {subject} is there twice")
                found[folder][subject] = mail.flags_of_maildir(name.partition(":2,")[2])
    return found


def path_of(maildir, folder, subject):
    for part in ("cur", "new"):
        for name in os.listdir(os.path.join(maildir, folder, part)):
            path = os.path.join(maildir, folder, part, name)
            if mail.subject(path) == subject:
                return path
    raise AssertionError(f"{folder} has no {subject}")


def run(server):
    session = mail.imap(server, server.jane)
    maildir = os.path.join(server.folder, "both")
    config = maildir + ".rc"
    with open(config, "w", encoding="utf-8") as f:
        f.write(CONFIG.format(port=server.ports["imaps"], user=server.jane, ca=server.ca,
                              password=server.passwords[server.jane], maildir=maildir))

    def sync():
        tool(["mbsync", "-c", config, "-a"], seconds=120,
             env={**os.environ, "HOME": server.folder})

    def same(what):
        here = local(maildir)
        want_equal(mail.folders(session, sorted(here)), here, what)
        return here

    for i in range(6):
        mail.ok(session.append("INBOX", None, None, message(f"s{i}").replace(b"\n", b"\r\n")))
    mail.ok(session.create("Work"))
    mail.ok(session.append("Work", "(\\Seen)", None, message("w0").replace(b"\n", b"\r\n")))
    write(maildir, "INBOX", "l0")
    write(maildir, "INBOX", "l1", "FS")
    sync()
    want_equal(len(same("after the first run")["INBOX"]), 8, "messages")

    # At both sides at once: flags, deletions, new messages, new folders.
    mail.ok(session.select("INBOX"))
    mail.ok(session.uid("STORE", "1", "+FLAGS.SILENT", "(\\Flagged)"))
    mail.ok(session.uid("STORE", "2", "+FLAGS.SILENT", "(\\Deleted)"))
    mail.ok(session.expunge())
    mail.ok(session.append("INBOX", None, None, message("s6").replace(b"\n", b"\r\n")))
    mail.ok(session.create("Server"))
    mail.ok(session.append("Server", None, None, message("x0").replace(b"\n", b"\r\n")))
    os.remove(path_of(maildir, "INBOX", "s3"))
    seen = path_of(maildir, "INBOX", "s4")
    kept = os.path.basename(seen).partition(":2,")[0] + ":2,RS"
    os.rename(seen, os.path.join(maildir, "INBOX", "cur", kept))
    write(maildir, "INBOX", "l2", "S")
    write(maildir, "Local", "y0")
    for _ in range(2):  # mbsync spreads a deletion in one run, and tidies up in the next
        sync()
    at_end = same("after changes at both sides")
    want_equal(sorted(at_end), ["INBOX", "Local", "Server", "Work"], "folders")
    want_equal(sorted(at_end["INBOX"]), ["l0", "l1", "l2", "s0", "s2", "s4", "s5", "s6"], "INBOX")
    want_equal(at_end["INBOX"]["s0"], {"\\Flagged"}, "a flag set on the server")
    want_equal(at_end["INBOX"]["s4"], {"\\Seen", "\\Answered"}, "flags set in the Maildir")
    before = at_end
    sync()
    want_equal(same("when nothing happened"), before, "nothing changed")
    session.logout()
