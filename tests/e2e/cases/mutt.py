"""S2, S5: mutt sends a letter with an attachment by submission; mutt reads it by IMAP."""

import os
import pty
import select
import subprocess
import time

from lib import mail
from lib.client import Failure, tool, want, want_equal

SETTINGS = {"delay_ms": "0"}
SECONDS = 60


def write_rc(server, address, *lines):
    path = os.path.join(server.folder, f"muttrc-{address}")
    user = address.replace("@", "%40")
    rows = [f'set from="{address}"', f'set smtp_pass="{server.passwords[address]}"',
            f'set smtp_url="smtp://{user}@127.0.0.1:{server.ports["submission"]}/"',
            f'set imap_user="{address}"', f'set imap_pass="{server.passwords[address]}"',
            f'set folder="imaps://127.0.0.1:{server.ports["imaps"]}/"', "set ssl_starttls=yes",
            "set ssl_force_tls=yes", f'set ssl_ca_certificates_file="{server.ca}"',
            f'set certificate_file="{server.ca}"',
            "set copy=no", 'set spoolfile="+INBOX"', "set quit=yes", "set wait_key=no",
            "set pipe_decode=no", "set header_cache=", "set mail_check=0", "set timeout=1"]
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(rows + list(lines)) + "\n")
    return path


def on_terminal(command, env):
    """Runs a program on a terminal of its own until it ends by itself; what it showed."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=env,
                             start_new_session=True)
    os.close(theirs)
    shown, end = b"", time.monotonic() + SECONDS
    while time.monotonic() < end:
        ready, _, _ = select.select([ours], [], [], 1)
        try:
            piece = os.read(ours, 65536) if ready else b""
        except OSError:
            break  # it has ended
        shown += piece
        if not ready and child.poll() is not None:
            break
    else:
        child.kill()
        child.wait()
        raise Failure(f"{command[0]} was not done after {SECONDS} s\n{shown[-3000:]!r}")
    os.close(ours)
    child.wait()
    return shown


def run(server):
    jane, luis = server.jane, server.luis
    env = {**os.environ, "HOME": server.folder, "TERM": "xterm", "LC_ALL": "C.UTF-8"}
    attachment = os.path.join(server.folder, "figures.csv")
    with open(attachment, "w", encoding="utf-8") as f:
        f.write("year,bridges\n2025,7\n2026,9\n")
    tool(["mutt", "-F", write_rc(server, jane), "-s", "Bridges", "-a", attachment, "--", luis],
         stdin="Luis, here are the figures.\n", env=env)
    received = mail.bodies(server, luis)
    want_equal(len(received), 1, "messages")
    want(b"figures.csv" in received[0] and b"here are the figures" in received[0],
         received[0].decode(errors="replace"))

    read = os.path.join(server.folder, "read.eml")
    keys = f"<pipe-message>cat > {read}<enter><delete-message><sync-mailbox><quit>"
    shown = on_terminal(["mutt", "-F", write_rc(server, luis, "set delete=yes",
                                                f'push "{keys}"')], env)
    want(os.path.exists(read), f"mutt read nothing\n{shown[-3000:]!r}")
    with open(read, "rb") as f:
        piped = f.read().replace(b"\r\n", b"\n")
    want_equal(piped, received[0].replace(b"\r\n", b"\n"), "the message that mutt read")
    want_equal(mail.bodies(server, luis), [], "after mutt deleted it")
