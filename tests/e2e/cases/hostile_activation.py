"""S22: the server takes its sockets from systemd (LISTEN_FDS, LISTEN_FDNAMES) and tells it when
it is ready, reloads and stops (NOTIFY_SOCKET)."""

import os
import signal
import socket
import subprocess

from lib.client import Failure, want, want_equal
from lib.hostile import ANSWER_SECONDS, imap, smtp

FIRST_FD = 3


class Systemd:
    """What systemd does: binds, listens, hands over, and is told."""

    def __init__(self, server, names, abstract):
        self.server, self.names = server, names
        self.sockets = []
        for _ in names:
            listener = socket.socket()
            listener.bind(("127.0.0.1", 0))
            listener.listen(16)
            self.sockets.append(listener)
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        path = os.path.join(server.folder, "notify")
        self.path = "@postroad-" + str(os.getpid()) if abstract else path
        self.notify.bind("\0" + self.path[1:] if abstract else path)
        self.notify.settimeout(ANSWER_SECONDS)

    def port(self, name):
        return self.sockets[self.names.index(name)].getsockname()[1]

    def start(self, pid="$$"):
        """Descriptors from 3 on, without gaps; the shell becomes the server: $$ is its pid."""
        here = [s.fileno() for s in self.sockets]
        high = [os.dup2(fd, 100 + n) for n, fd in enumerate(here)]
        moves = " ".join(f"{FIRST_FD + n}<&{fd}" for n, fd in enumerate(high))
        names = ":".join(self.names)
        script = (f"exec {moves}; export LISTEN_PID={pid} LISTEN_FDS={len(here)} "
                  f"LISTEN_FDNAMES={names}; exec \"$@\"")
        if os.path.exists(self.server.ports_path):
            os.remove(self.server.ports_path)
        with open(self.server.log_path, "ab") as log:
            self.server.process = subprocess.Popen(
                ["bash", "-c", script, "bash", self.server.program, "serve", "--config",
                 self.server.config, "--ports-file", self.server.ports_path],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=high,
                env={**self.server.environment, "NOTIFY_SOCKET": self.path})
        for fd in high:
            os.close(fd)

    def hears(self, wanted):
        """The next word from the server."""
        try:
            said = self.notify.recv(4096).decode()
        except socket.timeout:
            raise Failure(f"{wanted} was not told\n{self.server.log()[-2000:]}") from None
        want(said.split("\n")[0] == wanted, f"wanted {wanted}, heard {said!r}")
        return said

    def ports(self):
        with open(self.server.ports_path, encoding="utf-8") as f:
            return {row.split()[0]: int(row.split()[2]) for row in f}


def run(server):
    server.stop()
    for abstract in (False, True):
        handed_over(server, abstract)
    for_somebody_else(server)
    server.start()  # and without systemd once more


def handed_over(server, abstract):
    systemd = Systemd(server, ["imap", "unknown", "mx"], abstract)
    # Before there is a server.
    early = socket.create_connection(("127.0.0.1", systemd.port("imap")))
    systemd.start()
    systemd.hears("READY=1")
    server.ports = systemd.ports()
    for name in ("imap", "mx"):
        want_equal(server.ports[name], systemd.port(name), f"the port of {name}")
    want(server.ports["imaps"] not in (0, systemd.port("unknown")), "imaps is bound by ourselves")
    early.settimeout(ANSWER_SECONDS)
    want(early.recv(4096).startswith(b"* OK"), "who came before the server is not served")
    imap(server, server.luis).socket.close()
    smtp(server).socket.close()

    server.process.send_signal(signal.SIGHUP)
    want("MONOTONIC_USEC=" in systemd.hears("RELOADING=1"), "RELOADING without its time")
    systemd.hears("READY=1")

    child = server.children()[0]
    os.kill(child, signal.SIGKILL)  # the next server has the same sockets
    systemd.hears("READY=1")
    imap(server, server.luis).socket.close()
    want_equal(systemd.ports()["imap"], systemd.port("imap"), "the port after a restart")

    server.process.send_signal(signal.SIGTERM)
    systemd.hears("STOPPING=1")
    want_equal(server.process.wait(ANSWER_SECONDS), 0, "exit status")
    server.process = None
    # systemd keeps its own copy: the port is still open for the next start.
    socket.create_connection(("127.0.0.1", systemd.port("imap"))).close()
    for s in systemd.sockets + [systemd.notify]:
        s.close()
    if not abstract:
        os.unlink(systemd.path)


def for_somebody_else(server):
    """LISTEN_PID of another process: the sockets are not ours."""
    systemd = Systemd(server, ["imap"], True)
    systemd.start(pid="1")
    systemd.hears("READY=1")
    want(systemd.ports()["imap"] != systemd.port("imap"), "took what was not meant for it")
    server.process.send_signal(signal.SIGTERM)
    want_equal(server.process.wait(ANSWER_SECONDS), 0, "exit status")
    server.process = None
