"""S22: the disk fills while the queue works: mail is put off at the door, what is in the queue goes
on leaving, nothing that was acknowledged is lost; with room again, it is taken again."""

import os
import time

from lib.client import Failure, want
from lib.disk import small_disk
from lib.load import Relayed
from lib.outside import Sink

RESERVE_MB = 24
SETTINGS = {"reserve_mb": str(RESERVE_MB)}
DISK_MB = 128
SECONDS = 120


def await_all(senders, sink):
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if not senders.acknowledged - set(sink.taken):
            return
        time.sleep(0.1)
    missing = senders.acknowledged - set(sink.taken)
    raise Failure(f"of {len(senders.acknowledged)} acknowledged {len(missing)} did not arrive")


def fill(path, left):
    """Something else takes the disk, but for so many bytes: less than the server wants free."""
    with open(path, "wb", buffering=0) as f:
        while True:
            disk = os.fstatvfs(f.fileno())
            free = disk.f_bavail * disk.f_frsize
            if free <= left:
                return
            f.write(bytes(min(1 << 20, free - left)))


def run(server):
    small_disk(server, DISK_MB)
    server.start()
    sink = Sink()
    server.cli("domain", "add", "sink.example", "--kind", "routed")
    server.cli("route", "set", "sink", "--for", "sink.example", "--to", f"127.0.0.1:{sink.port}")
    senders = Relayed(server, "ann@sink.example", size=100000)
    ballast = os.path.join(f"/proc/{server.children()[0]}/root", server.data[1:], "ballast")
    try:
        senders.wait_acknowledged(20)
        fill(ballast, (RESERVE_MB - 4) << 20)
        end = time.monotonic() + SECONDS
        while not senders.refused[452] and time.monotonic() < end:
            time.sleep(0.1)
        want(senders.refused[452], f"a full disk is not refused with 452: {senders.refused}")
        await_all(senders, sink)
        os.remove(ballast)
        senders.wait_acknowledged(20)
    finally:
        senders.stop()
    await_all(senders, sink)
    twice = [name for name, times in sink.taken.items() if len(times) > 1]
    want(not twice, f"{len(twice)} came twice: {twice[:3]}")
    print(f"{len(senders.acknowledged)} acknowledged, refused {dict(senders.refused)}")
    sink.stop()
