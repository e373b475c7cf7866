"""The world outside of the server: a name server with signed zones, and hosts that take mail."""

import collections
import glob
import hashlib
import os
import random
import re
import socket
import ssl
import subprocess
import threading
import time

from lib.client import Failure, tool
from lib.listen import listen

MESSAGE_ID = re.compile(rb"^Message-ID: <(.*?)>", re.M)
NSD = "/usr/sbin/nsd"
NAMED_SECONDS = 120
GLANCE_SECONDS = 0.02
SERIAL = "$TTL 300\n%s IN SOA ns. root. 1 3600 600 86400 60\n%s IN NS ns.\n"


def free_port(addresses):
    """A port that is free on each address. Of those that the kernel gives to nobody by itself, so
    that no other case's connection has it before the server who is started with it."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as f:
        end = int(f.read().split()[0])
    for port in random.sample(range(end // 2, end), 50):
        held = []
        try:
            for address in addresses:
                for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                    held.append(socket.socket(socket.AF_INET, kind))
                    held[-1].bind((address, port))
            return port
        except OSError:
            continue
        finally:
            for s in held:
                s.close()
    raise Failure("no port is free on all addresses")


class Names:
    """NSD on loopback. zones: {"": "rows of the root", "plain": "rows of an unsigned zone"}; the
    root is signed, and stands for the whole DNS. broken: {("bogus.example.", "MX")}, whose
    signatures do not hold."""

    def __init__(self, folder, zones, broken=()):
        self.folder = os.path.join(folder, "nsd")
        os.makedirs(self.folder)
        self.port = free_port(["127.0.0.1"])
        self.anchor = os.path.join(self.folder, "anchor")
        for name, rows in zones.items():
            origin = name + "."
            with open(os.path.join(self.folder, name or "root"), "w", encoding="ascii") as f:
                f.write(SERIAL % (origin, origin) + "ns. IN A 127.0.0.1\n" * (name == "") + rows)
        self.sign()
        self.spoil(set(broken))
        self.process = self.start(zones)

    def sign(self):
        tool(["ldns-keygen", "-a", "ECDSAP256SHA256", "-k", "."], cwd=self.folder)
        key = glob.glob(os.path.join(self.folder, "K.*.key"))[0]
        tool(["ldns-signzone", "-f", "root.signed", "root", os.path.basename(key)[:-4]],
             cwd=self.folder)
        with open(key, encoding="ascii") as f, open(self.anchor, "w", encoding="ascii") as out:
            out.write(f.read())

    def spoil(self, broken):
        """Changes a letter of each of these signatures."""
        path, lines = os.path.join(self.folder, "root.signed"), []
        with open(path, encoding="ascii") as f:
            for line in f:
                words = line.split()
                if len(words) > 12 and words[3] == "RRSIG" and (words[0], words[4]) in broken:
                    broken.discard((words[0], words[4]))
                    words[12] = ("B" if words[12][0] == "A" else "A") + words[12][1:]
                    line = " ".join(words) + "\n"
                lines.append(line)
        if broken:
            raise Failure(f"no signatures of {broken}")
        with open(path, "w", encoding="ascii") as f:
            f.writelines(lines)

    def start(self, zones):
        config = os.path.join(self.folder, "nsd.conf")
        with open(config, "w", encoding="ascii") as f:
            f.write(f"server:\n server-count: 1\n ip-address: 127.0.0.1@{self.port}\n"
                    f" zonesdir: \"{self.folder}\"\n pidfile: \"{self.folder}/pid\"\n"
                    f" database: \"\"\n xfrdfile: \"{self.folder}/xfrd\"\n username: \"\"\n"
                    f" zonelistfile: \"{self.folder}/list\"\n hide-version: yes\n"
                    "remote-control:\n control-enable: no\n")
            for name in zones:
                f.write(f"zone:\n name: \"{name or '.'}\"\n"
                        f" zonefile: \"{name or 'root.signed'}\"\n")
        log = open(os.path.join(self.folder, "log"), "wb")
        with log:
            process = subprocess.Popen([NSD, "-d", "-c", config], stdout=log, stderr=log)
        self.wait_ready(process)
        return process

    def wait_ready(self, process):
        question = bytes.fromhex("000100000001000000000000") + b"\0\0\6\0\1"
        end = time.monotonic() + NAMED_SECONDS
        while time.monotonic() < end and process.poll() is None:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                s.settimeout(GLANCE_SECONDS * 5)
                try:
                    s.sendto(question, ("127.0.0.1", self.port))
                    s.recv(4096)
                    return
                except OSError:
                    continue
        with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as f:
            raise Failure("nsd does not answer\n" + f.read())

    def stubs(self, *zones):
        """The resolver's setting "stub"."""
        rows = [f'"{zone} 127.0.0.1@{self.port}"' for zone in (".",) + zones]
        return "{" + ", ".join(rows) + "}"

    def stop(self):
        self.process.terminate()
        self.process.wait()


