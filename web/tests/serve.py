#!/usr/bin/env python3
"""serve.py [--program POSTROAD] [--root DIR] [--servers N] -- COMMAND...: a server with the page
and mail in it, or several that are alike.

Runs COMMAND in web/ with these in its environment, and stops the server after it:
  POSTROAD_PAGE    the page's address
  POSTROAD_PEOPLE  JSON: name to {"address", "password"}
  POSTROAD_SIGNERS folder with the keys of signer.py; signatures are verified
  POSTROAD_CLI     how the command line is called; with POSTROAD_CONTROL it talks to this server
  POSTROAD_SERVERS JSON: a list of such environments, one for each server; the first is set as well
Without a command it serves until Ctrl-C, and prints how to sign in.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
WEB = os.path.dirname(HERE)
TOP = os.path.dirname(WEB)
sys.path.insert(0, os.path.join(TOP, "tests/e2e"))
sys.path.insert(0, HERE)
from lib.server import Server  # noqa: E402
import mail  # noqa: E402
import signer  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--program", default=os.path.join(TOP, "build/postroad"))
    parser.add_argument("--root", default=os.path.join(TOP, "build/web"))
    parser.add_argument("--servers", type=int, default=1)
    parser.add_argument("command", nargs="*")
    return parser.parse_args()


def signers_of(folder):
    return os.path.join(folder, "signers")


def environment(server):
    people = {address.split("@")[0]: {"address": address, "password": password}
              for address, password in server.passwords.items()}
    return {"POSTROAD_PEOPLE": json.dumps(people), "POSTROAD_CONTROL": server.control,
            "POSTROAD_PAGE": f"https://localhost:{server.ports['https']}/",
            "POSTROAD_SIGNERS": signers_of(server.folder), "POSTROAD_CLI": server.program}


def command_of(words, env):
    if words:
        return subprocess.run(words, cwd=WEB, env=env, check=False).returncode
    print(f"{env['POSTROAD_PAGE']}\n{env['POSTROAD_PEOPLE']}\n"
          f"POSTROAD_CONTROL={env['POSTROAD_CONTROL']}", flush=True)
    try:
        signal.pause()
    except KeyboardInterrupt:
        pass
    return 0


def begin(server):
    """Makes its folder and fills it, and starts it."""
    signer.make(signers_of(server.folder))
    server.prepare()
    with open(server.config, "a", encoding="utf-8") as config:
        config.write('report_phishing = "raj@e2e.example"\n')
    server.add_section("oauth_server", public_url='"https://localhost"')
    server.start()
    mail.fill(server)


def new_server(given):
    folder = tempfile.mkdtemp(prefix="pr-web-")
    return Server(os.path.abspath(given.program), folder,
                  {"web_root": f'"{os.path.abspath(given.root)}"', "delay_ms": "0",
                   "account_failures": "1000", "address_failures": "1000",
                   "trust": f'"{signers_of(folder)}/trust.pem"'})


def end(server):
    if server.process:
        print(server.log()[-3000:], file=sys.stderr)
        server.kill()
    shutil.rmtree(server.folder, ignore_errors=True)


def main():
    given = arguments()
    servers = [new_server(given) for _ in range(given.servers)]
    try:
        with ThreadPoolExecutor(given.servers) as pool:
            list(pool.map(begin, servers))
        each = [environment(server) for server in servers]
        status = command_of(given.command, {**servers[0].environment, **each[0],
                                            "POSTROAD_SERVERS": json.dumps(each)})
        for server in servers:
            server.stop()
        return status
    finally:
        for server in servers:
            end(server)


if __name__ == "__main__":
    sys.exit(main())
