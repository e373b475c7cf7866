"""P11 in part: a milter that is not there, stalls, hangs up or talks nonsense in any state: what
the client hears is as configured, others are served meanwhile, and the milter is asked again."""

import os
import smtplib
import threading
import time

from lib import mail
from lib.client import want, want_equal
from lib.milter import Milter, packet

ANN = "ann@elsewhere.example"
LETTERS = (b"O", b"C", b"H", b"M", b"R", b"T", b"L", b"N", b"B", b"E")
SECTION = """
milter "m" {{
    address = "{address}"
    listeners = {{"mx"}}
    on_failure = {how}
    connect_s = 1
    command_s = 1
    message_s = 1
    rest_s = 0
}}
"""


def send(server, subject, body="Hello.\r\n"):
    """The last reply."""
    with smtplib.SMTP("127.0.0.1", server.ports["mx"]) as session:
        session.ehlo()
        code = session.mail(ANN)[0]
        code = session.rcpt(server.jane)[0] if code == 250 else code
        try:
            return session.data(mail.simple(ANN, server.jane, subject, body))[0] \
                if code == 250 else code
        except smtplib.SMTPDataError as e:
            return e.smtp_code


def stalls(server, milter, wanted):
    """In each state."""
    for how in ("stall", "trickle"):
        for letter in LETTERS:
            milter.forget({letter: how})
            began = time.monotonic()
            want_equal(send(server, "stalled"), wanted, f"{how} at {letter}")
            want(time.monotonic() - began < 10, f"{how} at {letter} took too long")


def breaks(server, milter, wanted):
    for letter in LETTERS:
        milter.forget({letter: "cut"})
        want_equal(send(server, "cut"), wanted, f"cut at {letter}")
        for nonsense in (b"\0\0\0\0", b"\xff\xff\xff\xffx", packet(b"Z"), packet(b"h", b"X"),
                         packet(b"c", b"what"), b"220 mail.example ESMTP\r\n"):
            milter.forget({letter: [(nonsense, None)]})
            want_equal(send(server, "nonsense"), wanted, f"{nonsense!r} at {letter}")


def others_are_served(server, milter):
    """Forty who wait for a milter that stalls: IMAP and submission go on meanwhile."""
    milter.forget({b"M": "stall"})
    threads = [threading.Thread(target=send, args=(server, "many")) for _ in range(40)]
    for thread in threads:
        thread.start()
    began = time.monotonic()
    session = mail.imap(server, server.jane)
    session.select("INBOX")
    session.logout()
    took = time.monotonic() - began
    for thread in threads:
        thread.join()
    want(took < 5, f"IMAP took {took:.1f} s meanwhile")


def configured(server, path, how):
    server.stop()
    with open(server.config, encoding="utf-8") as f:
        text = f.read().split('\nmilter "m"')[0]
    with open(server.config, "w", encoding="utf-8") as f:
        f.write(text + SECTION.format(address=path, how=how))
    server.start()


def run(server):
    path = os.path.join(server.folder, "milter")
    milter = Milter(path)
    try:
        configured(server, path, "tempfail")
        want_equal(send(server, "first"), 250, "a milter that works")
        stalls(server, milter, 451)
        breaks(server, milter, 451)
        others_are_served(server, milter)
        milter.forget()
        want_equal(send(server, "again"), 250, "a milter that works again")
        want("speaks" in server.cli("milter", "test", "m", "--json"), "milter test")
        for how, wanted in (("accept", 250), ("reject", 550)):
            configured(server, path, how)
            breaks(server, milter, wanted)
        milter.stop()
        os.remove(path)
        want_equal(send(server, "nobody there"), 550, "nobody there")
        want_equal(server.ask("milter", "list")[0]["name"], "m", "milter list")
        server.cli("milter", "test", "m", status=None)
        want("event=milter.failed" in server.log(), "milter.failed in the log")
    finally:
        milter.stop()
