"""S5: a smart host that is another server of ours: the log-in is by SCRAM-SHA-256, bound to the TLS
connection where the host offers that; a wrong password waits and nothing goes."""

import os
import time

from lib import mail
from lib.client import Failure, want
from lib.server import Server

SECONDS = 120
GLANCE_SECONDS = 0.05


def await_text(find, what):
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if find():
            return
        time.sleep(GLANCE_SECONDS)
    raise Failure("not seen: " + what)


def there(smart, subject):
    """ann has a message of that subject."""
    session = mail.imap(smart, smart.ann)
    session.select("INBOX")
    found = session.search(None, "SUBJECT", subject)[1][0]
    session.logout()
    return found


def send(server, smart, subject):
    session = mail.submission(server, server.jane)
    session.sendmail(server.jane, [smart.ann], mail.simple(server.jane, smart.ann, subject))
    session.quit()


def run(server):
    folder = os.path.join(server.folder, "smart")
    os.mkdir(folder)
    smart = Server(server.program, folder)
    smart.prepare()
    smart.configure("host_name", '"smart.example"')
    smart.configure("offer_plus", "true")
    smart.start()
    try:
        smart.add_domain()
        smart.add_domain("far.example")
        smart.add_account(server.jane, "another password 2")
        smart.ann = smart.add_account("ann@far.example")
        server.cli("route", "set", "smart", "--for", "far.example", "--to",
                   f"127.0.0.1:{smart.ports['submission']}", "--tls", "encrypted",
                   "--user", server.jane)
        server.cli("route", "password", "smart", stdin="wrong\n")
        send(server, smart, "first")
        await_text(lambda: "status=4.7.8" in server.log(), "a refused password")
        want(not there(smart, "first"), "it went with a wrong password")
        server.cli("route", "password", "smart", stdin="another password 2\n")
        server.cli("queue", "requeue", "--destination", "route:smart")
        await_text(lambda: there(smart, "first"), "the message")
        want("mechanism=SCRAM-SHA-256-PLUS" in smart.log(), "another mechanism:\n" + smart.log())
        smart.stop()
    finally:
        if smart.process:
            smart.kill()
