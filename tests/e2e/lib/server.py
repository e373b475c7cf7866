"""A server of our own: started on a fresh folder, asked through its command line, looked at when
it stops. The only place that knows its configuration file and its options."""

import glob
import json
import os
import re
import signal
import subprocess
import time

from lib.client import Failure, tool

HOST = "mail.e2e.example"
DOMAIN = "e2e.example"
START_SECONDS = 60
STOP_SECONDS = 60
GLANCE_SECONDS = 0.02  # between two looks for readiness


class Server:
    """folder: fresh and short (a unix socket's path is at most 107 bytes). settings: lines of the
    configuration file to change, {"delay_ms": "0"}."""

    def __init__(self, program, folder, settings=None):
        self.program, self.folder, self.settings = program, folder, settings or {}
        self.config = os.path.join(folder, "postroad.conf")
        self.control = os.path.join(folder, "control")
        self.data = os.path.join(folder, "data")
        self.ca = os.path.join(folder, "ca.pem")
        self.log_path = os.path.join(folder, "log")
        self.ports_path = os.path.join(folder, "ports")
        self.ports, self.passwords, self.process = {}, {}, None
        self.environment = {**os.environ, "POSTROAD_CONTROL": self.control}
        self.environment.update(self.sanitizers())

    def sanitizers(self):
        """Sanitizers write what they find to files of ours, so that nothing is overlooked."""
        found = {}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
            report = f"log_path={self.folder}/sanitizer"
            found[name] = ":".join(filter(None, [os.environ.get(name), report]))
        return found

    def prepare(self):
        """Certificate, configuration, an empty data folder."""
        os.makedirs(self.data, exist_ok=True)
        key, cert = os.path.join(self.folder, "key.pem"), self.ca
        tool(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "2", "-keyout", key, "-out", cert, "-subj", f"/CN={HOST}",
             "-addext", f"subjectAltName=DNS:{HOST},DNS:localhost,IP:127.0.0.1"])
        self.cli("init", "--config", self.config, "--host", HOST, "--data", self.data,
                 "--control", self.control, "--cert", cert, "--key", key, "--port-base", "0",
                 "--loopback")
        for setting, value in self.settings.items():
            self.configure(setting, value)

    def configure(self, setting, value):
        """Changes one line of the configuration file; the server reads it when it starts."""
        with open(self.config, encoding="utf-8") as f:
            text = f.read()
        text, count = re.subn(rf"(?m)^(\s*{setting} *=).*$", rf"\g<1> {value}", text)
        if count != 1:
            raise Failure(f"{setting} stands {count} times in the configuration file")
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(text)

    def add_section(self, name, **settings):
        """Appends a section to the configuration file."""
        rows = "".join(f"    {setting} = {value}\n" for setting, value in settings.items())
        with open(self.config, "a", encoding="utf-8") as f:
            f.write(f"{name} {{\n{rows}}}\n")

    def start(self):
        """Starts it and returns when it is ready."""
        if os.path.exists(self.ports_path):
            os.remove(self.ports_path)
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [self.program, "serve", "--config", self.config, "--ports-file", self.ports_path],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment)
        end = time.monotonic() + START_SECONDS
        while not os.path.exists(self.ports_path):
            if self.process.poll() is not None:
                raise Failure(f"the server ended with status {self.process.returncode}")
            if time.monotonic() > end:
                raise Failure(f"the server was not ready after {START_SECONDS} s")
            time.sleep(GLANCE_SECONDS)
        with open(self.ports_path, encoding="utf-8") as f:
            rows = (line.split() for line in f)
            self.ports = {name: int(port) for name, _, port in rows}

    def stop(self):
        """Stops it as an operator would. A failure when it does not end well."""
        if not self.process:
            return
        process, self.process = self.process, None
        process.send_signal(signal.SIGTERM)
        try:
            status = process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise Failure(f"the server did not stop within {STOP_SECONDS} s") from None
        if status != 0:
            raise Failure(f"the server stopped with status {status}")

    def kill(self):
        """SIGKILL to the supervisor and to the process that serves, as a power cut would."""
        process, self.process = self.process, None
        if process.poll() is not None:
            return
        children = self.children(process.pid)
        for pid in [process.pid] + children:
            os.kill(pid, signal.SIGKILL)
        process.wait()
        for pid in children:
            self.wait_gone(pid)

    def children(self, pid=None):
        """Process ids below the supervisor."""
        pid = pid or self.process.pid
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            return [int(child) for child in f.read().split()]

    def wait_gone(self, pid):
        """Until it is nothing, or a zombie without threads: only then are its sockets closed, too.
        A killed process can look like a zombie while its other threads still end."""
        end = time.monotonic() + STOP_SECONDS
        while time.monotonic() < end:
            try:
                with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
                    ended = f.read().rpartition(")")[2].split()[0] in "ZX"
                if ended and len(os.listdir(f"/proc/{pid}/task")) <= 1:
                    return
            except OSError:
                return
            time.sleep(GLANCE_SECONDS)

    def reports(self):
        """What sanitizers wrote."""
        texts = []
        for path in sorted(glob.glob(os.path.join(self.folder, "sanitizer.*"))):
            with open(path, encoding="utf-8", errors="replace") as f:
                texts.append(f.read())
        return "\n".join(t for t in texts if t.strip())

    def log(self):
        if not os.path.exists(self.log_path):
            return ""
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    # The command line.

    def cli(self, *words, stdin=None, status=0):
        """Runs "postroad WORDS"; its output. A failure when it does not end with status."""
        return tool([self.program, *words], stdin=stdin, status=status, env=self.environment)

    def ask(self, *words, stdin=None):
        """The same with --json, read."""
        return json.loads(self.cli(*words, "--json", stdin=stdin))

    def add_domain(self, name=DOMAIN, *options):
        self.cli("domain", "add", name, *options)

    def add_account(self, address, password="correct horse 1", *options):
        """An account that can log in; address may be a bare name of the usual domain."""
        if "@" not in address:
            address = f"{address}@{DOMAIN}"
        self.cli("account", "add", address, *options)
        if password:
            self.cli("password", "set", address, stdin=password + "\n")
        self.passwords[address] = password
        return address

    def add_world(self):
        """What every case finds: a domain, jane and luis."""
        self.add_domain()
        self.jane = self.add_account("jane")
        self.luis = self.add_account("luis")

    def put(self, address, folder, message):
        """Lays a message (bytes) into a folder."""
        self.cli("message", "put", address, folder, stdin=message)
