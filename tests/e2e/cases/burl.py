"""S2: a draft is sent from where it lies: IMAP's GENURLAUTH and SMTP's BURL (RFC 4467, RFC 4468),
also mixed with BDAT; a URL that was made for somebody else, or was changed, sends nothing."""

import imaplib

from lib import mail
from lib.client import want, want_equal

imaplib.Commands["GENURLAUTH"] = ("AUTH", "SELECTED")


def signed(session, rump):
    """The URL, authorized by the server."""
    session._simple_command("GENURLAUTH", f'"{rump}"', "INTERNAL")
    _, data = session._untagged_response("OK", [None], "GENURLAUTH")
    return data[0].decode().strip('"')


def begin(session, sender, to):
    want_equal(session.mail(sender)[0], 250, "MAIL")
    want_equal(session.rcpt(to)[0], 250, "RCPT")


def run(server):
    jane, luis = server.jane, server.luis
    imap = mail.imap(server, jane)
    draft = mail.simple(jane, luis, "draft", "from where it lies\r\n")
    mail.ok(imap.append("Drafts", "\\Draft", None, draft))
    base = f"imap://{jane.replace('@', '%40')}@mail.e2e.example/Drafts/;uid=1"
    whole = signed(imap, f"{base};urlauth=submit+{jane.replace('@', '%40')}")
    text = signed(imap, f"{base}/;section=TEXT;urlauth=submit+{jane.replace('@', '%40')}")
    other = signed(imap, f"{base};urlauth=submit+{luis.replace('@', '%40')}")
    imap.logout()
    with mail.submission(server, jane) as session:
        session.ehlo()
        want_equal(session.esmtp_features.get("burl"), "imap", "BURL")
        begin(session, jane, luis)
        want_equal(session.docmd("BURL", whole + " LAST")[0], 250, "BURL LAST")
        found = mail.bodies(server, luis)
        want(len(found) == 1 and found[0].endswith(draft), f"the message\n{found}")
        begin(session, jane, luis)
        head = f"From: {jane}\r\nSubject: mixed\r\n\r\n".encode()
        session.send(f"BDAT {len(head)}\r\n".encode() + head)
        want_equal(session.getreply()[0], 250, "BDAT")
        want_equal(session.docmd("BURL", text + " LAST")[0], 250, "BURL of a part")
        want(mail.bodies(server, luis)[1].endswith(head + b"from where it lies\r\n"), "mixed")
        for url in (other, whole[:-1] + ("0" if whole[-1] != "0" else "1"),
                    whole.replace("uid=1", "uid=2")):
            begin(session, jane, luis)
            want_equal(session.docmd("BURL", url + " LAST")[0], 554, url)
    want_equal(len(mail.bodies(server, luis)), 2, "messages after refusals")
