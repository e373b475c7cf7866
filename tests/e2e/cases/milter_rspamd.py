"""P11 in part: rspamd (Debian's) by its milter port: its test patterns are refused, get a field, or
another subject, and ordinary mail passes, on port 25 and on submission."""

import os
import shutil
import smtplib
import socket
import subprocess
import time

from lib import mail
from lib.client import Failure, Skip, want, want_equal
from lib.outside import free_port

ANN = "ann@elsewhere.example"
TAIL = "JS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\r\n"
SECONDS = 120
GLANCE_SECONDS = 0.05
CONFIG = """
options {{
    pidfile = "{folder}/rspamd.pid";
    tempdir = "{folder}";
    filters = "";
    enable_test_patterns = true;
    cache_file = "{folder}/symbols.cache";
    hs_cache_dir = "{folder}/";
    rrd = "";
    control_socket = "{folder}/rspamd.control mode=0600";
    dns {{ nameserver = ["127.0.0.1:{nobody}"]; timeout = 0.1s; retransmits = 1; }}
}}
logging {{ type = "console"; level = "info"; }}
actions {{ reject = 15; add_header = 6; rewrite_subject = 10; subject = "[spam] %s"; }}
worker "rspamd_proxy" {{
    bind_socket = "127.0.0.1:{port}";
    milter = yes;
    count = 1;
    timeout = 60s;
    upstream "local" {{ default = yes; self_scan = yes; }}
}}
"""
SECTION = """
milter "rspamd" {{
    address = "127.0.0.1:{port}"
    on_failure = tempfail
}}
"""


class Rspamd:
    def __init__(self, server):
        self.folder, self.port = os.path.join(server.folder, "rspamd"), free_port(["127.0.0.1"])
        os.makedirs(self.folder)
        path = os.path.join(self.folder, "rspamd.conf")
        with open(path, "w", encoding="ascii") as f:
            f.write(CONFIG.format(folder=self.folder, port=self.port,
                                  nobody=free_port(["127.0.0.1"])))
        self.log_path = os.path.join(self.folder, "log")
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(["rspamd", "-c", path, "-f", "-i"], stdout=log,
                                            stderr=log, stdin=subprocess.DEVNULL)
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise Failure("rspamd ended\n" + self.log())
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(GLANCE_SECONDS)
        raise Failure("rspamd is not there\n" + self.log())

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()[-3000:]

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def send(server, subject, body):
    """The reply to the message."""
    with smtplib.SMTP("127.0.0.1", server.ports["mx"]) as session:
        try:
            session.sendmail(ANN, [server.jane], mail.simple(ANN, server.jane, subject, body))
            return 250
        except smtplib.SMTPDataError as e:
            return e.smtp_code


def newest(server, who):
    return mail.bodies(server, who)[-1]


def patterns(server):
    want_equal(send(server, "plain", "Good morning.\r\n"), 250, "ordinary mail")
    want(newest(server, server.jane).endswith(
        mail.simple(ANN, server.jane, "plain", "Good morning.\r\n")), "it is as it was sent")
    want_equal(send(server, "reject", "X" + TAIL), 554, "GTUBE")
    want_equal(send(server, "header", "Y" + TAIL), 250, "GTUBE for a header")
    got = newest(server, server.jane)
    want(b"\r\nX-Spam: Yes\r\n" in b"\r\n" + got, got)
    want(got.endswith(mail.simple(ANN, server.jane, "header", "Y" + TAIL)), "its bytes stay")
    want_equal(send(server, "rewrite", "Z" + TAIL), 250, "GTUBE for a subject")
    want(b"\r\nSubject: [spam] rewrite\r\n" in newest(server, server.jane),
         newest(server, server.jane))


def submission(server):
    with mail.submission(server, server.jane) as session:
        session.sendmail(server.jane, [server.luis],
                         mail.simple(server.jane, server.luis, "ours", "Z" + TAIL))
        want(b"Subject: [spam] ours" in newest(server, server.luis), newest(server, server.luis))
        try:
            session.sendmail(server.jane, [server.luis],
                             mail.simple(server.jane, server.luis, "ours", "X" + TAIL))
            raise Failure("GTUBE from one of ours was taken")
        except smtplib.SMTPDataError as e:
            want_equal(e.smtp_code, 554, "GTUBE from one of ours")


def run(server):
    if not shutil.which("rspamd"):
        raise Skip("rspamd is not installed")
    rspamd = Rspamd(server)
    try:
        server.stop()
        with open(server.config, "a", encoding="utf-8") as f:
            f.write(SECTION.format(port=rspamd.port))
        server.start()
        want("version 6" in server.cli("milter", "test", "rspamd", "--json"), "milter test")
        patterns(server)
        submission(server)
    except Failure as e:
        raise Failure(f"{e}\n{rspamd.log()}") from e
    finally:
        rspamd.stop()
