"""The people and the mail that the cases of the page find."""

import datetime
import imaplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime

NOW = datetime.datetime.now(datetime.timezone.utc)
FOLDERS = ["Archive", "Drafts", "Sent", "Trash", "Junk"]
MANY = 500  # messages of the long list

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


def fill_jane(server):
    jane = server.jane
    for i in reversed(range(len(INBOX))):
        sender, subject, line = INBOX[i]
        m = text_mail(sender, f"Jane Roe <{jane}>", subject,
                      f"Hello Jane,\n\n{line}\n\nKind regards\n{sender.split(' <')[0]}\n",
                      NOW - datetime.timedelta(hours=7 * i + 1), i)
        server.put(jane, "INBOX", (minutes(m) if "Minutes" in subject else m).as_bytes())
    answer = text_mail("Luis Ortega <luis@e2e.example>", f"Jane Roe <{jane}>",
                       "Re: Lunch on Thursday?", "Twelve thirty it is.\n\nLuis\n", NOW, 90,
                       In_Reply_To="<page-2@e2e.example>", References="<page-2@e2e.example>")
    server.put(jane, "INBOX", answer.as_bytes())


def fill_many(server):
    """A folder that takes scrolling. One session, pipelined by the client's own buffer."""
    context = ssl.create_default_context(cafile=server.ca)
    context.check_hostname = False
    imap = imaplib.IMAP4_SSL("127.0.0.1", server.ports["imaps"], ssl_context=context)
    imap.login(server.luis, server.passwords[server.luis])
    imap.create("Many")
    for i in range(MANY):
        m = text_mail(f"Sender {i % 40} <s{i % 40}@e2e.example>", server.luis,
                      f"Message number {i}", f"This is the text of message {i}.\n",
                      NOW - datetime.timedelta(minutes=MANY - i), f"many-{i}")
        imap.append("Many", "", NOW - datetime.timedelta(minutes=MANY - i), m.as_bytes())
    imap.logout()


def fill(server):
    server.add_world()
    fill_jane(server)
    fill_many(server)
