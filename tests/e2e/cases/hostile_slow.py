"""S22: senders of a byte now and then, and handshakes that never end, hurt nobody else."""

from lib.client import want
from lib.hostile import Wire, Witness, imap, smtp, wait_for

SLOW = 200
TURNS = 10
HELLO = bytes.fromhex("16030100f8010000f40303")  # the start of a ClientHello, announced as longer


def run(server):
    with Witness(server) as witness:
        wires = []
        for n in range(SLOW):
            kind = n % 4
            if kind == 0:
                wires.append((smtp(server), b"NOOP slowly\r"))
            elif kind == 1:
                wires.append((imap(server), b"a NOOP \r\n slo"))
            elif kind == 2:
                wires.append((Wire(server.ports["imaps"]), HELLO))
            else:
                wires.append((Wire(server.ports["submissions"]), HELLO))
        for turn in range(TURNS):
            before = witness.rounds
            for wire, text in wires:
                wire.pour(text[turn:turn + 1])
            wait_for(lambda: witness.rounds > before, "the witness is not served")
        handshakes_end(wires)
        for wire, _ in wires:
            wire.socket.close()


def handshakes_end(wires):
    """A handshake has ten seconds; who is slower finds the connection closed."""
    for wire, _ in (w for n, w in enumerate(wires) if n % 4 >= 2):
        want(wire.rest() == b"", "something was said to who shook no hands")
