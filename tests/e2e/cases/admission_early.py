"""S3: by setting, a stranger is greeted late, and one that speaks before is refused; who waits gets
through, and nobody else has to wait for it."""

import socket
import time

from lib.client import want, want_equal

DELAY_S = 1.5
SECONDS = 120


def connect(server, source):
    return socket.create_connection(("127.0.0.1", server.ports["mx"]), SECONDS, (source, 0))


def run(server):
    server.stop()
    server.configure("trusted_networks", "{}")
    server.start()
    server.cli("admission", "set", "greeting-delay-ms", str(int(DELAY_S * 1000)))
    begun = time.monotonic()
    with connect(server, "127.0.0.8") as patient, connect(server, "127.0.0.9") as early:
        early.sendall(b"EHLO robot.example\r\n")
        said = early.makefile("rb").read()
        want(said.startswith(b"554 5.5.0 "), f"to who speaks first: {said}")
        lines = patient.makefile("rb")
        want(lines.readline().startswith(b"220 "), "no greeting")
        want(time.monotonic() - begun >= DELAY_S, "the greeting came at once")
        patient.sendall(b"EHLO mx.outside.example\r\n")
        want(lines.readline().startswith(b"250-"), "EHLO")
    want_equal(server.log().count("event=admission.early peer=127.0.0.9 before=greeting"), 1,
               "lines in the log")
    server.cli("admission", "set", "greeting-delay-ms", "0")
    with connect(server, "127.0.0.8") as again:
        again.sendall(b"QUIT\r\n")
        want(again.makefile("rb").read().startswith(b"220 "), "without the delay")
