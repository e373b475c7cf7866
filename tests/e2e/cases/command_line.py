"""S24, S25 (in part): the command line: help with examples, completion, exit statuses, JSON,
quotas; removed accounts and deleted messages that come back; the store checked and exported;
lock-outs ended, warnings of quotas, copies put back."""

import imaplib
import json
import os
import pwd
import re

from lib.client import tool, want, want_equal
from lib.load import imap

STATUS_USAGE, STATUS_NOT_FOUND, STATUS_EXISTS, STATUS_DENIED, STATUS_NOT_RUNNING = 2, 3, 4, 5, 7


def verbs(server):
    """The first words of each line of help: "account add"."""
    lines = server.cli("help").split("\n")
    return [line.split("  ")[1] for line in lines if line.startswith("  ") and line[2] != " "]


def help_and_completion(server):
    names = [" ".join(re.findall(r"^[a-z-]+(?: [a-z-]+)*", verb)) for verb in verbs(server)]
    want("account add" in names and "store check" in names, f"help lists {names}")
    for name in names:
        text = server.cli(*name.split(), "--help")
        want(name in text, f"help of {name}")
        want(name == "help" or "Example:" in text, f"help of {name} has no example")
    script = (f"source <('{server.program}' completion); COMP_WORDS=(postroad acc); COMP_CWORD=1; "
              "_postroad; echo ${COMPREPLY[@]}; COMP_WORDS=(postroad account re); COMP_CWORD=2; "
              "_postroad; echo ${COMPREPLY[@]}")
    completed = tool(["bash", "-c", script], env=server.environment).split("\n")
    want_equal(completed[0], "account", "completion of acc")
    want_equal(sorted(completed[1].split()), ["remove", "restore"], "completion of account re")


def exit_statuses(server):
    server.cli("frobnicate", status=STATUS_USAGE)
    server.cli("account", "add", status=STATUS_USAGE)
    server.cli("account", "show", server.jane, "--frobnicate", status=STATUS_USAGE)
    server.cli("account", "show", "nobody@e2e.example", status=STATUS_NOT_FOUND)
    server.cli("account", "add", server.jane, status=STATUS_EXISTS)
    server.cli("password", "check", server.jane, stdin="wrong\n", status=STATUS_DENIED)
    server.cli("password", "check", server.jane, stdin=server.passwords[server.jane] + "\n")
    server.cli("status", "--control", "/nonexistent", status=STATUS_NOT_RUNNING)
    said = server.cli("status", "--control", "/nonexistent", status=STATUS_NOT_RUNNING)
    want("postroad serve" in said, f"it does not say what to do: {said}")


def configuration(server):
    server.cli("config", "check", server.config)
    broken = os.path.join(server.folder, "broken.conf")
    with open(server.config, encoding="utf-8") as f:
        text = f.read()
    line = next(n for n, row in enumerate(text.split("\n"), 1) if "workers" in row)
    with open(broken, "w", encoding="utf-8") as f:
        f.write(text.replace("workers = 64", "workers = many"))
    said = server.cli("config", "check", broken, status=STATUS_USAGE)
    want(f"broken.conf:{line}:" in said, f"line {line} is not named: {said}")


def comes_back(server):
    """S24: an account; S9: a message."""
    server.put(server.luis, "INBOX", b"Subject: keep me\r\n\r\ntext\r\n")
    client = imap(server, server.luis)
    client.select("INBOX")
    client.store("1", "+FLAGS", r"(\Deleted)")
    client.expunge()
    client.logout()
    removed = server.ask("message", "removed", server.luis)
    want_equal(len(removed), 1, "recoverable messages")
    server.cli("message", "recover", server.luis, str(removed[0]["id"]))
    rows = server.ask("message", "list", server.luis, "INBOX")
    want_equal([row["subject"] for row in rows], ["keep me"], "messages afterwards")
    server.cli("account", "remove", server.luis)
    server.cli("account", "show", server.luis, status=STATUS_NOT_FOUND)
    server.cli("account", "restore", server.luis)
    rows = server.ask("message", "list", server.luis, "INBOX")
    want_equal([row["subject"] for row in rows], ["keep me"], "messages of the restored account")


def quota(server):
    """S1: a mailbox is moved to another size."""
    server.cli("account", "set", server.jane, "--quota-mb", "1500")
    want_equal(server.ask("account", "show", server.jane)["quota_bytes"], 1500 << 20, "the quota")


