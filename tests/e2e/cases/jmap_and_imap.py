"""S2, S4: what JMAP does is seen by IMAP at once (IDLE), and the other way round; files go, too."""

import base64
import http.client
import imaplib
import json

from lib import mail
from lib.client import want, want_equal

HOST = "mail.e2e.example"
USING = ["urn:ietf:params:jmap:" + name for name in ("core", "mail", "blob", "quota")]


class Jmap:
    """One person's view by JMAP, over one connection."""

    def __init__(self, server, who):
        context = mail.trust(server)
        context.check_hostname = False
        self.login = base64.b64encode(f"{who}:{server.passwords[who]}".encode()).decode()
        self.session = http.client.HTTPSConnection("127.0.0.1", server.ports["https"], timeout=60,
                                                   context=context)
        said = json.loads(self.ask("GET", "/jmap/session")[1])
        self.account = said["primaryAccounts"][USING[1]]
        self.limits = said["capabilities"][USING[0]]

    def ask(self, method, path, body=None, kind="application/json"):
        self.session.request(method, path, body, {
            "Host": HOST, "Content-Type": kind, "Authorization": "Basic " + self.login})
        answer = self.session.getresponse()
        return answer.status, answer.read(), answer.headers

    def __call__(self, method, **arguments):
        arguments.setdefault("accountId", self.account)
        status, said, _ = self.ask("POST", "/jmap/api", json.dumps(
            {"using": USING, "methodCalls": [[method, arguments, "0"]]}))
        want_equal(status, 200, f"{method}: {said}")
        (name, answer, _), = json.loads(said)["methodResponses"]
        want_equal(name, method, str(answer))
        return answer

    def state(self):
        return self("Email/get", ids=[])["state"]


class Idle:
    """IDLE of imaplib's session, line by line."""

    def __init__(self, session):
        self.session = session
        self.tag = session._new_tag()
        session.send(self.tag + b" IDLE\r\n")
        self.until(b"+")

    def until(self, word):
        """Lines up to the one that has the word; the socket's time-out ends the wait."""
        lines = []
        while not lines or word not in lines[-1]:
            lines.append(self.session.readline())
            want(lines[-1], f"the server hung up, waiting for {word}: {lines}")
        return lines

    def done(self):
        self.session.send(b"DONE\r\n")
        self.until(self.tag)


def watched(session, act, word):
    """What IDLE hears of an act."""
    idle = Idle(session)
    made = act()
    idle.until(word)
    idle.done()
    return made


def by_jmap(jmap, session, boxes):
    draft = {"mailboxIds": {boxes["inbox"]: True}, "subject": "Grüße",
             "from": [{"name": "Jane", "email": "jane@e2e.example"}],
             "textBody": [{"partId": "1"}], "bodyValues": {"1": {"value": "hello\n"}}}
    made = watched(session, lambda: jmap("Email/set", create={"a": draft}), b"EXISTS")
    email = made["created"]["a"]["id"]
    uid = mail.ok(session.uid("SEARCH", "UNSEEN"))[0].split()[-1].decode()
    header = mail.ok(session.uid("FETCH", uid, "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])"))[0][1]
    want(b"=?utf-8?B?R3LDvMOfZQ==?=" in header, header)
    watched(session, lambda: jmap("Email/set", update={email: {"keywords/$flagged": True}}),
            b"\\Flagged")
    moved = {"mailboxIds": {boxes["archive"]: True}}
    watched(session, lambda: jmap("Email/set", update={email: moved}), b"EXPUNGE")
    mail.ok(session.select("Archive"))
    watched(session, lambda: jmap("Email/set", destroy=[email]), b"EXPUNGE")
    want_equal(jmap("Email/get", ids=[email])["notFound"], [email], "destroyed")


