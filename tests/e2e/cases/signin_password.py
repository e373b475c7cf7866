"""S2: a person gives herself another main password at the page; what was open goes on or ends as
she wants; she has a message about it; programs that were let in by OAuth are listed and ended."""

import imaplib
import importlib.util
import os

from lib import mail
from lib.client import want, want_equal

FIRST, SECOND = "violet ladder 7 owls", "nine green kettles, 4"
SETTINGS = {"delay_ms": "0"}


def other(name):
    path = os.path.join(os.path.dirname(__file__), f"{name}.py")
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def notes(server, password):
    """The messages of the mail service in her mailbox."""
    context = mail.trust(server)
    context.check_hostname = False
    with imaplib.IMAP4_SSL("127.0.0.1", server.ports["imaps"], ssl_context=context) as session:
        session.login(server.jane, password)
        session.select("INBOX", readonly=True)
        _, (found,) = session.search(None, "SUBJECT", '"Your password was changed"')
        return [session.fetch(n, "(BODY[])")[1][0][1].decode() for n in found.split()]


def run(server):
    oauth, factors = other("oauth"), other("signin_factors")
    server.stop()
    server.add_section("oauth_server", public_url=f'"https://{oauth.HOST}"')
    server.start()
    client = server.ask("oauth", "client", "add", "Mail App", "--redirect",
                        "http://127.0.0.1/back")["id"]
    page, elsewhere = factors.Page(server, server.jane), factors.Page(server, server.jane)
    want_equal((page.sign_in()[0], elsewhere.sign_in()[0]), (200, 200), "signed in twice")
    tokens = oauth.allow(server, client, "n-1")
    grants(server, page, oauth, tokens)
    changes(server, page, elsewhere, oauth, tokens)
    # what it takes, and that it is over
    said = server.cli("audit", "list", "--json")
    want("password.change" in said and FIRST not in said, said)
    server.kill()
    server.start()
    want(page.module.logs_in(server, SECOND, server.jane), "after a crash")


def grants(server, page, oauth, tokens):
    _, said = page.call("OAuthGrant/get", ids=None)
    one, = said["list"]
    want_equal((one["name"], one["registeredItself"], one["sessionId"]),
               ("Mail App", False, None), str(one))
    want("imap" in one["scopes"] and one["createdAt"] <= one["usedAt"] < one["expiresAt"],
         str(one))
    want(oauth.by_imap(server, f"n,a={server.jane},\1auth=Bearer {tokens['access_token']}\1\1"),
         "before")


def changes(server, page, elsewhere, oauth, tokens):
    bearer = f"n,a={server.jane},\1auth=Bearer {tokens['access_token']}\1\1"
    old = server.passwords[server.jane]
    want_equal(page.call("Password/change", password="password1234")[1]["type"], "passwordWeak",
               "weak")
    want_equal(page.call("Password/change", password="Jane-2026")[1]["type"], "passwordTooShort",
               "short")
    name, said = page.call("Password/change", password=FIRST, endSessions=False, endGrants=False)
    want_equal((name, said.get("endedSessions")), ("Password/change", 0), str(said))
    want_equal(elsewhere.browser.ask("GET", "/auth/session")[0], 200, "the other session goes on")
    want(oauth.by_imap(server, bearer), "the grant goes on")
    want(not page.module.logs_in(server, old, server.jane), "the old password")
    note, = notes(server, FIRST)
    want("From the address: 127.0.0.1" in note and FIRST not in note, note)
    name, said = page.call("Password/change", password=SECOND)
    # (the browser of the OAuth page is a third session)
    want_equal((name, said.get("endedSessions"), said.get("endedGrants")),
               ("Password/change", 2, 1), str(said))
    want_equal(page.browser.ask("GET", "/auth/session")[0], 200, "one's own goes on")
    want_equal(elsewhere.browser.ask("GET", "/auth/session")[0], 401, "the other has ended")
    want(not oauth.by_imap(server, bearer), "the grant has ended")
    want_equal(page.call("OAuthGrant/get", ids=None)[1]["list"], [], "grants")
    want_equal(len(notes(server, SECOND)), 2, "messages")
    want_equal(page.call("Password/change", password=FIRST)[1]["type"], "passwordReused", "again")
    server.passwords[server.jane] = SECOND
