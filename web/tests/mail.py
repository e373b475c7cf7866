"""The people and the mail that the cases of the page find."""

import base64
import datetime
import imaplib
import os
import socket
import ssl
from email.message import EmailMessage
from email.utils import format_datetime

NOW = datetime.datetime.now(datetime.timezone.utc)
# Besides jane and luis; a file of cases has one of them.
PEOPLE = ["ada", "eva", "gus", "hal", "ines", "ivo", "ivy", "joy", "kim", "lee", "nia", "ola",
          "pat", "rae", "raj", "sam", "tia", "uma", "vic", "wes"]
MANY = int(os.environ.get("POSTROAD_MANY", "500"))  # messages of the long list
BATCH = 100  # of them are handed in at once

PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwAD"
                         "hgGAWjR9awAAAABJRU5ErkJggg==")

# Sender, subject, first line; the newest first.
INBOX = [
    ("Omar Haddad <omar.haddad@transport.example>", "Bridge inspection on Route 9",
     "The crew starts on Monday at seven. Please see the plan below."),
    ("Grace Lind <grace.lind@e2e.example>", "Budget draft for the second quarter",
     "I have put the figures of all three departments into one table."),
    ("Luis Ortega <luis@e2e.example>", "Lunch on Thursday?",
     "There is a new place across from the State House."),
    ("Service Desk <helpdesk@e2e.example>", "Your request 4711 is closed",
     "The printer on the second floor has a new drum."),
    ("Mei Tanaka <mei.tanaka@e2e.example>", "Minutes of the staff meeting",
     "Attached are the minutes. Corrections until Friday, please."),
    ("Records Office <records@archives.example>", "Retention schedule, new version",
     "Section 3 changes how long draft contracts are kept."),
    ("Anonymous Winner <prize@lottery-win.example>", "You have been selected!!",
     "Claim your prize within the next 24 hours."),
]


def text_mail(sender, to, subject, text, when, number, **fields):
    m = EmailMessage()
    m["From"], m["To"], m["Subject"] = sender, to, subject
    m["Date"] = format_datetime(when)
    m["Message-ID"] = f"<page-{number}@e2e.example>"
    for name, value in fields.items():
        m[name.replace("_", "-")] = value
    m.set_content(text)
    return m


def minutes(m):
    m.add_attachment(b"1. Budget\n2. Bridges\n", maintype="text", subtype="plain",
                     filename="minutes.txt")
    m.add_attachment(b"%PDF-1.4 no more than a name", maintype="application", subtype="pdf",
                     filename="Agenda, final version.pdf")
    return m


def trust(server):
    context = ssl.create_default_context(cafile=server.ca)
    context.check_hostname = False
    return context


def session(server, address):
    imap = imaplib.IMAP4_SSL("127.0.0.1", server.ports["imaps"], ssl_context=trust(server))
    imap.login(address, server.passwords[address])
    return imap


def fill_inbox(server, address):
    """The same mail for each, so that cases do not get into each other's way."""
    name = address.split("@")[0].title()
    imap = session(server, address)
    for i in reversed(range(len(INBOX))):
        sender, subject, line = INBOX[i]
        when = NOW - datetime.timedelta(hours=7 * i + 1)
        m = text_mail(sender, f"{name} Roe <{address}>", subject,
                      f"Hello {name},\n\n{line}\n\nKind regards\n{sender.split(' <')[0]}\n",
                      when, i)
        m = minutes(m) if "Minutes" in subject else m
        imap.append("INBOX", "", when, m.as_bytes())
    answer = text_mail("Luis Ortega <luis@e2e.example>", f"{name} Roe <{address}>",
                       "Re: Lunch on Thursday?", "Twelve thirty it is.\n\nLuis\n", NOW, 90,
                       In_Reply_To="<page-2@e2e.example>", References="<page-2@e2e.example>")
    imap.append("INBOX", "", NOW, answer.as_bytes())
    imap.logout()


