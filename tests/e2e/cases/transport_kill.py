"""S22: killed at random, again and again, while mail flows through the queue to another host: what
was acknowledged arrives there; twice only what that host had just taken when the server died (RFC
1047), and it is told how often that happened."""

import collections
import os
import random
import re
import signal
import socket
import threading
import time

from lib.client import Failure, want, want_equal
from lib.load import Senders
from lib.outside import until_dot

ROUNDS = 12
SECONDS = 120
WINDOW_SECONDS = 2  # from the other host's 250 to the commit that remembers it
MESSAGE_ID = re.compile(rb"^Message-ID: <(.*?)>", re.M)


class Relayed(Senders):
    """All of them by SMTP."""

    def append_by_imap(self, number):
        self.send_by_smtp(number)


class Sink:
    """Takes mail and notes when it said 250 to what: {message id: [times]}."""

    def __init__(self):
        self.taken = collections.defaultdict(list)
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def serve(self, s):
        try:
            with s:
                self.talk(s, s.makefile("rb"))
        except OSError:
            pass

    def talk(self, s, lines):
        s.sendall(b"220 sink ESMTP\r\n")
        for line in lines:
            verb = line[:4].upper()
            if verb == b"EHLO":
                s.sendall(b"250-sink\r\n250 PIPELINING\r\n")
            elif verb == b"DATA":
                s.sendall(b"354 go\r\n")
                body = until_dot(lines)
                with self.lock:
                    name = MESSAGE_ID.search(body).group(1).decode()
                    self.taken[name].append(time.monotonic())
                s.sendall(b"250 taken\r\n")
            else:
                s.sendall(b"250 ok\r\n")


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
