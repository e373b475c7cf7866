"""S5: SEARCH, SORT and THREAD of a mailbox made at random agree with a model written in Python from
RFC 5256, and, of real list mail too, with Dovecot where it is installed."""

import email.utils
import imaplib
import io
import os
import pathlib
import random
import re
import shutil
import subprocess
import tarfile
import tempfile

from lib import mail
from lib.client import Skip, corpora, want_equal

SETTINGS = {"delay_ms": "0"}
SEED, COUNT, REAL_MAX = 5256, 160, 320
PEER = "/usr/lib/dovecot/imap"
SORTS = ["(DATE)", "(REVERSE DATE)", "(ARRIVAL)", "(SIZE)", "(SUBJECT)", "(SUBJECT REVERSE DATE)",
         "(FROM SUBJECT)", "(TO DATE)", "(CC DATE)", "(DISPLAYFROM DATE)", "(DISPLAYTO DATE)"]
THREADS = ["REFERENCES", "ORDEREDSUBJECT", "REFS"]
SEARCHES = ["FROM ann", "FROM example", "TO team", "CC bert", "SUBJECT plan", "SUBJECT re",
            "SENTSINCE 5-Jan-2025", "SENTBEFORE 5-Jan-2025", "SENTON 5-Jan-2025",
            "LARGER 320 SMALLER 380", "OR FROM ann SUBJECT note", "NOT FROM ann",
            "HEADER Message-ID 1", "SINCE 10-Jan-2025", "BEFORE 10-Jan-2025", "ON 10-Jan-2025"]


class Made:
    """A message made at random, and what is known of it."""

    def __init__(self, rng, number, earlier):
        self.number = number
        self.name = rng.choice(["Ann", "Bert", "", "zoe", "Dora"])
        self.user = rng.choice(["ann", "Bob", "carl", "dora"])
        self.to = rng.choice(["team", "Alpha", "beta"])
        self.cc = rng.choice(["", "bert", "Cleo"])
        self.sent = rng.choice([None] + [1735689600 + rng.randrange(14 * 86400) for _ in range(9)])
        self.received = 1735689600 + rng.randrange(20 * 86400)
        self.base = rng.choice(["plan", "note", "Report", "budget", ""])
        before = rng.choice(["", "", "Re: ", "Fwd: ", "[list] ", "re: [list] Re: "])
        after = rng.choice(["", "", "", " (fwd)"])
        self.reply = bool(re.match("(?i)re|fwd", before)) or bool(after)
        self.subject = before + self.base + after
        if before == "[list] " and not self.base:
            self.base = "[list]"  # a blob is taken off only when something is left
        self.id = rng.choice([f"<{number}@x>"] * 9 + [None])
        if earlier and rng.random() < 0.05:
            self.id = rng.choice(earlier).id
        known = [m.id for m in earlier if m.id] + [f"<lost{i}@x>" for i in range(5)]
        known += [f"<{number + i}@x>" for i in range(1, 4)]
        self.references = [rng.choice(known) for _ in range(rng.choice([0, 0, 1, 1, 2, 3]))]
        self.in_reply_to = rng.choice([None, rng.choice(known)])
        self.text = "x" * rng.randrange(150)

    def bytes(self):
        rows = [f"From: {self.name} <{self.user}@{self.number % 7}.example>",
                f"To: {self.to}@example.com", f"Subject: {self.subject}"]
        rows += [f"Cc: {self.cc}@example.com"] if self.cc else []
        if self.sent is not None:
            rows += ["Date: " + email.utils.formatdate(self.sent)]
        rows += [f"Message-ID: {self.id}"] if self.id else []
        rows += ["References: " + " ".join(self.references)] if self.references else []
        rows += [f"In-Reply-To: {self.in_reply_to}"] if self.in_reply_to else []
        return ("\r\n".join(rows) + "\r\n\r\n" + self.text + "\r\n").encode()

    def date(self):
        return self.received if self.sent is None else self.sent


KEYS = {"DATE": Made.date, "ARRIVAL": lambda m: m.received, "SIZE": lambda m: len(m.bytes()),
        "SUBJECT": lambda m: m.base.upper(), "FROM": lambda m: m.user.upper(),
        "TO": lambda m: m.to.upper(), "CC": lambda m: m.cc.upper(),
        "DISPLAYFROM": lambda m: (m.name or f"{m.user}@{m.number % 7}.example").upper(),
        "DISPLAYTO": lambda m: f"{m.to}@example.com".upper()}


