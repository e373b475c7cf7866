"""S22: a client that asks for gigabytes and reads nothing costs no memory, and nobody's time."""

import threading

from lib import mail
from lib.client import want
from lib.hostile import Wire, Witness, imap, memory_bytes, smtp, wait_for

MIB = 1024 * 1024
MESSAGES, MESSAGE_BYTES = 30, 2 * MIB
GROWTH_MAX = 150 * MIB
SMALL_WINDOW = 4096


def run(server):
    fill(server)
    for name, attack in (("FETCH", deaf_fetch), ("FETCH by TLS", deaf_fetch_sealed),
                         ("RSET", deaf_smtp), ("CAPABILITY", deaf_imap),
                         ("CAPABILITY by TLS", deaf_imap_sealed)):
        before = memory_bytes(server)
        with Witness(server) as witness:
            wires = attack(server)
            rounds = witness.rounds + 10
            wait_for(lambda: witness.rounds >= rounds or witness.error, "the witness is not served")
            grown = memory_bytes(server) - before
            for wire in wires:
                wire.socket.close()
        want(grown < GROWTH_MAX, f"{name}: {grown / MIB:.0f} MiB more")


def fill(server):
    line = b"0123456789" * 7 + b"\r\n"
    with imap(server, server.luis) as wire:
        for n in range(MESSAGES):
            body = b"Subject: %d\r\n\r\n" % n + line * (MESSAGE_BYTES // len(line))
            wire.send(b"q APPEND INBOX {%d+}\r\n" % len(body) + body + b"\r\n")
            want(b"q OK" in wire.until(b"q "), "APPEND")


def sealed(server):
    """A Wire through imaps."""
    wire = Wire(server.ports["imaps"], receive_bytes=SMALL_WINDOW)
    wire.socket = mail.trust(server).wrap_socket(wire.socket, server_hostname="mail.e2e.example")
    wire.line()
    return wire


def deaf_fetch(server):
    return ask_much(server, [imap(server, receive_bytes=SMALL_WINDOW) for _ in range(10)])


def deaf_fetch_sealed(server):
    return ask_much(server, [sealed(server) for _ in range(10)])


def ask_much(server, wires):
    for wire in wires:
        wire.ask(f'LOGIN {server.luis} "{server.passwords[server.luis]}"'.encode())
        wire.ask(b"SELECT INBOX")
        wire.send(b"a FETCH 1:* BODY[]\r\n" * 50)
    return wires


def pour_all(wires, data):
    """Each as far as the server takes it within a moment."""
    for wire in wires:
        wire.socket.settimeout(1)
    threads = [threading.Thread(target=wire.pour, args=(data,)) for wire in wires]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wires


def deaf_smtp(server):
    wires = [smtp(server, receive_bytes=SMALL_WINDOW) for _ in range(5)]
    return pour_all(wires, b"RSET\r\n" * 100000)


def deaf_imap(server):
    wires = [imap(server, receive_bytes=SMALL_WINDOW) for _ in range(5)]
    return pour_all(wires, b"a CAPABILITY\r\n" * 100000)


def deaf_imap_sealed(server):
    return pour_all([sealed(server) for _ in range(5)], b"a CAPABILITY\r\n" * 100000)
