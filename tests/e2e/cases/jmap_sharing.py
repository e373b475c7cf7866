"""RFC 9670: what one shares by JMAP or by IMAP's SETACL, the other hears of: a StateChange on his
event stream, a ShareNotification, and the mailbox itself."""

import base64
import http.client
import json
import time

from cases.jmap import HOST, trust
from lib import mail
from lib.client import Failure, want, want_equal

USING = ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail",
         "urn:ietf:params:jmap:principals"]
SECONDS = 60


def connect(server, address, path, body=None):
    login = f"{address}:{server.passwords[address]}"
    session = http.client.HTTPSConnection("127.0.0.1", server.ports["https"], timeout=SECONDS,
                                          context=trust(server))
    session.request("POST" if body else "GET", path, json.dumps(body) if body else None, {
        "Host": HOST, "Content-Type": "application/json",
        "Authorization": "Basic " + base64.b64encode(login.encode()).decode()})
    return session, session.getresponse()


def call(server, address, *calls):
    session, answer = connect(server, address, "/jmap/api",
                              {"using": USING, "methodCalls": calls})
    said = json.loads(answer.read())
    session.close()
    want_equal(answer.status, 200, f"API: {said}")
    return [arguments for _, arguments, _ in said["methodResponses"]]


def account_of(server, address):
    session, answer = connect(server, address, "/jmap/session")
    said = json.loads(answer.read())
    session.close()
    return said["primaryAccounts"][USING[1]]


def hear(stream, kind):
    """Reads events until one of them names the type."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        line = stream.readline()
        if not line:
            break
        if line.startswith(b"data:") and kind.encode() in line:
            return
    raise Failure(f"nobody was told of {kind}")


def run(server):
    john = server.luis
    mine, his = account_of(server, server.jane), account_of(server, john)
    boxes, = call(server, server.jane, ["Mailbox/get", {"accountId": mine, "ids": None}, "0"])
    inbox, = (box["id"] for box in boxes["list"] if box["role"] == "inbox")
    session, stream = connect(server, john, "/jmap/events?types=ShareNotification"
                              "&closeafter=no&ping=0")
    principal = "P" + his[1:]
    said, = call(server, server.jane, ["Mailbox/set", {"accountId": mine, "update": {
        inbox: {"shareWith": {principal: {"mayReadItems": True}}}}}, "0"])
    want_equal(said["updated"], {inbox: None}, str(said))
    hear(stream, "ShareNotification")
    session.close()
    notes, seen = call(
        server, john, ["ShareNotification/get", {"accountId": his, "ids": None}, "0"],
        ["Mailbox/get", {"accountId": mine, "ids": [inbox]}, "1"])
    note, = notes["list"]
    want_equal((note["objectId"], note["oldRights"], note["changedBy"]["email"]),
               (inbox, None, server.jane), str(note))
    want(note["newRights"]["mayReadItems"], str(note))
    want(seen["list"][0]["myRights"]["mayReadItems"], str(seen))
    want_equal(seen["list"][0]["myRights"]["mayShare"], False, str(seen))
    by_imap(server, john, his, inbox)
    by_group(server, john, mine, his, inbox)


def by_imap(server, john, his, inbox):
    client = mail.imap(server, server.jane)
    kind, said = client.setacl("INBOX", john, "lrsa")
    want_equal(kind, "OK", str(said))
    notes, again = call(
        server, john, ["ShareNotification/query", {
            "accountId": his, "sort": [{"property": "created", "isAscending": False}]}, "0"],
        ["ShareNotification/get", {"accountId": his, "ids": None}, "1"])
    want_equal(len(notes["ids"]), 2, str(notes))
    want(any(note["newRights"]["mayShare"] for note in again["list"]), str(again))
    gone, left = call(
        server, john, ["ShareNotification/set", {"accountId": his, "destroy": notes["ids"]}, "0"],
        ["ShareNotification/get", {"accountId": his, "ids": None}, "1"])
    want_equal(set(gone["destroyed"]), set(notes["ids"]), str(gone))
    want_equal(left["list"], [], str(left))
    kind, said = client.deleteacl("INBOX", john)
    client.logout()
    want_equal(kind, "OK", str(said))
    lost, = call(server, john, ["ShareNotification/get", {"accountId": his, "ids": None}, "0"])
    want_equal([note["newRights"] for note in lost["list"]], [None], str(lost))


def by_group(server, john, mine, his, inbox):
    """Who joins a group that may see something is told, and who leaves it."""
    group = "readers@" + server.jane.split("@", 1)[1]
    server.ask("group", "add", group)
    client = mail.imap(server, server.jane)
    kind, said = client.setacl("INBOX", group, "lr")
    client.logout()
    want_equal(kind, "OK", str(said))
    for word, may in (("join", True), ("leave", False)):
        get = ["ShareNotification/get", {"accountId": his, "ids": None}, "0"]
        before, = call(server, john, get)
        server.ask("group", word, group, john)
        after, = call(server, john, get)
        known = {note["id"] for note in before["list"]}
        note, = (note for note in after["list"] if note["id"] not in known)
        want_equal((note["objectAccountId"], note["objectId"], note["changedBy"]["name"],
                    note["newRights"] is not None), (mine, inbox, "Administration", may), str(note))
