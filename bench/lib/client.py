"""Small clients of IMAP and POP3, for what the load generator does not do."""

import socket
import zlib

TIMEOUT_SECONDS = 600


class Client:
    """Logged in; every answer is read to its tagged line."""

    def __init__(self, port, login, password):
        self.socket = socket.create_connection(("127.0.0.1", int(port)), TIMEOUT_SECONDS)
        self.rest, self.packer, self.unpacker, self.number = b"", None, None, 0
        self.line()
        self.command(f'LOGIN "{login}" "{password}"')

    def send(self, data):
        if self.packer:
            data = self.packer.compress(data) + self.packer.flush(zlib.Z_SYNC_FLUSH)
        self.socket.sendall(data)

    def line(self):
        while b"\r\n" not in self.rest:
            data = self.socket.recv(1 << 20)
            if not data:
                raise EOFError("the server closed the connection")
            self.rest += self.unpacker.decompress(data) if self.unpacker else data
        line, self.rest = self.rest.split(b"\r\n", 1)
        return line

    def command(self, text):
        """The untagged lines."""
        self.number += 1
        tag = f"t{self.number}".encode()
        self.send(tag + b" " + text.encode() + b"\r\n")
        lines = []
        while not (line := self.line()).startswith(tag + b" "):
            lines.append(line)
        if not line.startswith(tag + b" OK"):
            raise ValueError(f"{text}: {line.decode()}")
        return lines

    def select(self, mailbox):
        """How many messages are in it."""
        lines = self.command(f"SELECT {mailbox}")
        return next(int(line.split()[1]) for line in lines if line.endswith(b" EXISTS"))

    def deflate(self):
        self.command("COMPRESS DEFLATE")
        self.packer = zlib.compressobj(wbits=-15)
        self.unpacker = zlib.decompressobj(wbits=-15)

    def begin_idle(self):
        self.send(b"idle IDLE\r\n")
        while not self.line().startswith(b"+"):
            pass

    def close(self):
        self.socket.close()


class Pop:
    """A POP3 client, logged in."""

    def __init__(self, port, login, password):
        self.socket = socket.create_connection(("127.0.0.1", int(port)), TIMEOUT_SECONDS)
        self.file = self.socket.makefile("rwb", 1 << 20)
        self.answer()
        self.command(f"USER {login}")
        self.command(f"PASS {password}")

    def answer(self):
        line = self.file.readline()
        if not line.startswith(b"+OK"):
            raise ValueError(line.decode())
        return line

    def command(self, text):
        self.file.write(text.encode() + b"\r\n")
        self.file.flush()
        return self.answer()

    def lines(self, text):
        """How many lines came, and their bytes."""
        self.command(text)
        count = size = 0
        while (line := self.file.readline()) != b".\r\n":
            if not line:
                raise EOFError("the server closed the connection")
            count, size = count + 1, size + len(line)
        return count, size

    def close(self):
        self.command("QUIT")
        self.file.close()
        self.socket.close()
