"""S13, S22: who guesses passwords is locked out by account and by address and holds up nobody;
the owner still comes in from where he came before."""

import base64
import threading
import time

from lib.client import want
from lib.hostile import Witness, imap, smtp

FAILURES, BY_ADDRESS, DELAY_MS = 5, 20, 1500
SETTINGS = {"account_failures": str(FAILURES), "address_failures": str(BY_ADDRESS),
            "delay_ms": str(DELAY_MS)}
GUESSERS = 60
TICK = 0.002  # the server's timers count whole milliseconds, from two clocks
HOME, GUESSER, ELSEWHERE, SECOND, WIDE = (f"127.0.0.{n}" for n in range(2, 7))


def log_in(server, who, password, source):
    """By IMAP; "OK", or what is said instead, and how long it took."""
    with imap(server, source=source) as wire:
        began = time.monotonic()
        wire.send(f'a LOGIN {who} "{password}"\r\n'.encode())
        return wire.until(b"a ").split(b" ", 1)[1].decode(), time.monotonic() - began


def submit(server, who, password, source):
    """By SMTP: the reply to AUTH PLAIN."""
    with smtp(server, "submission", source=source) as wire:
        secret = base64.b64encode(f"\0{who}\0{password}".encode())
        wire.send(b"AUTH PLAIN " + secret + b"\r\n")
        return wire.reply().decode()


def run(server):
    jane, right = server.jane, server.passwords[server.jane]
    want(log_in(server, jane, right, HOME)[0].startswith("OK"), "the owner, at first")
    with Witness(server):
        guess_at_once(server)
    said, spent = log_in(server, jane, right, ELSEWHERE)
    want(said.startswith("NO"), f"locked, and yet: {said}")
    want(spent >= DELAY_MS / 1000 - TICK, f"answered after {spent:.4f} s")
    want(submit(server, jane, right, ELSEWHERE).startswith(("4", "5")), "locked, and yet by SMTP")
    said, spent = log_in(server, jane, right, HOME)
    want(said.startswith("OK") and spent < DELAY_MS / 1000, f"the owner from home: {said}")
    want(submit(server, jane, right, HOME).startswith("235"), "the owner by SMTP from home")
    guess_round(server)
    luis = server.luis
    said, _ = log_in(server, luis, server.passwords[luis], WIDE)
    want(said.startswith("NO"), f"the address is locked, and yet: {said}")
    said, _ = log_in(server, luis, server.passwords[luis], ELSEWHERE)
    want(said.startswith("OK"), f"another account from another address: {said}")
    the_same_again(server)


def guess_at_once(server):
    """Many guesses at the same time: no right one is told from a wrong one, and each waits."""
    said = []

    def guess(number):
        if number % 2:
            said.append(log_in(server, server.jane, f"guess {number}", GUESSER)[0])
        else:
            said.append(submit(server, server.jane, f"guess {number}", GUESSER))

    threads = [threading.Thread(target=guess, args=(n,)) for n in range(GUESSERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    want(len(said) == GUESSERS, f"{len(said)} answers")
    for answer in said:
        want(answer.startswith(("NO", "535", "4")), f"{answer!r}")


def guess_round(server):
    """One guess at each of many names, most of which nobody has."""
    threads = [threading.Thread(target=log_in, args=(server, f"p{n}@e2e.example", "summer", WIDE))
               for n in range(BY_ADDRESS + 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def the_same_again(server):
    """A telephone that repeats an old password locks nobody out."""
    luis = server.luis
    threads = [threading.Thread(target=log_in, args=(server, luis, "the old one", SECOND))
               for _ in range(FAILURES * 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    said, _ = log_in(server, luis, server.passwords[luis], SECOND)
    want(said.startswith("OK"), f"locked out by a repeated password: {said}")
