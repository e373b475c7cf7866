"""S4: delivered mail is found by JMAP: Basic, session, Mailbox/get, Email/query, Email/get."""

import base64
import http.client
import json

from lib import mail
from lib.client import tool, want, want_equal

HOST = "mail.e2e.example"
USING = ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail"]


def ask(server, method, path, body=None, password=None):
    """(status, parsed body)"""
    login = f"{server.jane}:{password or server.passwords[server.jane]}"
    session = http.client.HTTPSConnection("127.0.0.1", server.ports["https"], timeout=60,
                                          context=trust(server))
    session.request(method, path, json.dumps(body) if body else None, {
        "Host": HOST, "Content-Type": "application/json",
        "Authorization": "Basic " + base64.b64encode(login.encode()).decode()})
    answer = session.getresponse()
    said = answer.status, json.loads(answer.read())
    session.close()
    return said


def trust(server):
    context = mail.trust(server)
    context.check_hostname = False
    return context


def call(server, *calls):
    status, said = ask(server, "POST", "/jmap/api", {"using": USING, "methodCalls": calls})
    want_equal(status, 200, f"API: {said}")
    return [(name, arguments) for name, arguments, _ in said["methodResponses"]]


def run(server):
    server.put(server.jane, "INBOX", mail.simple(server.luis, server.jane, "by JMAP"))
    want_equal(ask(server, "GET", "/jmap/session", password="wrong")[0], 401, "wrong password")
    status, session = ask(server, "GET", "/.well-known/jmap")
    want_equal((status, session["username"]), (200, server.jane), "session")
    account = session["primaryAccounts"][USING[1]]
    (name, boxes), = call(server, ["Mailbox/get", {"accountId": account, "ids": None}, "0"])
    want_equal(name, "Mailbox/get", str(boxes))
    inbox, = [box for box in boxes["list"] if box["role"] == "inbox"]
    want_equal((inbox["totalEmails"], inbox["unreadEmails"]), (1, 1), "counts")
    found, got = call(
        server,
        ["Email/query", {"accountId": account, "filter": {"inMailbox": inbox["id"]},
                         "sort": [{"property": "receivedAt", "isAscending": False}]}, "0"],
        ["Email/get", {"accountId": account, "properties": ["subject", "from", "mailboxIds"],
                       "#ids": {"resultOf": "0", "name": "Email/query", "path": "/ids"}}, "1"])
    want_equal(len(found[1]["ids"]), 1, "found")
    email, = got[1]["list"]
    want_equal((email["id"], email["subject"], email["from"][0]["email"], email["mailboxIds"]),
               (found[1]["ids"][0], "by JMAP", server.luis, {inbox["id"]: True}), "email")
    by_http2(server)


def by_http2(server):
    """A password that nobody remembers is computed in the slow lane."""
    port = server.ports["https"]
    said = tool(["curl", "--silent", "--show-error", "--http2", "--max-time", "30", "--cacert",
                 server.ca, "--resolve", f"{HOST}:{port}:127.0.0.1", "--user",
                 f"{server.luis}:{server.passwords[server.luis]}", "--write-out",
                 "\n%{http_version} %{http_code}\n", f"https://{HOST}:{port}/jmap/session"])
    want(said.endswith("\n2 200\n") and server.luis in said, said)
    said = tool(["curl", "--silent", "--http2", "--max-time", "30", "--cacert", server.ca,
                 "--resolve", f"{HOST}:{port}:127.0.0.1", "--user", f"{server.luis}:wrong",
                 "--output", "/dev/null", "--write-out", "%{http_version} %{http_code}",
                 f"https://{HOST}:{port}/jmap/session"])
    want_equal(said, "2 401", "a wrong password")
