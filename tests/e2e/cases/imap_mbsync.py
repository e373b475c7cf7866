"""S2: mbsync takes a corpus up and another one brings it down again, byte for byte, flags too."""

import os
import re

from lib import mail
from lib.client import Skip, corpora, tool, want, want_equal

SETTINGS = {"delay_ms": "0"}
CORPUS_MESSAGES = 400
TUID = re.compile(rb"^X-TUID: .{12}\n", re.M)  # mbsync's own mark in what it copies

STORE = """
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

Channel all
Far :remote:
Near :local:
Patterns INBOX
Create Both
Sync All
SyncState *
"""


def mbsync(server, address, maildir):
    """One run of mbsync between a Maildir and the mailbox."""
    config = maildir + ".rc"
    with open(config, "w", encoding="utf-8") as f:
        f.write(STORE.format(port=server.ports["imaps"], user=address, ca=server.ca,
                             password=server.passwords[address], maildir=maildir))
    return tool(["mbsync", "-c", config, "-a"], seconds=240,
                env={**os.environ, "HOME": server.folder})


def maildir_of(server, name):
    path = os.path.join(server.folder, name)
    for part in ("cur", "new", "tmp"):
        os.makedirs(os.path.join(path, "INBOX", part))
    return path


def messages_in(maildir):
    """[(flags, bytes)], sorted."""
    found = []
    for part in ("cur", "new"):
        folder = os.path.join(maildir, "INBOX", part)
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), "rb") as f:
                found.append((name.partition(":2,")[2], TUID.sub(b"", f.read(), count=2)))
    return sorted(found)


def corpus(server):
    """Messages with LF line ends: our samples, and of the corpora what is there."""
    texts = [text.replace(b"\r\n", b"\n") for _, text in mail.samples()]
    try:
        archive = corpora("mail-formats/notmuch.tar.zst")
    except Skip as skip:
        print(skip)
        return texts
    folder = os.path.join(server.folder, "corpus")
    os.mkdir(folder)
    tool(["tar", "-I", "zstd -d --long=27", "-xf", archive, "-C", folder])
    for root, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            with open(os.path.join(root, name), "rb") as f:
                text = f.read().replace(b"\r\n", b"\n")
            # A lone CR or NUL cannot go through IMAP as it is.
            if text and b"\r" not in text and b"\0" not in text:
                texts.append(text)
    return texts[:CORPUS_MESSAGES]


def run(server):
    up, down = maildir_of(server, "up"), maildir_of(server, "down")
    texts = corpus(server)
    for i, text in enumerate(texts):
        flags = ["", "S", "FS", "RS"][i % 4]
        with open(os.path.join(up, "INBOX/cur", f"{i}.e2e:2,{flags}"), "wb") as f:
            f.write(text)
    mbsync(server, server.jane, up)
    mbsync(server, server.jane, down)
    sent, got = messages_in(up), messages_in(down)
    want_equal(len(got), len(texts), "messages")
    for (flags, text), (flags_back, text_back) in zip(sent, got):
        want_equal(flags_back, flags, "flags")
        at = len(os.path.commonprefix([text, text_back]))
        want(text_back == text, f"changed at {at}\n  sent {text[max(0, at - 60):at + 60]!r}\n"
                                f"  got  {text_back[max(0, at - 60):at + 60]!r}")

    # A flag set here and a message removed there meet in the middle.
    cur = os.path.join(up, "INBOX/cur")
    first, second = sorted(os.listdir(cur))[:2]
    os.rename(os.path.join(cur, first), os.path.join(cur, first.partition(":2,")[0] + ":2,FRS"))
    os.remove(os.path.join(cur, second))
    mbsync(server, server.jane, up)
    mbsync(server, server.jane, down)
    want_equal([f for f, _ in messages_in(down)].count("FRS"), 1, "flags changed")
    remote = mail.imap(server, server.jane)
    deleted = mail.ok(remote.select("INBOX")) and mail.ok(remote.search(None, "DELETED"))
    want_equal(len(deleted[0].split()), 1, "marked as deleted")
    remote.logout()
