"""S4: what changes is told by an event stream (curl), by WebSocket (python3-websockets), by a push
service."""

import base64
import json
import subprocess
import time

from lib import mail
from lib.authority import Authority, Web
from lib.client import Failure, want, want_equal
from lib.dns import NameServer
from cases.jmap import HOST, ask

CORE = "urn:ietf:params:jmap:core"
PUSH = "push.push.zone"
WAIT_S = 60
SCRIPT = """
import asyncio, json, ssl, sys, websockets
url, ca, login = sys.argv[1:]
async def main():
    trust = ssl.create_default_context(cafile=ca)
    trust.check_hostname = False
    async with websockets.connect(url, ssl=trust, subprotocols=["jmap"],
                                  extra_headers={"Authorization": "Basic " + login}) as link:
        assert link.subprotocol == "jmap", link.subprotocol
        await link.send(iter([json.dumps({"@type": "Request", "id": "R1", "using": [%r],
            "methodCalls": [["Core/echo", {"text": "x" * 200000}, "0"]]})[n:n + 50000]
            for n in range(0, 250000, 50000)]))
        said = json.loads(await link.recv())
        assert said["requestId"] == "R1" and len(said["methodResponses"][0][1]["text"]) == 200000
        await (await link.ping())
        await link.send(json.dumps({"@type": "WebSocketPushEnable", "dataTypes": ["Email"]}))
        await link.send("nothing")
        assert "notJSON" in await link.recv()
        print("ready", flush=True)
        print(await link.recv(), flush=True)
asyncio.run(main())
""" % CORE


def run(server):
    authority = Authority(server.folder)
    web = Web({PUSH: authority.sign(PUSH)}, {})
    names = NameServer({(PUSH, "A"): ["127.0.0.1"]})
    try:
        server.stop()
        server.configure("stub", f'{{"zone 127.0.0.1@{names.port}"}}')
        server.configure("trust_anchor", '""')
        server.configure("web_authorities", f'"{authority.file}"')
        server.configure("private_networks", "true")
        server.configure("https_port", str(web.port))
        server.start()
        events(server)
        socket(server)
        service(server, web)
    finally:
        web.stop()
        names.__exit__()


def deliver(server, text):
    server.put(server.jane, "INBOX", mail.simple(server.luis, server.jane, text))


def login_of(server):
    return base64.b64encode(f"{server.jane}:{server.passwords[server.jane]}".encode()).decode()


def events(server):
    """closeafter=state: curl ends when the first event has come."""
    port = server.ports["https"]
    for version in ("--http2", "--http1.1"):
        link = subprocess.Popen(
            ["curl", "--silent", "--show-error", "--no-buffer", version, "--max-time", str(WAIT_S),
             "--cacert", server.ca, "--resolve", f"{HOST}:{port}:127.0.0.1", "--header",
             f"Authorization: Basic {login_of(server)}",
             f"https://{HOST}:{port}/jmap/events?types=Email&closeafter=state&ping=0"],
            stdout=subprocess.PIPE, text=True)
        while link.poll() is None:  # what is delivered before it watches is not told
            deliver(server, "told by events")
            time.sleep(0.5)
        said = link.stdout.read()
        want_equal(link.returncode, 0, f"curl {version}")
        want('event: state' in said and '"Email":' in said, said)


def socket(server):
    link = subprocess.Popen(["/usr/bin/python3", "-c", SCRIPT,
                             f"wss://127.0.0.1:{server.ports['https']}/jmap/ws", server.ca,
                             login_of(server)], stdout=subprocess.PIPE, text=True)
    want_equal(link.stdout.readline(), "ready\n", "the WebSocket")
    deliver(server, "told by WebSocket")
    said = json.loads(link.stdout.readline())
    want_equal((said["@type"], [list(x) for x in said["changed"].values()]),
               ("StateChange", [["Email"]]), "what is pushed")
    want_equal(link.wait(WAIT_S), 0, "the client's end")


def call(server, *calls):
    status, said = ask(server, "POST", "/jmap/api", {"using": [CORE], "methodCalls": calls})
    want_equal(status, 200, f"API: {said}")
    return [arguments for _, arguments, _ in said["methodResponses"]]


