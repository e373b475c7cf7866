#!/usr/bin/env python3
"""Puts the loads of a neutral generator on a release build and prints one JSON line a run.

mbench, physbench and slowsync.so are built from --mbench (default: ../shared/bench beside the
repository). Parts: machine, deliver, slowsync, mix, bigbox, curve, idle, crowd, compress, login,
fetch, pop. CPU time of the server is taken from /proc for its whole process tree; the machine's
limits are measured in the same sitting, so that ratios can be quoted. README.md beside this file
says how to read the lines.
"""

import json
import os
import subprocess
import time

from lib import loads, trees


class Postroad:
    """A server of its own on a fresh data directory, ports chosen by the kernel."""

    name = "postroad"

    def __init__(self, args, root, preload, environment):
        self.postroad, self.root = args.postroad, root
        self.environment = dict(os.environ, **environment)
        if preload:
            self.environment["LD_PRELOAD"] = preload
        self.processes, self.ports = [], {}

    def set_up(self):
        root, conf = self.root, f"{self.root}/postroad.conf"
        os.makedirs(root)
        subprocess.run([f"{loads.TOP}/packaging/demo/make_certificates", f"{root}/tls"],
                       check=True)
        subprocess.run([self.postroad, "init", "--config", conf, "--host", loads.HOST, "--data",
                        f"{root}/data", "--control", f"{root}/control", "--cert",
                        f"{root}/tls/server.pem", "--key", f"{root}/tls/server.key",
                        "--port-base", "0", "--loopback"], check=True, stdout=subprocess.DEVNULL)
        with open(conf, encoding="utf-8") as f:
            text = f.read()
        text = text.replace("connections_per_address = 1000", "connections_per_address = 60000")
        text = text.replace("level = info", "level = warn")
        with open(conf, "w", encoding="utf-8") as f:
            f.write(text)
        self.start()
        self.cli("domain", "add", loads.DOMAIN)
        self.cli("domain", "default", loads.DOMAIN)
        for i in range(loads.USERS):
            self.cli("account", "add", f"{loads.user(i)}@{loads.DOMAIN}")
            self.cli("password", "set", f"{loads.user(i)}@{loads.DOMAIN}",
                     stdin=f"{loads.PASSWORD}\n")

    def start(self):
        ports = f"{self.root}/ports"
        if os.path.exists(ports):
            os.unlink(ports)
        with open(f"{self.root}/log", "a", encoding="utf-8") as log:
            process = subprocess.Popen([self.postroad, "serve", "--config",
                                        f"{self.root}/postroad.conf", "--ports-file", ports],
                                       stderr=log, env=self.environment, start_new_session=True)
        self.processes = [process]
        trees.wait_until(lambda: os.path.exists(ports) or process.poll() is not None, 60)
        if not os.path.exists(ports):
            with open(f"{self.root}/log", encoding="utf-8") as log:
                raise SystemExit(f"the server did not start:\n{log.read()[-2000:]}")
        with open(ports, encoding="ascii") as f:
            self.ports = {name: port for name, _, port in map(str.split, f)}

    def stop(self):
        for process in self.processes:
            trees.stop(process)
        self.processes = []

    def settle(self):
        """Waits for the full-text index."""
        began = time.monotonic()
        while any(row["behind"] for row in json.loads(self.cli("index", "status"))):
            time.sleep(0.5)
        roots = [process.pid for process in self.processes]
        return {"index_secs": round(time.monotonic() - began, 1),
                "indexer_cpu_s": trees.thread_seconds(roots, loads.INDEXER)}

    def cli(self, *words, stdin=""):
        return subprocess.run([self.postroad, *words, "--control", f"{self.root}/control",
                               "--json"], input=stdin, text=True, check=True,
                              capture_output=True).stdout


def add_options(parser):
    parser.add_argument("--postroad", default=f"{loads.TOP}/build/release/postroad")


if __name__ == "__main__":
    loads.main(__doc__, Postroad, add_options)
