"""S22: killed at random, again and again, while mail flows through the queue to another host: what
was acknowledged arrives there; twice only what that host had just taken when the server died (RFC
1047), and it is told how often that happened."""

import os
import random
import signal
import time

from lib.client import Failure, want, want_equal
from lib.load import Relayed
from lib.outside import Sink

ROUNDS = 12
SECONDS = 120
WINDOW_SECONDS = 10  # from the other host's 250 to the commit that remembers it


def kill(server, deaths):
    children = server.children()
    deaths.append(time.monotonic())
    for pid in children:
        os.kill(pid, signal.SIGKILL)


def await_all(senders, sink):
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        missing = senders.acknowledged - set(sink.taken)
        if not missing:
            return
        time.sleep(0.1)
    raise Failure(f"of {len(senders.acknowledged)} acknowledged {len(missing)} are not there: "
                  f"{sorted(missing)[:5]}")


def repeats(sink, deaths):
    """How long each second copy's first had been taken when the server died."""
    found = []
    for name, times in sorted(sink.taken.items()):
        for first, second in zip(times, times[1:]):
            between = [d - first for d in deaths if first - 0.01 <= d <= second]
            want(between, f"{name} came twice, and nobody had died")
            want(between[0] < WINDOW_SECONDS,
                 f"{name} came twice, the first {between[0]:.2f} s before the server died")
            found.append(between[0])
    return found


def run(server):
    sink, deaths = Sink(), []
    server.cli("domain", "add", "sink.example", "--kind", "routed")
    server.cli("route", "set", "sink", "--for", "sink.example", "--to", f"127.0.0.1:{sink.port}")
    senders = Relayed(server, "ann@sink.example")
    chance = random.Random(20261122)
    try:
        for _ in range(ROUNDS):
            senders.wait_acknowledged(chance.randrange(5, 120))
            kill(server, deaths)
        senders.wait_acknowledged(20)
    finally:
        senders.stop()
    await_all(senders, sink)
    twice = repeats(sink, deaths)
    strange = set(sink.taken) - senders.attempted
    want_equal(strange, set(), "messages that nobody sent")
    print(f"{len(senders.acknowledged)} acknowledged, {len(deaths)} kills: {len(twice)} came "
          f"twice, taken at most {max(twice, default=0) * 1000:.0f} ms before the kill")
    sink.stop()
