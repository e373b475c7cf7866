"""S4: every line of docs/API.md runs as it stands there."""

import os
import re
import subprocess

from lib import mail
from lib.client import Failure, want

SECONDS = 120
HERE = os.path.dirname(os.path.abspath(__file__))
PAGE = os.path.join(HERE, "../../../docs/API.md")


def examples():
    with open(PAGE, encoding="utf-8") as page:
        found = re.findall(r"^```sh\n(.*?)^```$", page.read(), re.M | re.S)
    want(len(found) > 10, "there are too few examples in docs/API.md")
    return found


def environment(server):
    host, port = "mail.e2e.example", server.ports["https"]
    return {**os.environ, "POSTROAD": f"https://{host}:{port}", "PERSON": server.jane,
            "PASSWORD": server.passwords[server.jane], "CONTROL": server.control,
            "TRUST": f"--cacert {server.ca} --resolve {host}:{port}:127.0.0.1"}


def run(server):
    server.put(server.jane, "INBOX", mail.simple(server.luis, server.jane, "the budget"))
    script = "set -eu -o pipefail\n"
    for number, text in enumerate(examples()):
        script += f"echo '== example {number}'\n{text}"
    said = subprocess.run(["bash", "-c", script], env=environment(server), timeout=SECONDS,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, text=True)
    if said.returncode:
        raise Failure(f"docs/API.md, status {said.returncode}:\n{said.stdout[-3000:]}")
    for wanted in ("the budget", "event: state", "accountNotFound", "invalidProperties",
                   '"state": "held"', "pending", "a socket"):
        want(wanted in said.stdout, f"no {wanted!r} in what the examples print:\n{said.stdout}")