def model_sort(messages, criteria):
    order = list(messages)
    words = criteria.strip("()").split()
    for at in range(len(words) - 1, -1, -1):
        if words[at] != "REVERSE":
            order.sort(key=KEYS[words[at]], reverse=at > 0 and words[at - 1] == "REVERSE")
    return [m.number for m in order]


class Node:
    def __init__(self, message=None):
        self.message, self.parent, self.children = message, None, []

    def hang(self, parent):
        if self.parent:
            self.parent.children.remove(self)
        self.parent = parent
        if parent:
            parent.children.append(self)

    def above(self, other):
        while other and other is not self:
            other = other.parent
        return other is self

    def key(self):
        if self.message:
            return (self.message.date(), self.message.number)
        return min(c.key() for c in self.children)

    def speaker(self):
        return self.message or min(self.children, key=Node.key).message


def pruned(node):
    """Steps 2 and 3: the nodes that stand for this one and what is below it."""
    below = [x for c in node.children for x in pruned(c)]
    node.children = below
    if node.message:
        return [node]
    return below


def model_references(messages, subjects):
    nodes, mine = {}, []
    for m in messages:
        node = nodes.get(m.id) if m.id else None
        if node is None or node.message:
            node = Node()
            if m.id and m.id not in nodes:
                nodes[m.id] = node
        node.message = m
        mine.append(node)
        before = None
        for ref in m.references or [r for r in [m.in_reply_to] if r]:
            here = nodes.setdefault(ref, Node())
            if before and not here.parent and not here.above(before):
                here.hang(before)
            before = here
        if not (before and node.above(before)):
            node.hang(before)
    roots = []
    for top in {id(n): n for n in list(nodes.values()) + mine if not n.parent}.values():
        kept = pruned(top)
        if len(kept) > 1:
            top.children = kept
            kept = [top]
        roots += kept
    roots.sort(key=Node.key)
    return model_subjects(roots) if subjects else roots


def model_subjects(roots):
    table = {}
    for root in roots:
        who = root.speaker()
        old = table.get(who.base.upper())
        if who.base and (old is None or (old.message and (not root.message or (
                old.message.reply and not root.message.reply)))):
            table[who.base.upper()] = root
    out = list(roots)
    for root in roots:
        subject = root.speaker().base.upper()
        old = table.get(subject)
        if not subject or old is root:
            continue
        if not old.message:
            old.children += root.children if not root.message else [root]
        elif root.message.reply and not old.message.reply:
            old.children.append(root)
        else:
            table[subject] = both = Node()
            both.children = [old, root]
            out.remove(old)
            out.append(both)
        out.remove(root)
    return sorted(out, key=Node.key)


def shown(node):
    children = [shown(c) for c in sorted(node.children, key=Node.key)]
    return (node.message.number if node.message else None, tuple(children))


def model_thread(messages, how):
    if how != "ORDEREDSUBJECT":
        roots = [shown(r) for r in model_references(messages, how == "REFERENCES")]
        if how == "REFERENCES":
            return roots
        sent = {m.number: (m.date(), m.number) for m in messages}

        def latest(tree):
            own = [sent[tree[0]]] if tree[0] else []
            return max(own + [latest(c) for c in tree[1]])
        return sorted(roots, key=latest)
    groups = {}
    for m in sorted(messages, key=lambda m: (m.date(), m.number)):
        groups.setdefault(m.base.upper(), []).append(m)
    return [(g[0].number, tuple((m.number, ()) for m in g[1:])) for g in groups.values()]


def parsed(text):
    """"(2)(3 6 (4 23)(44 7 96))" as trees."""
    at = 0

    def thread():
        nonlocal at
        numbers, children = [], []
        at += 1
        while text[at] != ")":
            if text[at] == "(":
                children.append(thread())
            elif text[at] == " ":
                at += 1
            else:
                digits = re.match("[0-9]+", text[at:]).group()
                numbers.append(int(digits))
                at += len(digits)
        at += 1
        tree = (numbers.pop() if numbers else None, tuple(children))
        while numbers:
            tree = (numbers.pop(), (tree,))
        return tree

    out = []
    while at < len(text):
        out.append(thread())
    return out


def fill(session, folder, messages):
    if folder != "INBOX":
        mail.ok(session.create(folder))
    for received, text in messages:
        when = email.utils.formatdate(received)[5:-6].strip().replace(" ", "-", 2)
        mail.ok(session.append(folder, None, f'"{when} +0000"', text))
    mail.ok(session.select(folder))


def answer(session, command, *arguments):
    rows = mail.ok(getattr(session, command)(*arguments))
    return (rows[0] or b"").decode() if rows else ""


