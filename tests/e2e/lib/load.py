"""For tests of faults: senders that note what was acknowledged, and a count of what is there."""

import collections
import imaplib
import random
import smtplib
import threading
import time

from lib.client import Failure, want_equal

ANSWER_SECONDS = 120


class Senders:
    """Threads that deliver messages of their own numbers until stopped. acknowledged: ids that were
    answered with 250 or OK; attempted: all of them."""

    def __init__(self, server, recipient, threads=6, size=2000):
        self.server, self.recipient, self.size = server, recipient, size
        self.acknowledged, self.attempted = set(), set()
        self.refused = collections.Counter()
        self.lock, self.stopping = threading.Lock(), threading.Event()
        self.threads = [threading.Thread(target=self.send_by_smtp if n % 3 else self.append_by_imap,
                                         args=(n,)) for n in range(threads)]
        for thread in self.threads:
            thread.start()

    def message(self, number, count):
        name = f"{number}.{count}@faults.example"
        body = random.Random(name).randbytes(self.size // 2).hex()
        lines = "\r\n".join(body[i:i + 76] for i in range(0, len(body), 76))
        with self.lock:
            self.attempted.add(name)
        text = (f"From: sender@outside.example\r\nTo: {self.recipient}\r\nSubject: {count}\r\n"
                f"Message-ID: <{name}>\r\n\r\n{lines}\r\n")
        return name, text.encode()

    def acknowledge(self, name):
        with self.lock:
            self.acknowledged.add(name)

    def refuse(self, why):
        with self.lock:
            self.refused[why] += 1

    def send_by_smtp(self, number):
        count, client = 0, None
        while not self.stopping.is_set():
            count += 1
            name, text = self.message(number, count)
            try:
                if not client:
                    client = smtplib.SMTP("127.0.0.1", self.server.ports["mx"],
                                          timeout=ANSWER_SECONDS)
                client.sendmail("sender@outside.example", [self.recipient], text)
                self.acknowledge(name)
            except smtplib.SMTPResponseException as error:
                self.refuse(error.smtp_code)
            except smtplib.SMTPRecipientsRefused as error:
                self.refuse(next(iter(error.recipients.values()))[0])
            except (OSError, smtplib.SMTPException):
                client = None  # the server went away; this one's fate is unknown

    def append_by_imap(self, number):
        count, client = 0, None
        while not self.stopping.is_set():
            count += 1
            name, text = self.message(number, count)
            try:
                if not client:
                    client = imap(self.server, self.recipient)
                kind, _ = client.append("INBOX", None, None, text)
                if kind == "OK":
                    self.acknowledge(name)
                else:
                    self.refuse(kind)
            except (OSError, imaplib.IMAP4.error):
                client = None

    def wait_acknowledged(self, count, seconds=120):
        """Until so many more were acknowledged: the load goes on."""
        goal, end = len(self.acknowledged) + count, time.monotonic() + seconds
        while len(self.acknowledged) < goal:
            if time.monotonic() > end:
                raise Failure(f"{len(self.acknowledged)} acknowledged, wanted {goal}; refused: "
                              f"{dict(self.refused)}")
            self.stopping.wait(0.01)

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()


class Relayed(Senders):
    """All of them by SMTP: for a recipient elsewhere."""

    def append_by_imap(self, number):
        self.send_by_smtp(number)


def imap(server, who):
    client = imaplib.IMAP4("127.0.0.1", server.ports["imap"], timeout=ANSWER_SECONDS)
    client.login(who, server.passwords[who])
    return client


def found(server, who):
    """How often each Message-ID stands in the INBOX."""
    client = imap(server, who)
    _, (exists,) = client.select("INBOX", readonly=True)
    if exists == b"0":  # 1:* names no message then, which is BAD
        client.logout()
        return collections.Counter()
    kind, rows = client.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")
    want_equal(kind, "OK", "FETCH")
    names = [row[1].split(b"<")[1].split(b">")[0].decode() for row in rows
             if isinstance(row, tuple)]
    client.logout()
    return collections.Counter(names)


def want_all_once(server, who, senders):
    """What was acknowledged is there, once; what was not is there once at most."""
    counts = found(server, who)
    lost = sorted(senders.acknowledged - set(counts))
    twice = sorted(name for name, count in counts.items() if count > 1)
    strange = sorted(set(counts) - senders.attempted)
    if lost or twice or strange:
        raise Failure(f"of {len(senders.acknowledged)} acknowledged: lost {lost[:5]} "
                      f"({len(lost)}), twice {twice[:5]} ({len(twice)}), not sent {strange[:5]}")
    if not senders.acknowledged:
        raise Failure("nothing was acknowledged at all: this tested nothing")
