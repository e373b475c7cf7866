"""S22: of thousands of connections from one address the surplus is refused with a clear text, and
other addresses are served."""

import resource

from lib.client import want, want_equal
from lib.hostile import Wire, Witness, imap, open_files, smtp, wait_for

ALLOWED = 500
MANY = 10000
SPARE_FILES = 500
SETTINGS = {"connections_per_address": str(ALLOWED)}


def run(server):
    idle_files = open_files(server)
    with Witness(server, source="127.0.0.2"):
        crowd(server)
    wait_for(lambda: open_files(server) < idle_files + 20, "connections stay behind")
    smtp(server).socket.close()
    want("connections_refused_total" in server.log() or "conn.refused" in server.log(),
         "the log does not tell")


def crowd(server):
    """Fills the allowance, then comes again and again."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    many = min(MANY, hard - SPARE_FILES) if hard != resource.RLIM_INFINITY else MANY
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    ports = [(server.ports["mx"], b"421 4.7.0 Too many connections"),
             (server.ports["imap"], b"* BYE Too many connections")]
    inside, refused, held = 0, 0, []
    for n in range(many):
        port, refusal = ports[n % 2]
        wire = Wire(port)
        if n >= ALLOWED:
            said = wire.rest()
            want(said.startswith(refusal) and said.count(b"\r\n") == 1, f"{n}: {said!r}")
            refused += 1
        else:
            greeting = wire.line()
            want(greeting.startswith((b"220 ", b"* OK")), f"{n}: {greeting!r}")
            inside += 1
        held.append(wire)  # also who was refused keeps his end open
    want_equal((inside, refused), (ALLOWED, many - ALLOWED), "let in and refused")
    want_equal(Wire(server.ports["imaps"]).rest(), b"", "imaps, over the limit")
    held[0].socket.close()
    wait_for(lambda: room_again(server), "no room after one went")
    held[2].say(b"EHLO a.example", b"250")  # who is inside is served
    with imap(server, server.luis, source="127.0.0.3") as wire:
        wire.ask(b"SELECT INBOX")
    for wire in held:
        wire.socket.close()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def room_again(server):
    with Wire(server.ports["mx"]) as wire:
        return wire.line().startswith(b"220 ")