def asked(session):
    """All that is asked, by question."""
    out = {}
    for criteria in SORTS:
        out["SORT " + criteria] = answer(session, "sort", criteria, "UTF-8", "ALL").split()
    for how in THREADS:
        out["THREAD " + how] = parsed(answer(session, "thread", how, "UTF-8", "ALL"))
    for keys in SEARCHES:
        out["SEARCH " + keys] = answer(session, "search", None, keys).split()
    return out


def judge_model(messages, got):
    for criteria in SORTS:
        want_equal([int(n) for n in got["SORT " + criteria]], model_sort(messages, criteria),
                   f"SORT {criteria}")
    for how in THREADS:
        want_equal(got["THREAD " + how], model_thread(messages, how), f"THREAD {how}")
    for keys, holds in {"FROM ann": lambda m: "ann" in (m.name + m.user).lower(),
                        "TO team": lambda m: m.to == "team",
                        "SUBJECT plan": lambda m: "plan" in m.subject,
                        "LARGER 320 SMALLER 380": lambda m: 320 < len(m.bytes()) < 380}.items():
        want_equal([int(n) for n in got["SEARCH " + keys]],
                   [m.number for m in messages if holds(m)], f"SEARCH {keys}")


# Messages of which Dovecot makes something else, and why; they are left out.
ODD = [
    (rb"(?im)^date: .* [ap]m ", "a Date with AM or PM is none there, and so INTERNALDATE"),
    (rb'(?im)^from: " ', "a name in quotes keeps its first blank there"),
    (rb"(?im)^subject:.* \r?\n[ \t]", "blanks at a fold stay two there; RFC 5256 2.1 makes one"),
]


def is_odd(text):
    return any(re.search(expression, text.split(b"\n\n")[0]) for expression, _ in ODD)


def real_mail():
    try:
        path = corpora("mail-formats/notmuch.tar.zst")
    except Skip as why:
        print(f"SKIP real mail: {why}")
        return []
    plain = subprocess.run(["zstd", "-dc", "--long=27", path], check=True, capture_output=True)
    with tarfile.open(fileobj=io.BytesIO(plain.stdout)) as tar:
        files = sorted((t for t in tar if t.isfile()), key=lambda t: t.name)[:REAL_MAX]
        texts = [tar.extractfile(t).read() for t in files]
    lines = [re.sub(rb"\r?\n", b"\r\n", t) for t in texts
             if b"\0" not in t and not is_odd(t)]
    return [(1735689600 + n * 60, text) for n, text in enumerate(lines)]


class Peer:
    """Dovecot's imap by itself, on a folder of its own."""

    def __init__(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="judge-"))
        conf = self.home / "dovecot.conf"
        conf.write_text(f"mail_location = maildir:{self.home}/mail\nlog_path = {self.home}/log\n"
                        "mail_uid = 65534\nmail_gid = 65534\nssl = no\nfirst_valid_uid = 0\n")
        os.chmod(self.home, 0o777)
        self.session = imaplib.IMAP4_stream(
            f"HOME={self.home} USER=nobody exec {PEER} -c {conf} 2>{self.home}/err")

    def close(self):
        self.session.logout()
        shutil.rmtree(self.home, ignore_errors=True)


def compare(name, ours, theirs, explained):
    for question, wanted in theirs.items():
        if ours[question] != wanted and question in explained:
            print(f"{name}: {question}: {explained[question]}")
        elif ours[question] != wanted:
            want_equal(ours[question], wanted, f"{name}: {question} by Dovecot")


def run(server):
    rng = random.Random(SEED)
    messages = []
    for number in range(1, COUNT + 1):
        messages.append(Made(rng, number, messages))
    made = [(m.received, m.bytes()) for m in messages]
    real = real_mail()
    session = mail.imap(server, server.jane, "imap")
    fill(session, "made", made)
    got = asked(session)
    judge_model(messages, got)
    if real:
        fill(session, "real", real)
        got_real = asked(session)
    if not os.path.exists(PEER) or os.getuid() != 0:
        print("SKIP Dovecot: dovecot-imapd is not installed, or this is not root")
        return
    peer = Peer()
    try:
        fill(peer.session, "made", made)
        compare("made", got, asked(peer.session), EXPLAINED)
        if real:
            fill(peer.session, "real", real)
            compare("real", got_real, asked(peer.session), EXPLAINED)
    finally:
        peer.close()


# Where Dovecot answers otherwise, and why.
EXPLAINED = {
    "SEARCH SENTBEFORE 5-Jan-2025": "a message without Date is of 1970 there; here it has no date",
}
