"""Messages for the cases, and sessions of Python's own mail clients."""

import imaplib
import os
import re
import smtplib
import ssl

from lib.client import Failure, want

LOOKS = 5  # at a folder that somebody changes meanwhile

SUBJECT = re.compile(rb"^Subject: (.*?)\r?$", re.M)
MAILDIR_FLAGS = {"S": "\\Seen", "F": "\\Flagged", "R": "\\Answered", "T": "\\Deleted",
                 "D": "\\Draft"}
SAMPLES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "samples")


def simple(sender, to, subject, body="Hello.\r\n", fields=""):
    """A message as bytes, its lines ended by CRLF."""
    return (f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\n"
            f"Date: Thu, 01 Jan 2026 12:00:00 +0000\r\nMessage-ID: <{subject}@e2e.example>\r\n"
            f"{fields}\r\n{body}").encode()


def samples():
    """[(name, bytes with CRLF)] of the small messages that the repository carries."""
    found = []
    for name in sorted(os.listdir(SAMPLES)):
        with open(os.path.join(SAMPLES, name), "rb") as f:
            found.append((name, f.read().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")))
    want(found, f"no samples in {SAMPLES}")
    return found


def trust(server):
    """A TLS context that believes the server's certificate and no other."""
    return ssl.create_default_context(cafile=server.ca)


def imap(server, address, port="imaps"):
    """A logged-in imaplib session."""
    if port == "imaps":
        session = imaplib.IMAP4_SSL("127.0.0.1", server.ports["imaps"], ssl_context=trust(server))
    else:
        session = imaplib.IMAP4("127.0.0.1", server.ports["imap"])
        session.starttls(trust(server))
    session.login(address, server.passwords[address])
    return session


def submission(server, address):
    """A logged-in smtplib session."""
    session = smtplib.SMTP("127.0.0.1", server.ports["submission"])
    session.starttls(context=trust(server))
    session.login(address, server.passwords[address])
    return session


def ok(answer):
    """The data of an imaplib answer that must be OK."""
    kind, data = answer
    want(kind == "OK", f"{kind} {data}")
    return data


def bodies(server, address, folder="INBOX"):
    """The bytes of all messages of a folder, by uid."""
    session = imap(server, address)
    count = int(ok(session.select(folder, readonly=True))[0])
    found = []
    if count:
        rows = ok(session.fetch("1:*", "(UID BODY.PEEK[])"))
        found = [row[1] for row in rows if isinstance(row, tuple)]
    session.logout()
    want(len(found) == count, f"{count} messages, {len(found)} bodies")
    return found


def subject(path):
    """The subject of a message that lies in a file."""
    with open(path, "rb") as f:
        return SUBJECT.search(f.read()).group(1).decode()


def flags_of_maildir(letters):
    """The flags that a Maildir's file name tells, as IMAP names them."""
    return {MAILDIR_FLAGS[x] for x in letters if x in MAILDIR_FLAGS}


def folder(session, name):
    """{subject: flags} of a folder. A failure when a subject is there twice. A client that empties
    the folder between our two commands makes us look again."""
    for _ in range(LOOKS):
        count = int(ok(session.select(f'"{name}"', readonly=True))[0])
        kind, rows = session.fetch("1:*", "(FLAGS BODY.PEEK[HEADER])") if count else ("OK", [])
        found = {}
        for start, header in (row for row in rows if isinstance(row, tuple)):
            flags = re.search(rb"FLAGS \(([^)]*)\)", start).group(1).decode().split()
            found[SUBJECT.search(header).group(1).decode()] = set(flags) - {"\\Recent"}
        if kind == "OK" and len(found) == count:
            return found
    raise Failure(f"{name}: {count} messages, but {sorted(found)}; {kind} {rows}")


def folders(session, names):
    """{name: folder()}; the names may have "." between the levels, as Maildirs have."""
    return {name: folder(session, name.replace(".", "/")) for name in names}
