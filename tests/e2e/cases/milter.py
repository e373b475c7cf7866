"""S5, P11 in part: milters see mail from outside and from people; each of their answers does what
it says, in a row, over a unix socket and TCP; the message's bytes stay unless one changes them."""

import os
import smtplib
import struct

from lib import mail
from lib.client import want, want_equal
from lib.milter import NO_ALL, Milter, text

SECTION = """
milter "{name}" {{
    address = "{address}"
    listeners = {{"{role}"}}
    command_s = 10
}}
"""
ANN = "ann@elsewhere.example"


def send(server, to, subject, body="Hello.\r\n", port="mx"):
    """The reply to the message, or the reply that refuses it."""
    message = mail.simple(ANN, to[0], subject, body)
    with smtplib.SMTP("127.0.0.1", server.ports[port]) as session:
        try:
            session.ehlo("client.example")
            code, said = session.mail(ANN, ["SIZE=1000", "BODY=8BITMIME"])
            for who in to if code == 250 else []:
                code, said = session.rcpt(who, ["NOTIFY=NEVER"])
            if code == 250:
                code, said = session.docmd("DATA")
            if code == 354:
                session.send(message.replace(b"\r\n.", b"\r\n..") + b".\r\n")
                code, said = session.getreply()
            return code, said.decode()
        except (smtplib.SMTPServerDisconnected, smtplib.SMTPResponseException) as e:
            return getattr(e, "smtp_code", 0), str(e)


def hears(server, milter):
    """All that is said of a message."""
    want_equal(send(server, [server.jane, server.luis], "all", "x\r\n" * 50000)[0], 250, "sent")
    connect = milter.said(b"C")[0]
    want(connect.startswith(b"[127.0.0.1]\x004") and connect.endswith(b"127.0.0.1\0"), connect)
    want_equal(milter.said(b"H"), [b"client.example\0"], "HELO")
    want_equal(milter.said(b"M"), [text(f"<{ANN}>", "SIZE=1000", "BODY=8BITMIME")], "MAIL")
    want_equal(milter.said(b"R"), [text(f"<{who}>", "NOTIFY=NEVER")
                                   for who in (server.jane, server.luis)], "RCPT")
    want_equal(len(milter.said(b"T")), 1, "DATA")
    want(text("Subject", "all") in milter.said(b"L"), milter.said(b"L"))
    want_equal([len(part) for part in milter.said(b"B")], [65535, 65535, 18930], "BODY")
    want_equal(b"".join(milter.said(b"B")), b"x\r\n" * 50000, "the body")
    want_equal((len(milter.said(b"N")), milter.said(b"E")), (1, [b""]), "the ends")
    macros = b"".join(milter.said(b"D"))
    want(b"Cj\0mail.e2e.example\0" in macros and b"{rcpt_addr}\0" in macros, macros)


def refuses(server, milter):
    """Each answer in each state."""
    for kind, want_code in ((b"r", 550), (b"t", 451), (b"4", 421), (b"f", 421)):
        for letter in (b"C", b"H", b"M", b"R", b"T", b"L", b"N", b"B", b"E"):
            milter.forget({letter: [(kind, b"")]})
            code = send(server, [server.jane], "refused")[0]
            want(code == want_code or want_code == 421 and code in (421, 0, -1),
                 f"{kind} to {letter}: {code}")
    milter.forget({b"R": [(b"y", text("554 5.7.1 100%% spam"))]})
    want_equal(send(server, [server.jane], "refused"), (554, "5.7.1 100% spam"), "a reply of its")
    milter.forget({b"E": [(b"y", text("554-5.7.1 one\r\n554 5.7.1 two"))]})
    want_equal(send(server, [server.jane], "refused"), (554, "5.7.1 one\n5.7.1 two"), "two lines")
    milter.forget({b"R": [(b"y", text("250 ok"))]})
    want_equal(send(server, [server.jane], "refused")[0], 451, "a reply that is none")
    milter.forget({b"M": [(b"d", b"")]})
    count = len(mail.bodies(server, server.jane))
    want_equal(send(server, [server.jane], "discarded")[0], 250, "discarded")
    milter.forget({b"E": [(b"d", b"")]})
    want_equal(send(server, [server.jane], "discarded")[0], 250, "discarded")
    want_equal(len(mail.bodies(server, server.jane)), count, "messages of jane")


def ends_early(server, milter):
    milter.forget({b"B": [(b"s", b"")]})
    want_equal(send(server, [server.jane], "skip", "y\r\n" * 60000)[0], 250, "skipped")
    want_equal((len(milter.said(b"B")), len(milter.said(b"E"))), (1, 1), "bodies after skip")
    for letter, unseen in ((b"C", b"H"), (b"M", b"R"), (b"L", b"E")):
        milter.forget({letter: [(b"a", b"")]})
        want_equal(send(server, [server.jane], "accept")[0], 250, "accepted")
        want_equal(milter.said(unseen), [], f"{unseen} after accept to {letter}")
    milter.forget({b"E": [(b"p", b""), (b"p", b""), (b"c", b"")]})
    want_equal(send(server, [server.jane], "progress")[0], 250, "after progress")


