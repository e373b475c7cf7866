"""P11: greylisting by choice of a domain: a stranger comes again and is known then, also after a
restart of the server; other domains are not asked to."""

import time

from lib.client import want
from lib.stranger import Stranger


def envelope(server, sender, recipient):
    with Stranger(server) as stranger:
        return stranger.envelope(sender, recipient)


def run(server):
    server.stop()
    server.configure("stub", '{"zone 127.0.0.1@1"}')
    server.configure("trusted_networks", "{}")
    server.start()
    server.add_domain("calm.example")
    calm = server.add_account("cara@calm.example", None)
    server.cli("admission", "set", "greylist", "all", "--for", "calm.example")
    server.cli("admission", "set", "greylist-delay-s", "1")
    server.cli("admission", "set", "greylist-spf", "off")
    said = envelope(server, "a@good.zone", calm)
    want(said.startswith("451 4.7.1 Greylisted; come again in 1 s"), said)
    want(envelope(server, "a@good.zone", server.jane).startswith("250"), "jane's domain is calm")
    server.stop()
    server.start()
    end = time.monotonic() + 60
    while not envelope(server, "a@good.zone", calm).startswith("250"):
        want(time.monotonic() < end, "never known")
    server.cli("admission", "unset", "greylist", "--for", "calm.example")
    want(envelope(server, "new@good.zone", calm).startswith("250"), "still asked to come again")
    want("admission.greylisted peer=127.0.0.3" in server.log(), "no line in the log")
