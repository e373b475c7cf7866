"""S5: LMTP (RFC 2033) over TCP and over a unix socket: swaks and smtplib hand messages over, each
recipient is answered for himself."""

import os
import smtplib
import stat

from lib import mail
from lib.client import Failure, tool, want, want_equal

LISTENERS = """
listen "lmtp" {{
    role = lmtp
    port = 0
}}
listen "lmtp-file" {{
    role = lmtp
    address = "{path}"
    socket_mode = "0600"
}}
"""


def swaks(server, path):
    common = ["--protocol", "LMTP", "--from", "ann@elsewhere.example",
              "--to", f"{server.jane},{server.luis}", "--timeout", "30"]
    said = tool(["swaks", *common, "--server", f"127.0.0.1:{server.ports['lmtp']}"])
    want_equal(said.count("<-  250 2.1.5 Ok: "), 2, f"replies of swaks\n{said}")
    tool(["swaks", *common, "--socket", path])
    for who in (server.jane, server.luis):
        want_equal(len(mail.bodies(server, who)), 2, f"messages of {who}")
    want(any(b"with LMTP id" in body for body in mail.bodies(server, server.jane)), "no LMTP")


def each_for_himself(server, path):
    """The small mailbox is full, its neighbour is not; nobody knew before the message was there."""
    small = server.add_account("small", "correct horse 1", "--quota-mb", "1")
    with smtplib.LMTP(path) as session:
        session.ehlo()
        session.mail("ann@elsewhere.example")
        for who in (small, server.luis):
            want_equal(session.rcpt(who)[0], 250, who)
        text = mail.simple("ann@elsewhere.example", small, "big", ("x" * 78 + "\r\n") * 15000)
        want_equal(session.data(text)[0], 452, "to the full one")
        want_equal(session.getreply()[0], 250, "to his neighbour")
    want_equal(len(mail.bodies(server, server.luis)), 3, "messages of the neighbour")


def run(server):
    path = os.path.join(server.folder, "lmtp")
    server.stop()
    with open(server.config, "a", encoding="utf-8") as f:
        f.write(LISTENERS.format(path=path))
    server.start()
    want_equal(stat.S_IMODE(os.stat(path).st_mode), 0o600, "the mode of the socket's file")
    swaks(server, path)
    each_for_himself(server, path)
    server.stop()
    if os.path.exists(path):
        raise Failure("the socket's file is left behind")
    with open(server.config, "a", encoding="utf-8") as f:
        f.write('trust {\n    lmtp = {"192.0.2.0/24"}\n}\n')
    server.start()
    try:
        smtplib.LMTP("127.0.0.1", server.ports["lmtp"])
        raise Failure("a stranger got in")
    except smtplib.SMTPConnectError as e:
        want_equal(e.smtp_code, 554, "to a stranger")
