"""S22: when the disk fails to sync, nothing more is acknowledged, readers are served as before, and
what was acknowledged is there after a restart."""

import os
import urllib.error
import urllib.request

from lib.client import tool, want, want_equal
from lib.load import Senders, found, want_all_once

SHIM = os.path.join(os.path.dirname(__file__), "..", "lib", "failsync.c")


def ready(server):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.ports['metrics']}/ready") as page:
            return page.status
    except urllib.error.HTTPError as error:
        return error.code


def run(server):
    server.stop()
    shim = os.path.join(server.folder, "failsync.so")
    flag = os.path.join(server.folder, "syncs-fail")
    tool(["cc", "-shared", "-fPIC", "-O1", "-o", shim, SHIM, "-ldl"])
    usual = dict(server.environment)
    server.environment["LD_PRELOAD"] = shim
    server.environment["FAILSYNC_FLAG"] = flag
    server.environment["ASAN_OPTIONS"] += ":verify_asan_link_order=0"
    server.start()
    server.environment = usual
    want_equal(ready(server), 200, "/ready at first")
    senders = Senders(server, server.jane)
    try:
        senders.wait_acknowledged(50)
        with open(flag, "w", encoding="ascii"):
            pass
        end = len(senders.acknowledged)
        while not senders.refused[451] and len(senders.acknowledged) < end + 1000:
            senders.stopping.wait(0.01)
    finally:
        senders.stop()
    want(senders.refused[451], "deliveries went on although no sync worked")
    want_equal(ready(server), 503, "/ready afterwards")
    want(found(server, server.jane), "the mailbox cannot be read any more")
    server.kill()
    os.remove(flag)
    server.start()
    want_all_once(server, server.jane, senders)