def newest(server, who, folder="INBOX"):
    return mail.bodies(server, who, folder)[-1]


def changes(server, milter):
    jane, luis = server.jane, server.luis
    added = [(b"h", text("X-Last", "end")), (b"i", struct.pack(">I", 1) + text("X-One", "1")),
             (b"i", struct.pack(">I", 0) + text("X-Zero", "a\n\tfold"))]
    milter.forget({b"E": added + [(b"c", b"")]})
    send(server, [jane], "added")
    got = newest(server, jane)
    at = [got.index(part) for part in (b"X-Zero: a\r\n\tfold\r\n", b"X-One: 1\r\n",
                                       b"X-Last: end\r\n", b"Received: ", b"From: ann")]
    want_equal(at, sorted(at), f"the order of what was added\n{got}")
    want(got.endswith(mail.simple(ANN, jane, "added")), "the message itself is untouched")
    milter.forget({b"E": [(b"m", struct.pack(">I", 1) + text("Subject", "other")),
                          (b"m", struct.pack(">I", 1) + text("Message-ID", "")),
                          (b"b", b"new "), (b"b", b"body\r\n"), (b"c", b"")]})
    send(server, [jane], "changed")
    got = newest(server, jane)
    want(b"\r\nSubject: other\r\n" in got and b"Message-ID" not in got, got)
    want(got.endswith(b"\r\n\r\nnew body\r\n"), got)
    want("event=milter.changed" in server.log() and "original_sha256=" in server.log(), "the log")
    milter.forget({b"E": [(b"e", text("<other@elsewhere.example>")), (b"+", text(f"<{luis}>")),
                          (b"-", text(f"<{jane}>")), (b"2", text(f"<{luis}>", "NOTIFY=NEVER")),
                          (b"c", b"")]})
    before = len(mail.bodies(server, jane)), len(mail.bodies(server, luis))
    send(server, [jane], "elsewhere")
    after = len(mail.bodies(server, jane)), len(mail.bodies(server, luis))
    want_equal(after, (before[0], before[1] + 1), "recipients")
    want(b"Return-Path: <other@elsewhere.example>" in newest(server, luis), newest(server, luis))
    milter.forget({b"E": [(b"q", text("looks bad")), (b"c", b"")]})
    send(server, [jane], "quarantine")
    want(b"Subject: quarantine" in newest(server, jane, "Junk"), "not in Junk")


def session(server, milter):
    """Several messages, RSET and an unknown word in one session are one conversation."""
    milter.forget()
    milter.sessions = 0
    with smtplib.SMTP("127.0.0.1", server.ports["mx"]) as s:
        for number in range(3):
            s.sendmail(ANN, [server.jane], mail.simple(ANN, server.jane, f"many-{number}"))
        s.mail(ANN)
        s.rset()
        s.docmd("XUNHEARD", "of")
        milter.answers = {b"U": [(b"r", b"")]}
        want_equal(s.docmd("XUNHEARD", "of")[0], 550, "an unknown command")
    want_equal((milter.sessions, len(milter.said(b"E")), len(milter.said(b"U"))), (1, 3, 2),
               "conversations, messages, unknown commands")
    want(milter.said(b"A"), "RSET was not told")


def two(server, first, second):
    """The second one sees what the first one did; what the first one refuses the second never
    ends."""
    first.forget({b"E": [(b"m", struct.pack(">I", 1) + text("Subject", "by-first")),
                         (b"c", b"")]})
    second.forget()
    send(server, [server.jane], "row")
    want(text("Subject", "by-first") in second.said(b"L"), second.said(b"L"))
    first.forget({b"E": [(b"r", b"")]})
    second.forget()
    want_equal(send(server, [server.jane], "row")[0], 550, "refused by the first")
    want_equal(second.said(b"E"), [], "the second's ends")


def submission(server, third):
    with mail.submission(server, server.jane) as s:
        s.sendmail(server.jane, [server.luis], mail.simple(server.jane, server.luis, "ours"))
    want_equal(len(third.said(b"E")), 1, "messages on submission")
    want(b"{auth_authen}\0" + server.jane.encode() in b"".join(third.said(b"D")), "who logged in")
    want_equal([part for part in third.said(b"C") + third.said(b"H")], [], "what it did not want")


def run(server):
    first = Milter(os.path.join(server.folder, "milter"))
    second = Milter(version=2, protocol=0x80 | 0x80000)
    third = Milter(protocol=NO_ALL & ~0x30)
    server.stop()
    with open(server.config, "a", encoding="utf-8") as f:
        for name, milter, role in (("first", first, "mx"), ("second", second, "mx"),
                                   ("third", third, "submission")):
            f.write(SECTION.format(name=name, address=milter.address, role=role))
    server.start()
    try:
        hears(server, first)
        refuses(server, first)
        ends_early(server, first)
        changes(server, first)
        session(server, first)
        two(server, first, second)
        submission(server, third)
    finally:
        for milter in (first, second, third):
            milter.stop()
