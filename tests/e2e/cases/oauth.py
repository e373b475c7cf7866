"""S4: a person lets a program in at our page; it logs in by IMAP, POP3, SMTP and JMAP with
the token; python3-jwcrypto judges the ID token. Then the grant is revoked."""

import base64
import hashlib
import html
import http.client
import imaplib
import json
import os
import poplib
import re
import secrets
import smtplib
import urllib.parse

from lib import mail
from lib.client import Failure, tool, want, want_equal

HOST = "mail.e2e.example"
SETTINGS = {"delay_ms": "0"}
SCOPE = "openid email offline_access imap pop smtp jmap sieve"
BACK = "http://127.0.0.1:51004/back"


def trust(server):
    context = mail.trust(server)
    context.check_hostname = False
    return context


def ask(server, method, path, form=None, **fields):
    """(status, fields, body)"""
    session = http.client.HTTPSConnection("127.0.0.1", server.ports["https"], timeout=60,
                                          context=trust(server))
    body = urllib.parse.urlencode(form) if form else None
    if form:
        fields["Content-Type"] = "application/x-www-form-urlencoded"
    session.request(method, path, body, {"Host": HOST, **fields})
    answer = session.getresponse()
    said = answer.status, answer.headers, answer.read().decode()
    session.close()
    return said


def hidden(page, name):
    return html.unescape(re.search(rf'name="{name}" value="([^"]*)"', page).group(1))


def issuer(server):
    return f"https://{HOST}"


def challenge(verifier):
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def allow(server, client, nonce, scope=SCOPE):
    """A browser without scripts goes the whole way; the tokens."""
    verifier = secrets.token_urlsafe(48)
    query = urllib.parse.urlencode({
        "response_type": "code", "client_id": client, "redirect_uri": BACK, "scope": scope,
        "state": "s1", "nonce": nonce, "code_challenge": challenge(verifier),
        "code_challenge_method": "S256"})
    status, _, page = ask(server, "GET", f"/oauth/authorize?{query}")
    want_equal(status, 200, page)
    status, fields, page = ask(server, "POST", "/oauth/signin", {
        "to": hidden(page, "to"), "username": server.jane,
        "password": server.passwords[server.jane]})
    want_equal(status, 303, page)
    cookie = fields["Set-Cookie"].split(";")[0]
    status, _, page = ask(server, "GET", fields["Location"], Cookie=cookie)
    want_equal(status, 200, page)
    want("script" not in page and server.jane in page, page)
    status, fields, page = ask(server, "POST", "/oauth/decision", {
        "about": hidden(page, "about"), "seal": hidden(page, "seal"), "decision": "allow"},
        Cookie=cookie)
    want_equal(status, 303, page)
    came = urllib.parse.urlsplit(fields["Location"])
    said = dict(urllib.parse.parse_qsl(came.query))
    want_equal((fields["Location"].split("?")[0], said["state"], said["iss"]),
               (BACK, "s1", issuer(server)), "redirection")
    status, _, body = ask(server, "POST", "/oauth/token", {
        "grant_type": "authorization_code", "code": said["code"], "redirect_uri": BACK,
        "client_id": client, "code_verifier": verifier})
    want_equal(status, 200, body)
    return json.loads(body)


JUDGE = """
import json, sys
from jwcrypto import jwk, jws
said = json.load(sys.stdin)
token = jws.JWS()
token.deserialize(said["token"])
key = jwk.JWKSet.from_json(said["keys"]).get_key(token.jose_header["kid"])
assert key.thumbprint() == token.jose_header["kid"], key.thumbprint()
token.verify(key)
print(token.payload.decode())
"""


def judged(server, token):
    """The claims, by a JOSE library that is not ours."""
    keys = ask(server, "GET", "/oauth/jwks")[2]
    path = os.path.join(server.folder, "judge.py")
    with open(path, "w", encoding="utf-8") as f:
        f.write(JUDGE)
    said = tool(["/usr/bin/python3", path], stdin=json.dumps({"keys": keys, "token": token}))
    return json.loads(said)


def identity(server, tokens, client, nonce):
    claims = judged(server, tokens["id_token"])
    want_equal((claims["iss"], claims["aud"], claims["nonce"], claims["amr"]),
               (issuer(server), client, nonce, ["pwd"]), str(claims))
    half = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
    want_equal(claims["at_hash"], base64.urlsafe_b64encode(half).rstrip(b"=").decode(), "at_hash")
    status, _, body = ask(server, "GET", "/oauth/userinfo",
                          Authorization=f"Bearer {tokens['access_token']}")
    want_equal((status, json.loads(body)["sub"], json.loads(body)["email"]),
               (200, claims["sub"], server.jane), body)


