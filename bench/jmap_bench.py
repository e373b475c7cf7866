#!/usr/bin/env python3
"""JMAP from outside: small requests a second over HTTP/2 (h2load), Email/query and Email/get, and
idle event streams and WebSockets. One JSON line for each, with the CPU time of the server's
process tree.

Wants h2load (package nghttp2-client) and a release build; starts a server of its own with the means
of the end-to-end tests, on loopback.
"""

import argparse
import base64
import json
import os
import re
import socket
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))

from lib import mail  # noqa: E402
from lib.server import Server  # noqa: E402

CORE, MAIL = "urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail"
EACH = 9000  # requests of one connection: the server ends one at 10,000
TICKS = os.sysconf("SC_CLK_TCK")


def tree(pid):
    """The process and all below it."""
    found = [pid]
    for path in os.listdir("/proc"):
        if path.isdigit():
            try:
                with open(f"/proc/{path}/stat", encoding="ascii") as f:
                    parent = int(f.read().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent == pid:
                found += tree(int(path))
    return found


def cpu_s(server):
    used = 0
    for pid in tree(server.process.pid):
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            fields = f.read().rpartition(")")[2].split()
        used += int(fields[11]) + int(fields[12])
    return used / TICKS


def memory_kib(server):
    total = 0
    for pid in tree(server.process.pid):
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
            total += int(re.search(r"(?m)^Pss: +([0-9]+)", f.read()).group(1))
    return total


def login(server):
    pair = f"{server.jane}:{server.passwords[server.jane]}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def load(server, name, calls, connections, count):
    """h2load with one body."""
    body = os.path.join(server.folder, "body.json")
    with open(body, "w", encoding="ascii") as f:
        json.dump({"using": [CORE, MAIL], "methodCalls": calls}, f)
    count = min(count, EACH * connections)
    before = cpu_s(server)
    said = subprocess.run(
        ["h2load", "-n", str(count), "-c", str(connections), "-m", "4", "-t", "1", "-d", body,
         "-H", f"authorization: {login(server)}", "-H", "content-type: application/json",
         f"https://127.0.0.1:{server.ports['https']}/jmap/api"],
        check=True, capture_output=True, text=True).stdout
    used = cpu_s(server) - before
    rate = float(re.search(r"([0-9.]+) req/s", said).group(1))
    good = int(re.search(r"status codes: ([0-9]+) 2xx", said).group(1))
    print(json.dumps({"bench": "jmap", "load": name, "requests": count, "good": good,
                      "per_s": rate, "server_cpu_us": round(used / count * 1e6, 1)}), flush=True)


def ask(server, calls):
    said = subprocess.run(
        ["curl", "--silent", "--cacert", server.ca, "-H", f"authorization: {login(server)}", "-H",
         "content-type: application/json", "--data",
         json.dumps({"using": [CORE, MAIL], "methodCalls": calls}),
         f"https://localhost:{server.ports['https']}/jmap/api"],
        check=True, capture_output=True, text=True).stdout
    return json.loads(said)["methodResponses"]


def masked(text):
    """A WebSocket frame of a client (RFC 6455 section 5.2), its mask all zeros."""
    return b"\x81" + bytes([0x80 | len(text)]) + bytes(4) + text.encode()


STREAMS = {  # what is asked for, the status, and what is said then
    "idle_events": ("/jmap/events?types=*&closeafter=no&ping=0", "", b" 200 ", b""),
    "idle_sockets": ("/jmap/ws", "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: jmap\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", b" 101 ",
                     masked('{"@type":"WebSocketPushEnable","dataTypes":null}')),
}


def idle(server, kind, count):
    """Event streams, or WebSockets with push, that say nothing."""
    path, fields, status, then = STREAMS[kind]
    context = mail.trust(server)
    context.check_hostname = False
    ask_for = (f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{fields}"
               f"Authorization: {login(server)}\r\n\r\n").encode()
    before, links = memory_kib(server), []
    for i in range(count):
        plain = socket.socket()
        plain.bind((f"127.0.{i // 150 + 1}.1", 0))
        plain.connect(("127.0.0.1", server.ports["https"]))
        link = context.wrap_socket(plain, server_hostname="localhost")
        link.sendall(ask_for)
        if status not in link.recv(4096):
            raise SystemExit(f"no stream: {kind}")
        if then:
            link.sendall(then)
        links.append(link)
    each = (memory_kib(server) - before) / count
    print(json.dumps({"bench": "jmap", "load": kind, "sessions": count,
                      "kib_each": round(each, 1)}), flush=True)
    for link in links:
        link.close()


def main():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("--program", default=os.path.join(ROOT, "build", "release", "postroad"))
    args.add_argument("--messages", type=int, default=200)
    args.add_argument("--requests", type=int, default=40000)
    args.add_argument("--idle", type=int, default=2000)
    args = args.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(args.program, folder)
        server.prepare()
        server.start()
        try:
            server.add_world()
            for i in range(args.messages):
                server.put(server.jane, "INBOX", mail.simple(server.luis, server.jane, f"no {i}"))
            run(server, args)
        finally:
            server.stop()


def run(server, args):
    session = subprocess.run(
        ["curl", "--silent", "--cacert", server.ca, "-H", f"authorization: {login(server)}",
         f"https://localhost:{server.ports['https']}/jmap/session"],
        check=True, capture_output=True, text=True).stdout
    account = json.loads(session)["primaryAccounts"][MAIL]
    query = ["Email/query", {"accountId": account, "limit": 50, "sort": [
        {"property": "receivedAt", "isAscending": False}]}, "0"]
    ids = ask(server, [query])[0][1]["ids"]
    rows = ["Email/get", {"accountId": account, "ids": ids, "properties": [
        "id", "threadId", "mailboxIds", "keywords", "from", "subject", "receivedAt", "preview",
        "size", "hasAttachment"]}, "0"]
    load(server, "echo", [["Core/echo", {"hello": True}, "0"]], 8, args.requests)
    load(server, "mailbox_get", [["Mailbox/get", {"accountId": account}, "0"]], 8, args.requests)
    load(server, "query_50", [query], 8, args.requests // 10)
    load(server, "get_50", [rows], 8, args.requests // 10)
    for kind in STREAMS:  # each on a server that has freed no memory yet
        server.stop()
        server.start()
        idle(server, kind, args.idle)


if __name__ == "__main__":
    main()