def by_imap(jmap, session, boxes):
    mail.ok(session.select("INBOX"))
    before = jmap.state()
    mail.ok(session.append("INBOX", None, None, b"Subject: by IMAP\r\n\r\nx\r\n"))
    made = jmap("Email/changes", sinceState=before)
    email, = made["created"]
    uid = mail.ok(session.uid("SEARCH", "SUBJECT", '"by IMAP"'))[0].decode()
    mail.ok(session.uid("STORE", uid, "+FLAGS", "(\\Seen Work)"))
    got, = jmap("Email/get", ids=[email], properties=["keywords", "mailboxIds"])["list"]
    want_equal(got["keywords"], {"$seen": True, "work": True}, "keywords")
    mail.ok(session.uid("MOVE", uid, "Archive"))
    got, = jmap("Email/get", ids=[email], properties=["mailboxIds"])["list"]
    want_equal(got["mailboxIds"], {boxes["archive"]: True}, "moved")
    mail.ok(session.select("Archive"))
    mail.ok(session.store("1", "+FLAGS", "\\Deleted"))
    mail.ok(session.expunge())
    gone = jmap("Email/changes", sinceState=made["newState"])
    want_equal(gone["destroyed"], [email], "expunged")


def fifty_flags_one_answer(jmap, session, boxes):
    letters = {f"m{i}": {"mailboxIds": {boxes["inbox"]: True}, "subject": f"{i}"}
               for i in range(50)}
    made = jmap("Email/set", create=letters)["created"]
    before = jmap.state()
    patch = {one["id"]: {"keywords/$seen": True} for one in made.values()}
    said = jmap("Email/set", ifInState=before, update=patch)
    want_equal((len(said["updated"]), said["oldState"]), (50, before), "fifty flags")
    mail.ok(session.select("INBOX"))
    want_equal(mail.ok(session.search(None, "UNSEEN"))[0], b"", "all are read")


def files(jmap, session, boxes):
    content = bytes(range(256)) * 4000
    status, said, _ = jmap.ask("POST", f"/jmap/upload/{jmap.account}/", content, "image/png")
    want_equal(status, 201, said)
    blob = json.loads(said)["blobId"]
    letter = {"mailboxIds": {boxes["inbox"]: True}, "subject": "a file",
              "attachments": [{"blobId": blob, "name": "bild.png"}]}
    made = jmap("Email/set", create={"a": letter})["created"]["a"]
    got, = jmap("Email/get", ids=[made["id"]], properties=["attachments"])["list"]
    part, = got["attachments"]
    path = f"/jmap/download/{jmap.account}/{part['blobId']}/bild.png?accept=image/png"
    status, said, fields = jmap.ask("GET", path)
    want_equal((status, said == content), (200, True), "the same bytes")
    want("sandbox" in fields["Content-Security-Policy"], str(fields))
    mail.ok(session.select("INBOX"))
    uid = mail.ok(session.uid("SEARCH", "SUBJECT", '"a file"'))[0].decode()
    body = mail.ok(session.uid("FETCH", uid, "(BODY.PEEK[2])"))[0][1]
    want_equal(base64.b64decode(body) == content, True, "by IMAP as well")
    jmap.session.putrequest("POST", f"/jmap/upload/{jmap.account}/")
    jmap.session.putheader("Authorization", "Basic " + jmap.login)
    jmap.session.putheader("Content-Length", str(jmap.limits["maxSizeUpload"] + 1))
    jmap.session.endheaders()
    want_equal(jmap.session.getresponse().status, 413, "larger than maxSizeUpload")


def run(server):
    jmap = Jmap(server, server.jane)
    boxes = {box["role"]: box["id"] for box in jmap("Mailbox/get", ids=None)["list"]}
    session = mail.imap(server, server.jane)
    session.sock.settimeout(30)
    try:
        mail.ok(session.select("INBOX"))
        by_jmap(jmap, session, boxes)
        by_imap(jmap, session, boxes)
        fifty_flags_one_answer(jmap, session, boxes)
        files(jmap, session, boxes)
        session.logout()
    except imaplib.IMAP4.abort as broken:
        want(False, f"IMAP ended: {broken}")
