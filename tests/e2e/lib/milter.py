"""A milter for the cases: says what it was told to say, remembers what it heard, and can be made to
stall in any state. The protocol is libmilter's, version 6."""

import os
import socket
import struct
import threading

from lib.listen import patient

CONTINUE = b"c"
NO_ALL = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x20 | 0x40 | 0x200


def packet(kind, data=b""):
    """With data None: kind is the bytes themselves."""
    if data is None:
        return kind
    return struct.pack(">I", len(data) + 1) + kind + data


def text(*parts):
    """Strings, each ended by NUL."""
    return b"".join(part.encode() + b"\0" for part in parts)


class Milter:
    """answers: {letter of the command: [(kind, data), ...]}; all else is "continue". A value of
    "stall" answers nothing, "cut" hangs up, "trickle" sends half a packet. protocol: what it wants
    left out or unanswered. Listens on path, or on a port of the kernel's choice."""

    def __init__(self, path=None, answers=None, protocol=0, actions=0xff, version=6):
        self.answers, self.protocol, self.actions = answers or {}, protocol, actions
        self.version, self.heard, self.sessions = version, [], 0
        self.lock, self.stopped = threading.Lock(), threading.Event()
        if path:
            if os.path.exists(path):
                os.remove(path)
            self.socket = patient(socket.socket(socket.AF_UNIX))
            self.socket.bind(path)
            self.address = path
        else:
            self.socket = patient(socket.socket())
            self.socket.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"
        self.socket.listen(50)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            with self.lock:
                self.sessions += 1
            threading.Thread(target=self.serve, args=(peer,), daemon=True).start()

    def read(self, peer, n):
        data = b""
        while len(data) < n:
            part = peer.recv(n - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    def serve(self, peer):
        try:
            with peer:
                while True:
                    n = struct.unpack(">I", self.read(peer, 4))[0]
                    data = self.read(peer, n)
                    if not self.answer(peer, data[:1], data[1:]):
                        return
        except (EOFError, OSError):
            return

    def answer(self, peer, kind, data):
        """False: it hangs up."""
        with self.lock:
            self.heard.append((kind, data))
        if kind in b"QAD" and kind != b"":
            return kind != b"Q"
        said = self.answers.get(kind, None)
        if said == "stall":
            self.stopped.wait(60)
            return False
        if said == "cut":
            return False
        if said == "trickle":
            peer.sendall(b"\0\0\0")
            self.stopped.wait(60)
            return False
        if kind == b"O":
            peer.sendall(b"".join(packet(*row) for row in said) if said else packet(
                b"O", struct.pack(">III", self.version, self.actions, self.protocol)))
        elif not self.is_quiet(kind):
            peer.sendall(b"".join(packet(*row) for row in said or [(CONTINUE, b"")]))
        return True

    def is_quiet(self, kind):
        quiet = {b"C": 0x1000, b"H": 0x2000, b"M": 0x4000, b"R": 0x8000, b"T": 0x10000,
                 b"U": 0x20000, b"N": 0x40000, b"B": 0x80000, b"L": 0x80}
        return bool(self.protocol & quiet.get(kind, 0))

    def said(self, kind):
        """What it heard of that command."""
        with self.lock:
            return [data for letter, data in self.heard if letter == kind]

    def forget(self, answers=None):
        with self.lock:
            self.heard = []
        self.answers = answers or {}

    def stop(self):
        self.stopped.set()
        self.socket.close()