def until_dot(lines):
    """The content after DATA; OSError when it is cut off."""
    found = []
    for line in lines:
        if line == b".\r\n":
            return b"".join(found)
        found.append(line[1:] if line.startswith(b".") else line)
    raise OSError("cut off")


class Certificate:
    """A key and a certificate that it signed itself."""

    def __init__(self, folder, name):
        self.cert = os.path.join(folder, name + ".cert")
        self.key = os.path.join(folder, name + ".key")
        tool(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
              "-nodes", "-days", "2", "-keyout", self.key, "-out", self.cert, "-subj",
              f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"])

    def tlsa(self):
        """The hexadecimal digits of a TLSA record 3 1 1."""
        pem = tool(["openssl", "x509", "-in", self.cert, "-noout", "-pubkey"])
        der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=pem.encode(),
                             stdout=subprocess.PIPE, check=True).stdout
        return hashlib.sha256(der).hexdigest()


class Host(threading.Thread):
    """Takes mail at address:port. refuse: {"RCPT": "550 5.1.1 who?"}, or "CUT": it hangs up; lmtp:
    replies for each recipient. messages: [(sender, [recipients], bytes, over TLS)]."""

    def __init__(self, address, port, name, certificate=None, offers=(), refuse=None, lmtp=False):
        super().__init__(daemon=True)
        self.name_said, self.certificate, self.offers = name, certificate, list(offers)
        self.refuse, self.lmtp = refuse or {}, lmtp
        self.messages, self.logins = [], []
        self.changed = threading.Condition()
        self.listener = listen((address, port))
        self.start()

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

    def wait(self, count, seconds=120):
        """Until so many messages have come."""
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.messages) >= count, seconds):
                raise Failure(f"{self.name_said} has {len(self.messages)} messages, not {count}")
            return list(self.messages)

    def hello(self, secure):
        offers = self.offers + (["STARTTLS"] if self.certificate and not secure else [])
        lines = [self.name_said] + offers
        return "".join(f"250-{line}\r\n" for line in lines[:-1]) + f"250 {lines[-1]}\r\n"

    def serve(self, connection):
        try:
            self.talk(connection, connection.makefile("rb"), False)
        except OSError:
            pass

    def talk(self, s, lines, secure):
        def say(text):
            s.sendall(text.encode())
        if not secure:
            say(f"220 {self.name_said} ESMTP\r\n")
        sender, to = "", []
        for line in lines:
            words = line.decode("latin-1").strip().split(" ")
            verb = words[0].upper()
            if self.refuse.get(verb) == "CUT":
                s.shutdown(socket.SHUT_RDWR)
                return
            if verb in self.refuse:
                say(self.refuse[verb] + "\r\n")
            elif verb in ("EHLO", "LHLO"):
                say(self.hello(secure))
            elif verb == "STARTTLS":
                say("220 go\r\n")
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(self.certificate.cert, self.certificate.key)
                s = context.wrap_socket(s, server_side=True)
                self.talk(s, s.makefile("rb"), True)
                return
            elif verb == "AUTH":
                self.logins.append(words[2])
                say("235 welcome\r\n")
            elif verb == "MAIL":
                sender, to = words[1][6:-1], []
                say("250 ok\r\n")
            elif verb == "RCPT":
                to.append(words[1][4:-1])
                say("250 ok\r\n")
            elif verb in ("DATA", "BDAT"):
                if verb == "DATA":
                    say("354 go\r\n")
                body = until_dot(lines) if verb == "DATA" else lines.read(int(words[1]))
                with self.changed:
                    self.messages.append((sender, to, body, secure))
                    self.changed.notify_all()
                say("250 taken\r\n" * (len(to) if self.lmtp else 1))
            elif verb == "QUIT":
                say("221 bye\r\n")
                return
            else:
                say("250 ok\r\n")


class Sink:
    """Takes mail and notes when it said 250 to what: {message id: [times]}."""

    def __init__(self):
        self.taken = collections.defaultdict(list)
        self.lock = threading.Lock()
        self.listener = listen(("127.0.0.1", 0))
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
