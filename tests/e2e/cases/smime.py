"""RFC 9219: signed messages of openssl, verified by the helper in its cage; what the page and other
clients hear of them, and what the operator sees."""

import os
import shutil
import subprocess

from cases.jmap import ask
from lib.client import want, want_equal

CAPABILITY = "urn:ietf:params:jmap:smimeverify"
USING = ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail", CAPABILITY]
SCRIPT = os.path.join(os.path.dirname(__file__), "../../world/smime/make.sh")
NAMES = ["good", "opaque", "huge", "hugeopaque", "chain", "wide", "changed", "unknown", "expired",
         "revoked", "address", "garbage", "nested", "unsigned"]
SECONDS = 60


def call(server, *calls):
    status, said = ask(server, "POST", "/jmap/api", {"using": USING, "methodCalls": calls})
    want_equal(status, 200, f"API: {said}")
    return [arguments for _, arguments, _ in said["methodResponses"]]


def run(server):
    folder = os.path.join(server.folder, "smime")
    subprocess.run(["sh", SCRIPT, folder], check=True, timeout=4 * SECONDS)
    server.stop()
    server.configure("trust", f'"{folder}/trust"')
    os.makedirs(f"{folder}/trust", exist_ok=True)
    shutil.copy(f"{folder}/root.pem", f"{folder}/trust/root.pem")
    shutil.copy(f"{folder}/root.crl", f"{folder}/trust/root.crl")
    server.start()
    emails = {}
    _, session = ask(server, "GET", "/jmap/session")
    want(CAPABILITY in session["capabilities"], "no capability")
    account = session["primaryAccounts"][CAPABILITY]
    for name in NAMES:
        with open(f"{folder}/{name}.eml", "rb") as f:
            server.put(server.jane, "INBOX", f.read())
        found, = call(server, ["Email/query", {
            "accountId": account, "sort": [{"property": "receivedAt", "isAscending": False}]}, "0"])
        emails[name], = set(found["ids"]) - set(emails.values())
    check_each(server, folder, account, emails)
    check_query(server, account, emails)
    counted = server.cli("smime", "trust", "--json")
    want('"certificates":1' in counted.replace(" ", ""), counted)
    want('"lists":1' in counted.replace(" ", ""), counted)


def check_each(server, folder, account, emails):
    """As openssl's own command says, but for the address, which it does not look at."""
    got, = call(server, ["Email/get", {
        "accountId": account, "ids": list(emails.values()),
        "properties": ["smimeStatus", "smimeStatusAtDelivery", "smimeErrors",
                       "smimeVerifiedAt"]}, "0"])
    by_id = {email["id"]: email for email in got["list"]}
    for name, email in emails.items():
        said = by_id[email]
        with open(f"{folder}/{name}.judge", encoding="ascii") as f:
            good = f.read().strip() == "0" and name != "address"
        wanted = "signed/verified" if good else "signed/failed"
        if name == "unsigned":
            want_equal(said["smimeStatus"], None, name)
            want_equal(said["smimeErrors"], None, name)
            continue
        want_equal(said["smimeStatus"], wanted, f"{name}: {said}")
        want_equal(said["smimeStatusAtDelivery"], wanted, name)
        want_equal(bool(said["smimeErrors"]), not good, f"{name}: {said}")
        want(said["smimeVerifiedAt"], name)


def check_query(server, account, emails):
    found, good, bad = call(
        server,
        ["Email/query", {"accountId": account, "filter": {"hasSmime": True}}, "0"],
        ["Email/query", {"accountId": account, "filter": {"hasVerifiedSmime": True}}, "1"],
        ["Email/query", {"accountId": account, "filter": {
            "hasSmime": True, "hasVerifiedSmimeAtDelivery": False}}, "2"])
    verified = {"good", "opaque", "huge", "hugeopaque", "chain", "wide"}
    want_equal(set(found["ids"]), set(emails.values()) - {emails["unsigned"]}, "hasSmime")
    want_equal(set(good["ids"]), {emails[name] for name in verified}, "hasVerifiedSmime")
    want_equal(set(bad["ids"]), set(found["ids"]) - set(good["ids"]), "at delivery")
