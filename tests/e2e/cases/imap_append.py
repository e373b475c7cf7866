"""S2: imaplib puts messages together on the server: CATENATE, REPLACE and BINARY."""

from lib import mail
from lib.client import want, want_equal

SETTINGS = {"delay_ms": "0"}


def command(session, *parts):
    """Sends a command whose bytes parts are literals (LITERAL+); its tagged line."""
    tag = session._new_tag()
    line = tag
    for part in parts:
        if isinstance(part, bytes):
            line += b"~{%d+}\r\n" % len(part) if b"\0" in part else b"{%d+}\r\n" % len(part)
            line += part
        else:
            line += b" " + part.encode() if not line.endswith(b" ") else part.encode()
    session.send(line + b"\r\n")
    while True:
        answer = session.readline()
        want(answer, "the server hung up")
        if answer.startswith(tag + b" "):
            return answer[len(tag) + 1:].decode().strip()


def body(session, uid, what="BODY.PEEK[]"):
    rows = mail.ok(session.uid("FETCH", str(uid), f"({what})"))
    return rows[0][1]


def run(server):
    session = mail.imap(server, server.jane, "imap")
    first = mail.simple(server.luis, server.jane, "first", "One.\r\n")
    mail.ok(session.append("INBOX", None, None, first))
    mail.ok(session.create("Drafts/Work"))
    answer = command(session, 'APPEND Drafts/Work CATENATE (URL "/INBOX/;UID=1/;SECTION=HEADER"',
                     "TEXT ", b"Two.\r\n", 'URL "/INBOX/;UID=1/;SECTION=TEXT")')
    want("APPENDUID" in answer, answer)
    mail.ok(session.select("Drafts/Work"))
    want_equal(body(session, 1), first.replace(b"One.", b"Two.\r\nOne."), "CATENATE")
    answer = command(session, 'APPEND Drafts/Work CATENATE (URL "/INBOX/;UID=99")')
    want(answer.startswith('NO [BADURL "/INBOX/;UID=99"]'), answer)

    answer = command(session, "UID REPLACE 1 Drafts/Work (\\Seen) ", first)
    want(answer.startswith("OK"), answer)
    want_equal(mail.ok(session.uid("SEARCH", "ALL"))[0], b"2", "after REPLACE")
    want_equal(body(session, 2), first, "REPLACE")
    answer = command(session, "UID REPLACE 1 Drafts/Work ", first)
    want(answer.startswith("NO"), answer)

    binary = (b"Subject: binary\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\n"
              b"Content-Transfer-Encoding: binary\r\n\r\n" + bytes(range(256)))
    answer = command(session, "APPEND Drafts/Work ", binary)
    want("APPENDUID" in answer, answer)
    mail.ok(session.noop())
    want(b"\0" not in body(session, 3), "NUL in a literal")
    want(b"base64" in body(session, 3), "not encoded")
    session.logout()
