#!/usr/bin/env python3
"""Mail through a server to another host: smtp-source gives it to Postroad, then to Postfix, which
pass it on to smtp-sink. One JSON line for each: messages a second, from the first one given to the
last one taken there, and the CPU time of the server's whole process tree for each message.

Wants root and the group bench of packaging/packages.txt. The servers run one after the other, in
the same sitting, --turns times.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

from lib import loads, trees
from mail_bench import Postroad
from peer_bench import MAIN_CF, MASTER_CF, Peers, free_ports, greets

SINK_DOMAIN = "sink.example"
BACKLOG = 1000
START_SECONDS, DONE_SECONDS = 60, 600
TAKEN = re.compile(r"mesg=(\d+)")
RELAY_CF = """\
relay_domains = {domain}
relay_recipient_maps =
transport_maps = inline:{{ {{ {domain} = smtp:[127.0.0.1]:{sink} }} }}
"""


class Sink:
    """Postfix's smtp-sink; it counts."""

    def __init__(self, root):
        self.path = f"{root}/sink"
        self.port, = free_ports(1)
        with open(self.path, "wb") as out:
            self.process = subprocess.Popen(
                ["smtp-sink", "-u", "nobody", "-c", f"127.0.0.1:{self.port}", str(BACKLOG)],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        if not trees.wait_until(lambda: greets(self.port), START_SECONDS):
            raise SystemExit("smtp-sink does not run")

    def taken(self):
        with open(self.path, encoding="ascii", errors="replace") as f:
            f.seek(max(0, os.path.getsize(self.path) - 200))
            found = TAKEN.findall(f.read())
        return int(found[-1]) if found else 0

    def stop(self):
        self.process.terminate()
        self.process.wait()


class PostroadRelay(Postroad):
    def aim(self, sink):
        self.cli("domain", "add", SINK_DOMAIN, "--kind", "routed")
        self.cli("route", "set", "sink", "--for", SINK_DOMAIN, "--to", f"127.0.0.1:{sink.port}")


class PostfixRelay(Peers):
    """Without Dovecot."""

    def __init__(self, args, root, preload, environment):
        args.storage, args.reuse, args.hibernate = "maildir", 1, False
        super().__init__(args, root, preload, environment)
        self.name = "postfix"

    def start(self):
        """aim() does."""

    def aim(self, sink):
        mx, = free_ports(1)
        self.ports = {"mx": mx}
        self.write("conf/main.cf", MAIN_CF, mx=mx)
        relay = RELAY_CF.format(domain=SINK_DOMAIN, sink=sink.port)
        with open(f"{self.root}/conf/main.cf", "a", encoding="utf-8") as f:
            f.write(relay)
        self.write("conf/master.cf", MASTER_CF, mx=mx)
        self.spawn(["postfix", "-c", f"{self.root}/conf", "start-fg"])
        if not trees.wait_until(lambda: greets(mx), START_SECONDS):
            raise SystemExit(f"Postfix did not start:\n{self.logs()}")


def measure(server, sink, args):
    """One load."""
    pids = [process.pid for process in server.processes]
    before, cpu, started = sink.taken(), trees.cpu_seconds(pids), time.monotonic()
    subprocess.run(["smtp-source", "-s", str(args.sessions), "-m", str(args.messages), "-l",
                    str(args.size), "-f", "sender@elsewhere.example", "-t", f"ann@{SINK_DOMAIN}",
                    f"127.0.0.1:{server.ports['mx']}"], check=True, timeout=DONE_SECONDS)
    given = time.monotonic() - started
    goal = before + args.messages
    whole = trees.wait_until(lambda: sink.taken() >= goal, DONE_SECONDS)
    took = time.monotonic() - started
    count = sink.taken() - before
    cpu = trees.cpu_seconds(pids) - cpu
    return {"bench": "outbound", "server": server.name, "whole": whole, "messages": count,
            "bytes": args.size, "sessions": args.sessions, "given_s": round(given, 2),
            "took_s": round(took, 2), "messages_per_s": round(count / took, 1),
            "server_cpu_ms_each": round(cpu * 1000 / max(count, 1), 3),
            "load1": os.getloadavg()[0]}


def turn(kind, args):
    root = tempfile.mkdtemp(prefix="outbound-", dir=args.data)
    os.chmod(root, 0o755)
    sink = Sink(root)
    server = kind(args, f"{root}/server", None, {})
    try:
        server.set_up()
        server.aim(sink)
        measure(server, sink, argparse.Namespace(**{**vars(args), "messages": args.sessions * 5}))
        print(json.dumps(measure(server, sink, args)), flush=True)
    finally:
        server.stop()
        sink.stop()
        shutil.rmtree(root, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postroad", default=f"{loads.TOP}/build/release/postroad")
    parser.add_argument("--data", default=f"{loads.TOP}/build", help="a folder on a disk")
    parser.add_argument("--messages", type=int, default=10000)
    parser.add_argument("--size", type=int, default=2048)
    parser.add_argument("--sessions", type=int, default=50)
    parser.add_argument("--turns", type=int, default=3)
    args = parser.parse_args()
    if os.geteuid() != 0 or not shutil.which("smtp-sink"):
        sys.exit("outbound_bench: wants root, and `tools/install_packages bench`")
    for _ in range(args.turns):
        for kind in (PostroadRelay, PostfixRelay):
            turn(kind, args)


if __name__ == "__main__":
    main()
