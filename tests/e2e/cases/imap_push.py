"""S14: a device that registers by XAPPLEPUSHSERVICE is told of new mail: by HTTP/2 with our client
certificate, once in a while, and no more once its token is bad. Push services of the test."""

import http.server
import imaplib
import json
import os
import ssl
import subprocess
import threading
import time

from lib import mail
from lib.client import tool, want, want_equal
from lib.outside import free_port

SETTINGS = {"delay_ms": "0"}
TOPIC = "com.apple.mail.XServer.e2e"
GOOD, BAD = "0a0b0c", "ffff"
WAIT_SECONDS, GLANCE_SECONDS = 30, 0.05


def certificate(folder, name):
    paths = os.path.join(folder, f"{name}.cert"), os.path.join(folder, f"{name}.key")
    tool(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
          "-nodes", "-days", "2", "-keyout", paths[1], "-out", paths[0], "-subj", f"/CN={name}",
          "-addext", "subjectAltName=IP:127.0.0.1"])
    return paths


class Service(http.server.ThreadingHTTPServer):
    """Takes notes from whoever shows the client's certificate. notes: [(path, topic, body)]."""

    def __init__(self, own, client):
        self.notes = []
        super().__init__(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*own)
        context.load_verify_locations(client[0])
        context.verify_mode = ssl.CERT_REQUIRED
        self.socket = context.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.notes.append((self.path, self.headers["apns-topic"], body))
        self.send_response(410 if BAD in self.path else 200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format, *args):
        pass


def configure(server, url, client, authority):
    server.stop()
    with open(server.config, encoding="utf-8") as f:
        text = f.read().partition("apple_push {")[0]
    with open(server.config, "w", encoding="utf-8") as f:
        f.write(f'{text}apple_push {{\n    topic = "{TOPIC}"\n    chain = "{client[0]}"\n'
                f'    key = "{client[1]}"\n    authorities = "{authority}"\n'
                f'    url = "{url}"\n    gap_s = 1\n}}\n')
    server.start()


def register(server, token, mailboxes="(INBOX Notes)"):
    session = mail.imap(server, server.jane)
    want("XAPPLEPUSHSERVICE" in session.capability()[1][0].decode(), "it is offered")
    imaplib.Commands.setdefault("XAPPLEPUSHSERVICE", ("AUTH", "SELECTED"))
    kind, said = session._simple_command(
        "XAPPLEPUSHSERVICE", "aps-version", "2", "aps-account-id", "A-1", "aps-device-token", token,
        "aps-subtopic", "com.apple.mobilemail", "mailboxes", mailboxes)
    want_equal(kind, "OK", f"XAPPLEPUSHSERVICE: {said}")
    said = session.untagged_responses["XAPPLEPUSHSERVICE"]
    want_equal(said, [f'aps-version "2" aps-topic "{TOPIC}"'.encode()], "the topic")
    session.logout()


def wait_for(what, condition):
    end = time.monotonic() + WAIT_SECONDS
    while not condition():
        want(time.monotonic() < end, f"{what} did not come")
        time.sleep(GLANCE_SECONDS)


def devices(server):
    return [row["token"] for row in server.ask("push", "list", server.jane)]


def by_http1(server, client):
    own = certificate(server.folder, "push")
    service = Service(own, client)
    configure(server, f"https://127.0.0.1:{service.server_port}", client, own[0])
    register(server, GOOD)
    register(server, BAD)
    want_equal(sorted(devices(server)), [GOOD, BAD], "both are registered")
    server.put(server.jane, "INBOX", b"Subject: one\r\n\r\nOne\r\n")
    wait_for("two notes", lambda: len(service.notes) >= 2)
    note = {"aps": {"account-id": "A-1", "m": ["7e33429f656f1e6e9d79b29c3f82c57e"]}}
    want_equal(sorted(service.notes, key=lambda n: n[0]),
               [(f"/3/device/{token}", TOPIC, note) for token in (GOOD, BAD)], "the notes")
    wait_for("the end of the bad token", lambda: devices(server) == [GOOD])
    for n in range(5):  # more than one a second is one note, or two when a second begins
        server.put(server.jane, "INBOX", f"Subject: {n}\r\n\r\n{n}\r\n".encode())
    wait_for("a third note", lambda: len(service.notes) >= 3)
    want(all(GOOD in path for path, _, _ in service.notes[2:]), "the bad token is told no more")
    server.cli("push", "remove", server.jane, GOOD)
    want_equal(devices(server), [], "the device was removed")
    service.shutdown()


def by_http2(server, client):
    own, port = certificate(server.folder, "push2"), free_port(["127.0.0.1"])
    with open(os.path.join(server.folder, "nghttpd"), "w+b") as said:
        service = subprocess.Popen(["nghttpd", "-v", "--verify-client", "--echo-upload", "-a",
                                    "127.0.0.1", str(port), own[1], own[0]], stdout=said,
                                   stderr=said)
        try:
            configure(server, f"https://127.0.0.1:{port}", client, own[0])
            register(server, GOOD)

            def came():
                said.seek(0)
                return f":path: /3/device/{GOOD}".encode() in said.read()
            server.put(server.jane, "INBOX", b"Subject: two\r\n\r\nTwo\r\n")
            wait_for("a note by HTTP/2", came)
        finally:
            service.terminate()
            service.wait()


def run(server):
    client = certificate(server.folder, "client")
    by_http1(server, client)
    by_http2(server, client)
