"""Other mail servers (Postfix, Exim, OpenSMTPD), each in a room of its own, that take mail for
their domain and hand us what they get from loopback. Their settings are in tests/e2e/peers."""

import glob
import os
import socket
import socketserver
import string
import threading

from lib.outside import Certificate
from lib.room import Room

SETTINGS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "peers")
PEOPLE = ("ann", "bob", "later", "jürgen")


class Policy(socketserver.ThreadingTCPServer):
    """What Postfix asks about each recipient: "later" is put off until the file is there."""
    daemon_threads = True

    def __init__(self, path):
        self.path = path
        super().__init__(("127.0.0.1", 0), PolicyTalk)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class PolicyTalk(socketserver.StreamRequestHandler):
    def handle(self):
        self.request.settimeout(None)
        facts = {}
        for line in self.rfile:
            name, _, value = line.decode(errors="replace").rstrip("\n").partition("=")
            if name:
                facts[name] = value
                continue
            later = facts.get("recipient", "").startswith("later@")
            wait = later and not os.path.exists(self.server.path)
            self.wfile.write(b"action=451 4.7.1 not yet\n\n" if wait else b"action=dunno\n\n")
            facts = {}


class Peer:
    """offers: what of ESMTP it can do. address:port: where it listens; home: our port."""
    offers = frozenset()
    package = command = ""
    users = ("peer",)
    prepare = ""
    settings = {}  # {path inside: file of tests/e2e/peers}

    def __init__(self, folder, address, port, home):
        self.address, self.port = address, port
        self.folder = os.path.join(folder, self.name())
        self.values = {"address": address, "port": port, "home": home, "domain": self.domain(),
                       "user": "peer"}
        self.room = Room(self.folder, self.package, self.command, self.users, prepare=self.begin())
        self.values["uid"] = self.room.users["peer"]
        certificate = Certificate(self.folder, "mx." + self.domain())
        os.rename(certificate.cert, os.path.join(self.room.peer, "cert"))
        os.rename(certificate.key, os.path.join(self.room.peer, "key"))
        os.mkdir(os.path.join(self.room.peer, "mail"))
        self.write("boxes", self.boxes())

    @classmethod
    def name(cls):
        return cls.__name__.lower()

    @classmethod
    def domain(cls):
        return cls.name() + ".example"

    def begin(self):
        return ("umask 022\nchmod 755 /peer\nchown peer: /peer/mail\n"
                "mkdir -p /peer/logs\nchmod 777 /peer/logs\n" + self.prepare)

    def boxes(self):
        return "".join(f"{who}@{self.domain()} {who}/\n" for who in PEOPLE)

    def write(self, name, text):
        with open(os.path.join(self.room.peer, name), "w", encoding="utf-8") as f:
            f.write(text)

    def filled(self, name):
        with open(os.path.join(SETTINGS, name), encoding="utf-8") as f:
            return string.Template(f.read()).safe_substitute(self.values)

    def start(self):
        for path, name in self.settings.items():
            self.room.write(path, self.filled(name))
        self.room.start(self.greets)

    def stop(self):
        self.room.stop()

    def greets(self):
        try:
            with socket.create_connection((self.address, self.port), 5) as s:
                return s.recv(4) == b"220 "
        except OSError:
            return False

    def open(self):
        """From now on it takes mail for "later"."""
        self.write("open", "")

    def mail(self, who):
        """The messages in a mailbox, bytes with CRLF as lines go over the wire."""
        found = []
        for path in sorted(glob.glob(os.path.join(self.room.peer, "mail", who, "new", "*"))):
            with open(path, "rb") as f:
                found.append(f.read().replace(b"\n", b"\r\n"))
        return found


class Postfix(Peer):
    offers = frozenset(["PIPELINING", "CHUNKING", "DSN", "SMTPUTF8", "8BITMIME"])
    package, command = "postfix", "postfix start-fg"
    users = ("peer", "postfix", "postdrop")
    settings = {"/etc/postfix/main.cf": "main.cf", "/etc/postfix/master.cf": "master.cf"}
    prepare = ("rm -rf /var/lib/postfix /var/spool/postfix/*\nmkdir -p /var/lib/postfix\n"
               "chown postfix: /var/lib/postfix\n"
               "chown root:postdrop /usr/sbin/postdrop /usr/sbin/postqueue\n"
               "chmod 2755 /usr/sbin/postdrop /usr/sbin/postqueue")

    def start(self):
        self.policy = Policy(os.path.join(self.room.peer, "open"))
        self.values["policy"] = self.policy.server_address[1]
        self.write("transport", f"dead.{self.domain()} error:5.1.6 it does not live here any more\n"
                   f"{self.domain()} virtual:\n* smtp:[127.0.0.1]:{self.values['home']}\n")
        super().start()

    def stop(self):
        super().stop()
        self.policy.shutdown()
        self.policy.server_close()


class Exim(Peer):
    offers = frozenset(["PIPELINING", "CHUNKING", "DSN", "SMTPUTF8", "8BITMIME"])
    package, command = "exim4-daemon-light", "/usr/sbin/exim4 -bdf -q2s"
    users = ("peer", "Debian-exim")
    settings = {"/etc/exim4/exim4.conf": "exim.conf"}
    prepare = ("rm -rf /var/spool/exim4\nmkdir -p /var/spool/exim4 /var/log/exim4\n"
               "chown Debian-exim: /var/spool/exim4 /var/log/exim4\n"
               "chgrp Debian-exim /peer/key\nchmod 640 /peer/key")

    def boxes(self):
        return "".join(f"{who}: {who}\n" for who in PEOPLE)


class OpenSmtpd(Peer):
    offers = frozenset(["DSN", "8BITMIME"])
    package, command = "opensmtpd", "/usr/sbin/smtpd -d -f /etc/smtpd.conf"
    users = ("peer", "opensmtpd", "opensmtpq")
    settings = {"/etc/smtpd.conf": "smtpd.conf", "/peer-filter": "filter"}
    prepare = ("cp /peer-filter /peer/filter\nchmod 600 /peer/key\n"
               "rm -rf /var/spool/smtpd /run/smtpd.sock\nmkdir -p /var/lib/opensmtpd/empty")

    def boxes(self):
        return "".join(f"{who}@{self.domain()} peer\n" for who in PEOPLE if who.isascii())


ALL = (Postfix, Exim, OpenSmtpd)
