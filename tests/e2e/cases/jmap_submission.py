"""S4: a message written over JMAP arrives elsewhere, and lies in Sent; one
that was taken back in time never arrives."""

import time

from cases.jmap import ask
from lib import mail
from lib.client import Failure, want, want_equal
from lib.outside import Sink

USING = ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail",
         "urn:ietf:params:jmap:submission"]
SECONDS = 60


def call(server, *calls):
    status, said = ask(server, "POST", "/jmap/api", {"using": USING, "methodCalls": calls})
    want_equal(status, 200, f"API: {said}")
    return [arguments for _, arguments, _ in said["methodResponses"]]


def await_message(sink, name):
    end = time.monotonic() + SECONDS
    while name not in sink.taken:
        if time.monotonic() > end:
            raise Failure(f"{name} did not arrive; there are {list(sink.taken)}")
        time.sleep(0.1)


def draft(server, boxes, account, name):
    server.put(server.jane, "Drafts", mail.simple(server.jane, "ann@sink.example", name))
    found, = call(server, ["Email/query", {"accountId": account,
                                           "filter": {"inMailbox": boxes["drafts"]}}, "0"])
    email, = found["ids"]
    return email


def send(server, account, boxes, email, envelope=None):
    said = call(server, ["EmailSubmission/set", {
        "accountId": account,
        "create": {"s": {"identityId": "P" + account[1:], "emailId": email,
                         "envelope": envelope}},
        "onSuccessUpdateEmail": {"#s": {f"mailboxIds/{boxes['drafts']}": None,
                                        f"mailboxIds/{boxes['sent']}": True,
                                        "keywords/$draft": None}}}, "0"])
    want(said[0]["created"], str(said))
    return said[0]["created"]["s"]


def run(server):
    sink = Sink()
    server.cli("domain", "add", "sink.example", "--kind", "routed")
    server.cli("route", "set", "sink", "--for", "sink.example", "--to", f"127.0.0.1:{sink.port}")
    try:
        _, session = ask(server, "GET", "/jmap/session")
        account = session["primaryAccounts"][USING[2]]
        got, = call(server, ["Mailbox/get", {"accountId": account, "ids": None}, "0"])
        boxes = {box["role"]: box["id"] for box in got["list"]}
        later = {"mailFrom": {"email": server.jane, "parameters": {"HOLDFOR": "3600"}},
                 "rcptTo": [{"email": "ann@sink.example"}]}
        held = send(server, account, boxes, draft(server, boxes, account, "held"), later)
        want_equal(held["undoStatus"], "pending", "delayed")
        said, = call(server, ["EmailSubmission/set", {
            "accountId": account, "update": {held["id"]: {"undoStatus": "canceled"}}}, "0"])
        want_equal(said["updated"], {held["id"]: None}, str(said))
        email = draft(server, boxes, account, "sent")
        sent = send(server, account, boxes, email)
        await_message(sink, "sent@e2e.example")
        want_equal(list(sink.taken), ["sent@e2e.example"], "what was taken back has not gone")
        where, status = call(
            server, ["Email/get", {"accountId": account, "ids": [email],
                                   "properties": ["mailboxIds"]}, "0"],
            ["EmailSubmission/get", {"accountId": account, "ids": [sent["id"]],
                                     "properties": ["undoStatus"]}, "1"])
        want_equal(where["list"][0]["mailboxIds"], {boxes["sent"]: True}, "in Sent")
        want_equal(status["list"][0]["undoStatus"], "final", "sent")
    finally:
        sink.stop()