def store(server):
    found = server.ask("store", "check")
    want_equal(found["faults"], 0, "faults")
    want(found["items"] >= 1 and found["blobs"] >= 1, f"it looked at nothing: {found}")
    target = os.path.join(server.folder, "export")
    server.cli("store", "export", server.luis, target)
    inbox = os.path.join(target, server.luis, "folders", "INBOX")
    messages = [name for name in os.listdir(inbox) if name.endswith(".eml")]
    want_equal(len(messages), 1, "exported messages")
    with open(os.path.join(inbox, messages[0]), "rb") as f:
        want_equal(f.read(), b"Subject: keep me\r\n\r\ntext\r\n", "the exported message")
    with open(os.path.join(inbox, "items.jsonl"), encoding="utf-8") as f:
        want_equal(len([json.loads(line) for line in f]), 1, "lines of items.jsonl")
    audit = server.ask("audit", "list", "--limit", "100")
    want(any(entry["act"] == "account restore" for entry in audit), "the audit log knows nothing")
    want_equal(server.ask("audit", "verify")["entries_good"], audit[0]["number"], "the chain")


def warned(server):
    """S1: from 90 % on the owner is told, once."""
    server.cli("account", "set", server.luis, "--quota-mb", "1")
    server.put(server.luis, "INBOX", b"Subject: large\r\n\r\n" + b"x" * 960_000 + b"\r\n")
    for _ in range(2):
        server.cli("housekeeping", "run", "quotas")
    subjects = [row["subject"] for row in server.ask("message", "list", server.luis, "INBOX")]
    warnings = [subject for subject in subjects if subject.startswith("Your mailbox is 9")]
    want_equal(len(warnings), 1, f"warnings among {subjects}")
    want_equal(server.ask("message", "list", server.jane, "INBOX"), [], "messages of an empty one")
    server.cli("housekeeping", "run", "frobnicate", status=STATUS_USAGE)


def locked_out(server):
    """Ended before its time."""
    for attempt in range(60):
        try:
            imaplib.IMAP4("127.0.0.1", server.ports["imap"]).login(server.luis, f"wrong {attempt}")
        except imaplib.IMAP4.error:
            pass
        if server.ask("lockout", "show", server.luis)["locked_until"] != "-":
            break
    want(server.ask("lockout", "show", server.luis)["failures"] > 0, "nothing was counted")
    want(server.ask("lockout", "show", server.luis)["locked_until"] != "-", "it never locked")
    server.cli("lockout", "clear", server.luis)
    server.cli("lockout", "clear", "127.0.0.1")
    want_equal(server.ask("lockout", "show", server.luis)["locked_until"], "-", "the lock-out")
    imap(server, server.luis).logout()
    metadata(server)


def metadata(server):
    """What IMAP clients are told of the server, and what they keep with a mailbox."""
    server.cli("metadata", "set", "/Admin", "mailto:postmaster@example.com")
    client = imap(server, server.luis)
    client.xatom("GETMETADATA", '""', "/shared/admin")
    want(b"mailto:postmaster" in client.untagged_responses["METADATA"][0], "the server's entry")
    client.xatom("SETMETADATA", "INBOX", '(/private/comment "abc")')
    client.logout()
    row = server.ask("metadata", "list", server.luis)[0]
    want_equal((row["of"], row["name"], row["bytes"]), ("INBOX", "/comment", 3), "an entry")
    want("value" not in row, "what people write is theirs")
    server.cli("account", "set", server.luis, "--annotations-mb", "1")
    want_equal(server.ask("account", "show", server.luis)["annotation_bytes"], 11, "their sum")
    want_equal(server.ask("metadata", "list")[0]["value"], "mailto:postmaster@example.com", "text")
    server.cli("metadata", "remove", "/admin")
    want_equal(server.ask("metadata", "list"), [], "the server's entries")


def restored(server):
    """After a copy was put back, clients must not mix up what they saw since."""
    client = imap(server, server.luis)
    client.select("INBOX")
    validity = client.untagged_responses["UIDVALIDITY"][0]
    report = server.ask("store", "restored")
    want(report["accounts"] >= 2 and report["folders_renumbered"] >= 20, f"it did {report}")
    try:
        client.noop()
        client.noop()
        want(False, "the open session was not ended")
    except imaplib.IMAP4.abort:
        pass
    client = imap(server, server.luis)
    client.select("INBOX")
    want(int(client.untagged_responses["UIDVALIDITY"][0]) > int(validity), "the same UIDVALIDITY")
    client.logout()
    want_equal(server.ask("store", "check")["faults"], 0, "faults afterwards")


def who_did_it(server):
    """The user behind the socket is in the audit log."""
    actor = server.ask("audit", "list", "--limit", "1")[0]["actor"]
    want_equal(actor, f"console:{pwd.getpwuid(os.getuid()).pw_name}", "the actor")
    want_equal(server.ask("task", "list"), [], "tasks under way")


def run(server):
    help_and_completion(server)
    exit_statuses(server)
    configuration(server)
    comes_back(server)
    quota(server)
    store(server)
    warned(server)
    locked_out(server)
    restored(server)
    who_did_it(server)
