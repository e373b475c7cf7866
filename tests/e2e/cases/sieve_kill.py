"""S22: killed while scripts file mail and send it on, the server loses nothing of what it
acknowledged, in neither mailbox, and brings nothing twice."""

import os
import random
import signal
import time

from lib.client import Failure
from lib.load import Senders, found, want_all_once

SETTINGS = {"delay_ms": "0"}
ROUNDS = 4
SECONDS = 60
GLANCE_SECONDS = 0.2


def want_sent_on(server, senders):
    """What came by SMTP is in the other mailbox, too: the queue brings it after a while."""
    wanted = {name for name in senders.acknowledged if int(name.split(".")[0]) % 3}
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        counts = found(server, server.luis)
        if not wanted - set(counts):
            break
        time.sleep(GLANCE_SECONDS)
    lost = sorted(wanted - set(counts))
    twice = sorted(name for name, count in counts.items() if count > 1)
    if lost or twice or not wanted:
        raise Failure(f"of {len(wanted)}: not sent on {lost[:5]} ({len(lost)}), "
                      f"twice {twice[:5]} ({len(twice)})")


def run(server):
    script = f'require "copy"; redirect :copy "{server.luis}";'
    server.cli("sieve", "put", server.jane, "on", "--activate", stdin=script)
    senders = Senders(server, server.jane)
    chance = random.Random(20261122)
    try:
        for _ in range(ROUNDS):
            senders.wait_acknowledged(chance.randrange(5, 40))
            for pid in server.children():
                os.kill(pid, signal.SIGKILL)
        senders.wait_acknowledged(20)
    finally:
        senders.stop()
    want_all_once(server, server.jane, senders)
    want_sent_on(server, senders)
    server.kill()
    server.start()
    want_all_once(server, server.jane, senders)
    want_sent_on(server, senders)