def logs_in(server, token):
    """By every protocol: true, or false by every protocol."""
    bearer = f"n,a={server.jane},\1auth=Bearer {token}\1\1"
    xoauth = f"user={server.jane}\1auth=Bearer {token}\1\1"
    return {"imap": by_imap(server, bearer), "pop3": by_pop3(server, xoauth),
            "smtp": by_smtp(server, bearer), "curl": by_curl(server, token),
            "jmap": ask(server, "GET", "/jmap/session", Authorization=f"Bearer {token}")[0] == 200}


def by_imap(server, bearer):
    client = imaplib.IMAP4_SSL("127.0.0.1", server.ports["imaps"], ssl_context=trust(server))
    said = [bearer.encode(), b"\1"]
    try:
        client.authenticate("OAUTHBEARER", lambda _: said.pop(0))
        return client.select("INBOX")[0] == "OK"
    except imaplib.IMAP4.error:
        return False
    finally:
        client.logout()


def by_pop3(server, xoauth):
    client = poplib.POP3_SSL("127.0.0.1", server.ports["pop3s"], context=trust(server))
    try:
        client._shortcmd("AUTH XOAUTH2 " + base64.b64encode(xoauth.encode()).decode())
        return client._shortcmd("NOOP").startswith(b"+OK")
    except poplib.error_proto:
        return False
    finally:
        client.close()


def by_smtp(server, bearer):
    with smtplib.SMTP_SSL("127.0.0.1", server.ports["submissions"],
                          context=trust(server)) as client:
        client.ehlo()
        code, said = client.docmd("AUTH", "OAUTHBEARER " +
                                  base64.b64encode(bearer.encode()).decode())
        if code == 334:
            want(b"openid-configuration" in base64.b64decode(said), str(said))
            code, _ = client.docmd("AQ==")
        return code == 235


def by_curl(server, token):
    try:
        tool(["curl", "--silent", "--max-time", "30", "--cacert", server.ca, "--user",
              f"{server.jane}:", "--login-options", "AUTH=OAUTHBEARER", "--oauth2-bearer", token,
              f"imaps://127.0.0.1:{server.ports['imaps']}/"])
    except Failure:
        return False
    return True


def run(server):
    server.stop()
    server.add_section("oauth_server", public_url=f'"https://{HOST}"')
    server.start()
    metadata = json.loads(ask(server, "GET", "/.well-known/openid-configuration")[2])
    want_equal(metadata["issuer"], issuer(server), "issuer")
    client = server.ask("oauth", "client", "add", "Mail App", "--redirect",
                        "http://127.0.0.1/back")["id"]
    tokens = allow(server, client, "n-1")
    identity(server, tokens, client, "n-1")
    everywhere = {"imap": True, "pop3": True, "smtp": True, "curl": True, "jmap": True}
    want_equal(logs_in(server, tokens["access_token"]), everywhere, "with the token")
    want_equal(ask(server, "POST", "/oauth/register", {"a": "b"})[0], 403, "registration is off")
    nowhere = dict.fromkeys(everywhere, False)
    for scope, opens in (("imap", ("imap", "curl")), ("pop", ("pop3",)), ("smtp", ("smtp",)),
                         ("jmap", ("jmap",)), ("sieve", ())):
        narrow = allow(server, client, "n-2", scope)["access_token"]
        want_equal(logs_in(server, narrow), {**nowhere, **dict.fromkeys(opens, True)}, scope)
    server.kill()
    server.start()
    want_equal(logs_in(server, tokens["access_token"]), everywhere, "after a crash")
    status, _, body = ask(server, "POST", "/oauth/token", {
        "grant_type": "refresh_token", "client_id": client,
        "refresh_token": tokens["refresh_token"]})
    want_equal(status, 200, body)
    token = json.loads(body)["access_token"]
    grants = server.ask("oauth", "grant", "list", server.jane)
    want_equal(len(grants), 6, str(grants))
    for grant in grants:
        want_equal((grant["client"], grant["name"]), (client, "Mail App"), str(grant))
        server.cli("oauth", "grant", "revoke", server.jane, grant["grant"])
    want_equal(logs_in(server, token), nowhere, "after its end")
    want_equal(server.ask("oauth", "grant", "list", server.jane), [], "grants")
    before = {key["id"] for key in server.ask("oauth", "key", "list")}
    server.cli("oauth", "key", "rotate")
    after = server.ask("oauth", "key", "list")
    want_equal(sorted(key["state"] for key in after),
               ["retired", "retired", "signs", "signs"], "keys")
    want(before < {key["id"] for key in after}, "the old keys are gone")
    acts = server.cli("audit", "list", "--json")
    want("oauth.grant" in acts and "oauth.revoke" in acts, acts)