class Line:
    """IMAP without waiting for each literal: LITERAL+ and MULTIAPPEND, which imaplib lacks."""

    def __init__(self, server, address):
        plain = socket.create_connection(("127.0.0.1", server.ports["imaps"]))
        self.stream = trust(server).wrap_socket(plain).makefile("rwb")
        self.stream.readline()
        self.say(f'LOGIN "{address}" "{server.passwords[address]}"'.encode())

    def say(self, command):
        self.stream.write(b"t " + command + b"\r\n")
        self.stream.flush()
        while not (line := self.stream.readline()).startswith(b"t "):
            if not line:
                raise ConnectionError("the server hung up")
        if not line.startswith(b"t OK"):
            raise ValueError(line)


def fill_many(server):
    """A folder that takes scrolling."""
    line = Line(server, server.luis)
    line.say(b"CREATE Many")
    for first in range(0, MANY, BATCH):
        command = b"APPEND Many"
        for i in range(first, min(first + BATCH, MANY)):
            when = NOW - datetime.timedelta(minutes=MANY - i)
            m = text_mail(f"Sender {i % 40} <s{i % 40}@e2e.example>", server.luis,
                          f"Message number {i}", f"This is the text of message {i}.\n",
                          when, f"many-{i}").as_bytes().replace(b"\n", b"\r\n")
            date = imaplib.Time2Internaldate(when).encode()
            command += b" () " + date + b" {%d+}\r\n" % len(m) + m
        line.say(command)


def add_shared(server, who, desk, board):
    """A mailbox that somebody works in with others, and a public folder that they may read."""
    server.add_account(desk, None, "--kind", "shared", "--name", "Service Desk")
    server.add_account(board, None, "--kind", "public", "--name", "Notice board")
    server.cli("folder", "add", board, "News")
    server.cli("rights", "set", board, "News", who, "lrs")
    server.cli("rights", "set", desk, "/", who, "lrswipkxte", "--all")


def fill_shared(server):
    """What ola shares has mail in it; joy's is filled by the cases."""
    domain = server.jane.split("@")[1]
    desk, board = f"desk@{domain}", f"board@{domain}"
    add_shared(server, f"ola@{domain}", desk, board)
    add_shared(server, f"joy@{domain}", f"depot@{domain}", f"wall@{domain}")
    server.put(desk, "INBOX", text_mail(server.jane, desk, "The printer is out of paper",
                                        "Again.\n", NOW, "desk").as_bytes())
    server.put(board, "News", text_mail(server.jane, board, "The canteen opens at eleven",
                                        "From Monday on.\n", NOW, "board").as_bytes())


def fill_team(server):
    """A mailbox that ada answers for: a letter with a picture in its text and a file."""
    domain = server.jane.split("@")[1]
    team = f"roofs@{domain}"
    server.add_account(team, None, "--kind", "shared", "--name", "Roof team")
    server.cli("rights", "set", team, "/", f"ada@{domain}", "lrswipkxte", "--all")
    letter = text_mail(f"Luis Ortega <{server.luis}>", f"Roof team <{team}>",
                       "The roof of the depot", "It leaks.\n", NOW, "roof",
                       Cc=f"Kim Ito <kim@{domain}>")
    letter.add_alternative('<p>It leaks: <img src="cid:roof" alt="the roof"></p>', subtype="html")
    letter.get_payload()[1].add_related(PIXEL, "image", "png", cid="<roof>", filename="roof.png")
    letter.add_attachment(b"north side, second beam\n", maintype="text", subtype="plain",
                          filename="where.txt")
    server.put(team, "INBOX", letter.as_bytes())


def fill_book(server):
    """Names of the global list that take some finding."""
    domain = server.jane.split("@")[1]
    server.add_account("ana.nunez", None, "--name", "Ana María Núñez")
    server.add_account("zoe", None, "--name", "Zoë Łukasz")
    server.cli("group", "add", f"bridges@{domain}", "--name", "Bridge inspectors")


def fill(server):
    server.add_world()
    fill_book(server)
    for address in [server.jane, *map(server.add_account, PEOPLE)]:
        fill_inbox(server, address)
    fill_many(server)
    fill_shared(server)
    fill_team(server)
