"""S22: a full disk is answered with a temporary refusal, reading goes on, and nothing that was
acknowledged is lost."""

import os
import signal
import stat

from lib.client import Skip, tool, want
from lib.load import Senders, found, want_all_once

SETTINGS = {"reserve_mb": "24"}
DISK_MB = 128


def small_disk(server):
    """Has the server started in a mount namespace of its own, its data on a small tmpfs."""
    wrapper = os.path.join(server.folder, "on-small-disk")
    with open(wrapper, "w", encoding="ascii") as f:
        f.write("#!/bin/sh\n"
                f"mount -t tmpfs -o size={DISK_MB}m postroad-test '{server.data}' || exit 1\n"
                f"exec '{server.program}' \"$@\"\n")
    os.chmod(wrapper, stat.S_IRWXU)
    inner = wrapper + "-unshared"
    with open(inner, "w", encoding="ascii") as f:
        f.write(f"#!/bin/sh\n[ \"$1\" = serve ] || exec '{server.program}' \"$@\"\n"
                f"exec unshare --mount --propagation private '{wrapper}' \"$@\"\n")
    os.chmod(inner, stat.S_IRWXU)
    return inner


def run(server):
    if os.geteuid() != 0:
        raise Skip("only root can mount a small disk")
    server.stop()
    try:
        tool(["unshare", "--mount", "true"])
    except Exception as error:
        raise Skip(f"no mount namespaces here: {error}") from None
    server.program = small_disk(server)
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
