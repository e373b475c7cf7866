"""S22: a full disk is answered with a temporary refusal, reading goes on, and nothing that was
acknowledged is lost."""

import os
import signal

from lib.client import want
from lib.disk import small_disk
from lib.load import Senders, found, want_all_once

SETTINGS = {"reserve_mb": "24"}
DISK_MB = 128


def run(server):
    small_disk(server, DISK_MB)
    server.start()
    server.add_world()
    senders = Senders(server, server.jane, size=200000)
    try:
        while not (senders.refused[452] or senders.refused[451]):
            senders.wait_acknowledged(1)
    finally:
        senders.stop()
    want(found(server, server.jane), "the mailbox cannot be read any more")
    want_all_once(server, server.jane, senders)
    for pid in server.children():
        os.kill(pid, signal.SIGKILL)
    want_all_once_soon(server, senders)


def want_all_once_soon(server, senders):
    """The supervisor starts the server again; the first log-ins may meet a closed door."""
    for _ in range(200):
        try:
            found(server, server.jane)
            break
        except OSError:
            senders.stopping.clear()
            senders.stopping.wait(0.05)
    want_all_once(server, server.jane, senders)
