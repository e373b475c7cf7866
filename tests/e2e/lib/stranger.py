"""Another mail server, or what claims to be one: an SMTP client of few words from an address of
loopback that we choose."""

import socket


class Stranger:
    def __init__(self, server, address="127.0.0.3", hello="mx.good.zone"):
        self.link = socket.create_connection(("127.0.0.1", server.ports["mx"]), timeout=60,
                                             source_address=(address, 0))
        self.wire = self.link.makefile("rwb")
        self.greeting = self.reply()
        self.said = self.say(f"EHLO {hello}") if hello else ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.wire.close()
        self.link.close()

    def reply(self):
        """All lines of one reply; empty when the server has hung up."""
        text = ""
        while True:
            line = self.wire.readline().decode()
            text += line
            if line[3:4] != "-":
                return text

    def say(self, line):
        self.wire.write(line.encode() + b"\r\n")
        self.wire.flush()
        return self.reply()

    def envelope(self, sender, *recipients):
        """The last reply: of MAIL where that was refused, else of the last RCPT."""
        said = self.say(f"MAIL FROM:<{sender}>")
        for recipient in recipients if said.startswith("2") else ():
            said = self.say(f"RCPT TO:<{recipient}>")
        return said

    def send(self, sender, recipient, subject="a test", header=""):
        """The reply to the message's end, or to what was refused before."""
        said = self.envelope(sender, recipient)
        if not said.startswith("2"):
            return said
        said = self.say("DATA")
        if not said.startswith("354"):
            return said
        return self.say(f"From: <{sender or 'postmaster@good.zone'}>\r\nTo: <{recipient}>\r\n"
                        f"Subject: {subject}\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\n"
                        f"Message-ID: <{abs(hash(subject))}@good.zone>\r\n{header}\r\nHello.\r\n.")