def await_post(web, count):
    until = time.monotonic() + WAIT_S
    while len(web.posts) < count:
        if time.monotonic() > until:
            raise Failure(f"the push service has {len(web.posts)} messages and not {count}")
        time.sleep(0.05)
    return web.posts[count - 1]


def subscribe(server, web, path):
    """A subscription that is verified, and the number of messages at its service by then."""
    count = len(web.posts)
    made, = call(server, ["PushSubscription/set", {"create": {"a": {
        "deviceClientId": path, "url": f"https://{PUSH}{path}", "types": ["Email"]}}}, "0"])
    name = made["created"]["a"]["id"]
    until = time.monotonic() + WAIT_S
    while True:
        want(time.monotonic() < until, "no verification code")
        codes = [json.loads(post[3]) for post in list(web.posts)[count:] if post[1] == path]
        if codes:
            break
        time.sleep(0.05)
    changed, = call(server, ["PushSubscription/set", {"update": {name: {
        "verificationCode": codes[0]["verificationCode"]}}}, "0"])
    want(name in changed["updated"], str(changed))
    return name


def told(server, web, path, since):
    """Mail comes until the browser behind path is told of it."""
    until = time.monotonic() + WAIT_S
    while not any(post[1] == path for post in list(web.posts)[since:]):
        want(time.monotonic() < until, f"{path} is told nothing")
        deliver(server, "told by a push service")
        time.sleep(1)


def removed(server, web, name):
    """`postroad push remove` ends the one and no other: what the other is told proves that the one
    would have been told as well."""
    other = subscribe(server, web, "/there")
    told(server, web, "/there", len(web.posts))
    server.ask("push", "remove", server.jane, name)
    want(any(row["act"] == "push remove" for row in server.ask("audit", "list", "--limit", "100")),
         "no audit entry")
    rows = server.ask("push", "list", server.jane)
    want_equal([row["token"] for row in rows], [other], "push list")
    list_now, = call(server, ["PushSubscription/get", {}, "0"])
    want_equal([one["id"] for one in list_now["list"]], [other], "PushSubscription/get")
    for _ in range(2):  # by the second time who is told has been read anew
        told(server, web, "/there", len(web.posts))
    since = len(web.posts)
    told(server, web, "/there", since)
    want(all(post[1] == "/there" for post in list(web.posts)[since:]),
         "a subscription that was removed is told")
    return other


def service(server, web):
    key = ask(server, "GET", "/jmap/session")[1]["capabilities"]
    key = key["urn:ietf:params:jmap:webpush-vapid"]["applicationServerKey"]
    made, = call(server, ["PushSubscription/set", {"create": {"a": {
        "deviceClientId": "e2e", "url": f"https://{PUSH}/here", "types": ["Email"]}}}, "0"])
    name = made["created"]["a"]["id"]
    host, path, fields, body = await_post(web, 1)
    want_equal((host, path), (PUSH, "/here"), "where to")
    want(fields["Authorization"].startswith("vapid t=") and
         fields["Authorization"].endswith(f", k={key}"), str(fields))
    want("TTL" in fields, str(fields))
    said = json.loads(body)
    want_equal((said["@type"], said["pushSubscriptionId"]), ("PushVerification", name), "first")
    changed, = call(server, ["PushSubscription/set", {"update": {name: {
        "verificationCode": said["verificationCode"]}}}, "0"])
    want(name in changed["updated"], str(changed))
    until = time.monotonic() + WAIT_S
    while len(web.posts) < 2:  # what is delivered before it is watched is not told
        want(time.monotonic() < until, "nothing is told")
        deliver(server, "told by a push service")
        time.sleep(1)
    said = json.loads(web.posts[1][3])
    want_equal((said["@type"], [list(x) for x in said["changed"].values()]),
               ("StateChange", [["Email"]]), "what is told")
    row, = server.ask("push", "list", server.jane)
    want_equal((row["token"], row["kind"]), (name, "browser"), "push list")
    name = removed(server, web, name)
    web.post_status = 410
    deliver(server, "nobody is there any more")
    until = time.monotonic() + WAIT_S
    while call(server, ["PushSubscription/get", {}, "0"])[0]["list"]:
        want(time.monotonic() < until, "410 ends nothing")
        time.sleep(0.2)
    want("webpush.ended" in server.log(), "no log line")
