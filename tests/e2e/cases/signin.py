"""S2: signing in at the page by TLS: the cookie, JMAP by it, other sites refused, signing out."""

import http.client
import imaplib
import json

from lib import mail
from lib.client import tool, want, want_equal

HOST = "mail.e2e.example"
PAGE = {"Postroad-Request": "1", "Sec-Fetch-Site": "same-origin"}
ECHO = {"using": ["urn:ietf:params:jmap:core"], "methodCalls": [["Core/echo", {}, "0"]]}


class Browser:
    """A page's requests: it keeps the cookie and says its origin."""

    def __init__(self, server):
        self.server = server
        self.port = server.ports["https"]
        self.cookie = None

    def ask(self, method, path, body=None, **fields):
        """(status, parsed body or None)"""
        context = mail.trust(self.server)
        context.check_hostname = False
        session = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=60, context=context)
        head = {"Host": f"{HOST}:{self.port}", "Content-Type": "application/json",
                "Origin": f"https://{HOST}:{self.port}", **PAGE}
        if self.cookie:
            head["Cookie"] = "__Host-postroad=" + self.cookie
        head.update({name.replace("_", "-"): value for name, value in fields.items()})
        session.request(method, path, json.dumps(body) if body is not None else None, head)
        answer = session.getresponse()
        text = answer.read()
        self.take(answer.headers.get_all("Set-Cookie") or [])
        session.close()
        return answer.status, json.loads(text) if text else None

    def take(self, cookies):
        for cookie in cookies:
            pair, *attributes = [part.strip() for part in cookie.split(";")]
            name, _, value = pair.partition("=")
            want_equal(name, "__Host-postroad", "cookie")
            for attribute in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/"):
                want(attribute in attributes, cookie)
            self.cookie = value or None

    def sign_in(self, who, password, **more):
        return self.ask("POST", "/auth/session",
                        {"username": who, "password": password, **more})


def run(server):
    page = Browser(server)
    want_equal(page.ask("GET", "/auth/session")[0], 401, "nobody")
    want_equal(page.sign_in(server.jane, "wrong")[0], 401, "a wrong password")
    want(page.cookie is None, "a cookie for nothing")
    status, said = page.sign_in(server.jane, server.passwords[server.jane])
    want_equal((status, said["username"]), (200, server.jane), "signed in")
    want_equal(page.ask("POST", "/jmap/api", ECHO)[0], 200, "JMAP by cookie")
    evil = page.ask("POST", "/jmap/api", ECHO, Origin="https://evil.example")
    want_equal(evil[0], 403, "Origin")
    want_equal(page.ask("POST", "/jmap/api", ECHO, Postroad_Request="")[0], 403, "no mark")
    by_curl(server, page.cookie)
    other = Browser(server)
    want_equal(other.sign_in(server.jane, server.passwords[server.jane])[0], 200, "a second one")
    stolen = page.cookie
    want_equal(page.ask("DELETE", "/auth/session")[0], 204, "signing out")
    want(page.cookie is None, "the cookie stayed")
    page.cookie = stolen
    want_equal(page.ask("GET", "/auth/session")[0], 401, "an ended session")
    after_a_restart(server, other)
    by_an_administrator(server)
    app_passwords(server)
    server.cli("account", "set", server.jane, "--disable")
    want_equal(other.ask("GET", "/auth/session")[0], 401, "disabled")
    metrics = tool(["curl", "--silent", f"http://127.0.0.1:{server.ports['metrics']}/metrics"])
    want('postroad_session_lookups_total{result="refused"} 2' in metrics, metrics)
    acts = [entry["act"] for entry in server.ask("audit", "list")]
    want("session.begin" in acts and "session.end" in acts, str(acts))


def by_curl(server, cookie):
    port = server.ports["https"]
    said = tool(["curl", "--silent", "--show-error", "--http2", "--max-time", "30", "--cacert",
                 server.ca, "--resolve", f"{HOST}:{port}:127.0.0.1", "--cookie",
                 f"__Host-postroad={cookie}", "--write-out", "\n%{http_version} %{http_code}\n",
                 f"https://{HOST}:{port}/jmap/session"])
    want(said.endswith("\n2 200\n") and server.jane in said, said)


def by_an_administrator(server):
    page = Browser(server)
    want_equal(page.sign_in(server.luis, server.passwords[server.luis])[0], 200, "luis")
    one, = server.ask("session", "list", server.luis)
    want_equal((one["how"], one["address"]), ("password", "127.0.0.1"), "session list")
    server.cli("session", "end", server.luis, one["id"])
    want_equal(page.ask("GET", "/auth/session")[0], 401, "ended by an administrator")


def logs_in(server, password, who=None):
    context = mail.trust(server)
    context.check_hostname = False
    session = imaplib.IMAP4_SSL("127.0.0.1", server.ports["imaps"], ssl_context=context)
    try:
        session.login(who or server.luis, password)
        return True
    except imaplib.IMAP4.error:
        return False
    finally:
        session.shutdown()


def app_passwords(server):
    """Made for one protocol, they open that alone, until they are taken away."""
    one = server.ask("app-password", "add", server.luis, "Telephone", "--for", "imap")
    other = server.ask("app-password", "add", server.luis, "Scanner", "--for", "smtp,pop")
    want(logs_in(server, one["password"]), "IMAP with an application password")
    want(not logs_in(server, other["password"]), "IMAP with one for SMTP")
    want_equal(Browser(server).sign_in(server.luis, one["password"])[0], 401, "the page")
    listed = server.ask("app-password", "list", server.luis)
    want_equal({row["name"]: row["for"] for row in listed},
               {"Telephone": "imap", "Scanner": "pop,smtp"}, "list")
    want(one["password"] not in str(listed), "shown again")
    server.cli("app-password", "remove", server.luis, one["id"])
    want(not logs_in(server, one["password"]), "one that was taken away")


def after_a_restart(server, page):
    """A session is durable."""
    server.kill()
    server.start()
    page.port = server.ports["https"]
    status, said = page.ask("GET", "/auth/session")
    want_equal((status, said["username"]), (200, server.jane), "after kill -9")
