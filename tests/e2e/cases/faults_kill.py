"""S22: killed at random under load again and again, the server loses nothing that it acknowledged,
keeps nothing twice, and serves again within moments."""

import os
import random
import signal

from lib.load import Senders, want_all_once

ROUNDS = 8


def run(server):
    senders = Senders(server, server.jane)
    chance = random.Random(20261121)
    try:
        for _ in range(ROUNDS):
            senders.wait_acknowledged(chance.randrange(5, 60))
            for pid in server.children():
                os.kill(pid, signal.SIGKILL)
        senders.wait_acknowledged(20)
    finally:
        senders.stop()
    want_all_once(server, server.jane, senders)
    server.kill()  # the supervisor, too
    server.start()
    want_all_once(server, server.jane, senders)
