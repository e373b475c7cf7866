"""S4: two client libraries that know nothing of us work with JMAP as it is served."""

import base64
import json
import os
import subprocess

from lib import mail
from lib.client import Failure, want, want_equal
from lib.tokens import make_keys, section, token

SECONDS = 120
TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../..")
SUBJECT = "by a library"


def client(server, name, **more):
    """What the script of web/tests/clients prints."""
    env = {**os.environ, "NODE_EXTRA_CA_CERTS": server.ca, "SUBJECT": SUBJECT,
           "SESSION_URL": f"https://localhost:{server.ports['https']}/.well-known/jmap", **more}
    said = subprocess.run(["node", os.path.join(TOP, "web/tests/clients", name)], env=env,
                          timeout=SECONDS, capture_output=True, check=False, text=True)
    if said.returncode:
        raise Failure(f"{name}: {said.stdout}{said.stderr}")
    return json.loads(said.stdout)


def run(server):
    subprocess.run([os.path.join(TOP, "tools/build_web"), "--modules"], check=True)
    server.stop()
    make_keys(server, "issuer")
    with open(server.config, "a", encoding="utf-8") as config:
        config.write(section(server))
    server.start()
    server.put(server.jane, "INBOX", mail.simple(server.luis, server.jane, SUBJECT))
    said = client(server, "jam.mjs", TOKEN=token(server, server.jane), TO=server.luis)
    want_equal(said["identity"], server.jane, "jmap-jam: identity")
    want_equal(said["delivered"], "yes", "jmap-jam: what was sent")
    sent, = [m for m in mail.bodies(server, server.luis) if b"written in jam" in m]
    want(b"hello.txt" in sent, "jmap-jam: what was sent has no attachment")
    login = f"{server.jane}:{server.passwords[server.jane]}"
    said = client(server, "linagora.mjs", BASIC=base64.b64encode(login.encode()).decode())
    want_equal(said, {"moved": 1}, "jmap-client-ts")
