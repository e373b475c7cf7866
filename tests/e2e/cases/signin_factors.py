"""S2: second factors: TOTP, recovery codes, passkeys; application passwords made in the page."""

import importlib.util
import os

from lib.authenticator import PRESENT, Authenticator, totp
from lib.client import want, want_equal

USING = ["urn:ietf:params:jmap:core", "https://postroad.org/jmap/signin"]
SECOND = "urn:postroad:problem:second-factor"
# Guesses are many here, from one address, and nobody waits for their answers.
SETTINGS = {"delay_ms": "0", "account_failures": "100"}


def signin():
    """The other case's browser."""
    path = os.path.join(os.path.dirname(__file__), "signin.py")
    spec = importlib.util.spec_from_file_location("signin", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Page:
    def __init__(self, server, who):
        self.module = signin()
        self.server, self.who = server, who
        self.browser = self.module.Browser(server)
        self.origin = f"https://{self.module.HOST}:{self.browser.port}"
        self.account = None

    def sign_in(self, **more):
        return self.browser.sign_in(self.who, self.server.passwords[self.who], **more)

    def call(self, method, **arguments):
        """(name, arguments) of the response."""
        if not self.account:
            _, session = self.browser.ask("GET", "/jmap/session")
            self.account = session["primaryAccounts"][USING[1]]
        status, said = self.browser.ask("POST", "/jmap/api", {
            "using": USING, "methodCalls": [[method, {"accountId": self.account, **arguments},
                                             "0"]]})
        want_equal(status, 200, f"{method}: {said}")
        return said["methodResponses"][0][:2]

    def make(self, kind, **values):
        name, said = self.call(f"{kind}/set", create={"a": values})
        want(said.get("created"), f"{kind}: {name} {said}")
        return said["created"]["a"]


def run(server):
    page = Page(server, server.jane)
    want_equal(page.sign_in()[0], 200, "with the password alone")
    app_passwords(server, page)
    codes = totp_and_recovery(server, page)
    passkeys(server, page)
    proofs(server, page)
    server.cli("second-factor", "reset", server.jane)
    want_equal(server.ask("second-factor", "show", server.jane), [], "after a reset")
    want_equal(page.sign_in()[0], 200, "the password alone again")
    want_equal(page.sign_in(code=codes[5])[0], 200, "and what is not asked for is not looked at")
    acts = {entry["act"] for entry in server.ask("audit", "list", "--limit", "100")}
    want({"second-factor.add", "second-factor.reset", "app-password.add"} <= acts, str(acts))


def app_passwords(server, page):
    made = page.make("AppPassword", name="Telephone", scopes=["imap"])
    want(len(made["password"]) >= 24, "too short")
    want(page.module.logs_in(server, made["password"], page.who), "IMAP")
    _, said = page.call("AppPassword/get", ids=None)
    one, = said["list"]
    want_equal((one["name"], one["scopes"], "password" in one), ("Telephone", ["imap"], False), "")
    _, said = page.call("AppPassword/get", ids=None, properties=["password"])
    want_equal(said["list"][0]["password"], None, "shown again")
    _, said = page.call("AppPassword/set", create={"a": {"name": "x", "scopes": ["ftp"]}})
    want_equal(said["notCreated"]["a"]["properties"], ["scopes"], "an unknown scope")


def totp_and_recovery(server, page):
    made = page.make("Totp", name="Telephone")
    want(made["uri"].startswith("otpauth://totp/mail.e2e.example:jane@"), made["uri"])
    want_equal((made["isOn"], page.sign_in()[0]), (False, 200), "not confirmed: not asked for")
    _, said = page.call("Totp/set", update={made["id"]: {"code": "000000"}})
    want_equal(said["notUpdated"][made["id"]]["properties"], ["code"], "a wrong code")
    code = totp(made["secret"])
    _, said = page.call("Totp/set", update={made["id"]: {"code": code}})
    want(made["id"] in said["updated"], str(said))
    status, said = page.sign_in()
    want_equal((status, said["type"], said["methods"]), (401, SECOND, ["totp"]), "asked for")
    want_equal(page.sign_in(code=code)[0], 401, "a code that was taken before")
    code = totp(made["secret"], 1)
    want_equal(page.sign_in(code=code)[0], 200, "the next one")
    want_equal(page.sign_in(code=code)[0], 401, "once")
    want_equal(page.browser.sign_in(page.who, "wrong", code=code)[1]["type"], "about:blank",
               "a wrong password does not tell of it")
    want(not page.module.logs_in(server, server.passwords[page.who], page.who),
         "IMAP by the main password")
    server.cli("domain", "set", page.who.split("@")[1], "--app-passwords", "optional")
    want(page.module.logs_in(server, server.passwords[page.who], page.who), "the domain lets it")
    server.cli("domain", "set", page.who.split("@")[1], "--app-passwords", "demanded")
    _, said = page.call("RecoveryCodes/renew")
    codes = said["codes"]
    want_equal((len(codes), len(set(codes))), (10, 10), "recovery codes")
    want_equal(page.sign_in()[1]["methods"], ["totp", "recovery"], "methods")
    want_equal(page.sign_in(code=codes[0])[0], 200, "a recovery code")
    want_equal(page.sign_in(code=codes[0])[0], 401, "once")
    return codes


def passkeys(server, page):
    device = Authenticator()
    _, said = page.call("Passkey/options")
    options = said["publicKey"]
    want_equal((options["rp"]["id"], options["attestation"]), (page.module.HOST, "none"), "options")
    answer = device.create(options, page.origin)
    evil = device.create(options, "https://evil.example")
    _, said = page.call("Passkey/set", create={"a": {"name": "Key", "response": evil["response"]}})
    want_equal(said["notCreated"]["a"]["properties"], ["response"], "of another origin")
    made = page.make("Passkey", name="Key", response=answer["response"])
    _, said = page.call("Passkey/set", create={"a": {"name": "Key",
                                                     "response": answer["response"]}})
    want("a" in said["notCreated"], "the same challenge twice")
    # beside the password
    status, said = page.sign_in()
    want_equal((status, said["methods"]), (401, ["totp", "passkey", "recovery"]), "methods")
    want_equal(len(said["publicKey"]["allowCredentials"]), 1, "which passkeys")
    shown = device.get(said["publicKey"], page.origin)
    want_equal(page.sign_in(passkey=shown)[0], 200, "password and passkey")
    want_equal(page.sign_in(passkey=shown)[0], 401, "the same answer twice")
    # alone
    alone(server, page, device)
    _, said = page.call("Passkey/get", ids=None)
    want_equal([row["id"] for row in said["list"]], [made["id"]], "Passkey/get")
    _, said = page.call("Passkey/set", destroy=[made["id"]])
    want_equal(said["destroyed"], [made["id"]], "destroyed")
    want_equal(page.sign_in()[1]["methods"], ["totp", "recovery"], "one factor less")


def alone(server, page, device):
    def options():
        return page.browser.ask("POST", "/auth/passkey", {})[1]["publicKey"]

    def shown(**changes):
        for name, value in changes.items():
            setattr(device, name, value)
        return page.browser.ask("POST", "/auth/session",
                                {"passkey": device.get(options(), page.origin)})

    status, said = shown()
    want_equal((status, said["username"], said["session"]["how"]), (200, page.who, "passkey"), "")
    handle, flags = device.handle, device.flags
    want_equal(shown(flags=PRESENT)[0], 401, "the person was not verified")
    device.flags = flags
    want_equal(shown(handle="AAAA")[0], 401, "of another person")
    device.handle = handle
    want_equal(shown(counter=0)[0], 401, "a copy: its counter did not grow")
    device.counter = 1000
    wrong = device.get(options(), page.origin)
    wrong["response"]["signature"] = wrong["response"]["signature"][:-6] + "AAAAAA"
    want_equal(page.browser.ask("POST", "/auth/session", {"passkey": wrong})[0], 401, "signature")
    evil = device.get(options(), "https://evil.example")
    want_equal(page.browser.ask("POST", "/auth/session", {"passkey": evil})[0], 401, "origin")
    stranger = Authenticator()
    want_equal(page.browser.ask("POST", "/auth/session",
                                {"passkey": stranger.get(options(), page.origin)})[0], 401, "")
    second = page.sign_in()[1]["publicKey"]
    want_equal(page.browser.ask("POST", "/auth/session",
                                {"passkey": device.get(second, page.origin)})[0], 401,
               "a challenge for the other purpose")
    want_equal(shown()[0], 200, "and it still works")


def proofs(server, page):
    """Basic shows the password each time; a cookie has to have shown it a moment ago."""
    status, said = page.browser.ask("GET", "/auth/proof")
    want_equal((status, said["fresh"], "totp" in said["methods"]), (200, True, True), "fresh")
    want_equal(page.browser.ask("POST", "/auth/proof", {"password": "wrong"})[0], 401, "wrong")
    want_equal(page.browser.ask("GET", "/auth/session")[0], 200, "the session goes on")
    right = {"password": server.passwords[page.who]}
    want_equal(page.browser.ask("POST", "/auth/proof", right)[0], 204, "right")
    want_equal(page.browser.ask("POST", "/auth/proof", {"code": "000000"})[0], 401, "a wrong code")
