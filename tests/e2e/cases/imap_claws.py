"""Claws Mail in a real window: an account from files, its folders, reading, flags both ways, new
mail, the trash, and a letter that goes out and into Sent. Judged by what the server has; what the
screen showed goes to the folder that E2E_PICTURES names."""

import os
import shutil
import subprocess
import threading

from lib import mail
from lib.child import Child
from lib.client import Failure, tool, want, want_equal
from lib.hostile import wait_for

SETTINGS = {"delay_ms": "0"}
PYTHON = "/usr/bin/python3"  # Debian's, which has the bindings
DRIVER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lib",
                      "window.py")
FIRST_FOLDER = (76, 133)     # in the window: the account in the list of folders
CHECK_FOLDERS = (176, 374)   # its menu's "Check for new folders"
X_SECONDS = 120

ACCOUNT = """[Account: 1]
account_name=jane
is_default=1
name=Jane
address={jane}
protocol=1
config_version=4
receive_server=localhost
smtp_server=localhost
user_id={jane}
ssl_imap=1
set_imapport=1
imap_port={imaps}
ssl_smtp=2
use_smtp_auth=1
set_smtpport=1
smtp_port={submission}
imap_subsonly=0
"""
COMMON = "[Common]\nconfig_version=4\nsession_passwords=1\nenable_aspell=0\n"
FOLDERS = """<?xml version="1.0" encoding="UTF-8"?>
<folderlist>
    <folder type="imap" name="jane" account_id="1" />
    <folder type="mh" name="Mail" path="Mail">
        <folderitem type="inbox" name="inbox" path="inbox" />
        <folderitem type="outbox" name="sent" path="sent" />
        <folderitem type="draft" name="draft" path="draft" />
        <folderitem type="queue" name="queue" path="queue" />
        <folderitem type="trash" name="trash" path="trash" />
    </folder>
</folderlist>
"""


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


class Screen:
    """Xvfb on a display that it chooses itself."""

    def __init__(self):
        ours, theirs = os.pipe()
        try:
            self.process = subprocess.Popen(
                ["Xvfb", "-displayfd", str(theirs), "-screen", "0", "1100x900x24", "-nolisten",
                 "tcp"], pass_fds=[theirs], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL)
        except FileNotFoundError:
            raise Failure("Xvfb is not installed; see packaging/packages.txt") from None
        os.close(theirs)
        late = threading.Timer(X_SECONDS, self.process.kill)
        late.start()
        with os.fdopen(ours) as f:
            self.name = ":" + f.readline().strip()
        late.cancel()
        want(self.name != ":", "Xvfb did not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(X_SECONDS)


class Claws:
    """The program, its home, and what it can be asked on its command line."""

    def __init__(self, server, screen):
        self.server = server
        self.home = os.path.join(server.folder, "claws")
        self.write_account()
        self.env = {**os.environ, "HOME": self.home, "DISPLAY": screen.name, "LC_ALL": "C.UTF-8",
                    "TMPDIR": self.home, "XDG_RUNTIME_DIR": self.home, "GTK_THEME": "Adwaita",
                    "GSETTINGS_BACKEND": "memory"}
        self.child = Child(["sh", "-c", 'exec "$@" 3>&1 >&2', "sh", "dbus-run-session", "--",
                            PYTHON, DRIVER, "claws-mail"], self.env, self.home + ".err")
        self.do = self.child.do

    def write_account(self):
        server, rc = self.server, os.path.join(self.home, ".claws-mail")
        write(os.path.join(rc, "accountrc"), ACCOUNT.format(jane=server.jane, **server.ports))
        write(os.path.join(rc, "clawsrc"), COMMON)
        write(os.path.join(rc, "folderlist.xml"), FOLDERS)
        for name in ("inbox", "sent", "draft", "queue", "trash"):
            os.makedirs(os.path.join(self.home, "Mail", name))

    def ask(self, *words):
        return tool(["claws-mail", *words], env=self.env)

    def picture(self, name):
        """What is on the screen now, for who looks at it afterwards."""
        path = os.path.join(self.server.folder, f"claws-{name}.png")
        self.do("picture", path)
        want(os.path.getsize(path) > 1000, "an empty picture")
        if os.environ.get("E2E_PICTURES"):
            shutil.copy(path, os.environ["E2E_PICTURES"])

    def counts(self, folder):
        """(unread, all) of a folder, as the program believes."""
        row = self.ask("--status-full", f"#imap/jane/{folder}").split("\n")[0].split()
        return int(row[1]), int(row[2])

    def trust(self):
        """Says yes to the certificate, which no authority of this machine has signed."""
        self.do("click", "push button", "Accept and save")

    def log_in(self):
        self.do("fill", "password text", self.server.passwords[self.server.jane], "Input password")
        self.do("click", "push button", "OK", "Input password")

    def folder_files(self):
        """The paths of the account's folders in the program's own file."""
        with open(os.path.join(self.home, ".claws-mail", "folderlist.xml"), encoding="utf-8") as f:
            return f.read().split('type="mh"')[0]


def letter(server, subject):
    return mail.simple(server.luis, server.jane, subject, f"The text of {subject}.\r\n")


def find_folders(claws):
    claws.do("appears", "menu", "File")
    claws.picture("start")
    claws.do("press", "menu bar", None, *FIRST_FOLDER, 3)
    claws.do("press", "menu bar", None, *CHECK_FOLDERS, 1)
    claws.trust()
    claws.log_in()
    wait_for(lambda: "#imap/jane/INBOX" in claws.ask("--status-full"), "the folders")
    claws.ask("--receive-all")
    wait_for(lambda: claws.counts("INBOX") == (4, 4), "four unread messages")


def read_and_mark(server, session, claws):
    """A message that is opened has been read; a mark is a flag; flags of the server arrive."""
    claws.ask("--select", "#imap/jane/INBOX/2")
    wait_for(lambda: "\\Seen" in mail.folder(session, "INBOX")["m1"], "m1 is read")
    claws.do("shows", "The text of m1.")
    claws.picture("message")
    claws.do("click", "menu item", "Mark")
    wait_for(lambda: mail.folder(session, "INBOX")["m1"] == {"\\Seen", "\\Flagged"}, "a mark")
    mail.ok(session.select("INBOX"))
    mail.ok(session.uid("STORE", "3", "+FLAGS", "(\\Seen)"))
    server.put(server.jane, "INBOX", letter(server, "arrived"))
    claws.ask("--receive-all")
    wait_for(lambda: claws.counts("INBOX") == (3, 5), "a flag of the server, and new mail")


def throw_away(session, claws):
    claws.ask("--select", "#imap/jane/INBOX/1")
    wait_for(lambda: "\\Seen" in mail.folder(session, "INBOX")["m0"], "m0 is read")
    claws.do("click", "menu item", "Move to trash")
    wait_for(lambda: sorted(mail.folder(session, "INBOX")) == ["arrived", "m1", "m2", "m3"],
             "m0 is gone")
    want_equal(sorted(mail.folder(session, "Trash")), ["m0"], "the trash")


def send(server, session, claws):
    """A letter by submission; its copy goes to the server's Sent."""
    path = os.path.join(claws.home, "letter")
    write(path, f"To: {server.luis}\nSubject: from a window\n\nLuis, here it is.\n")
    claws.ask("--compose-from-file", path)
    claws.do("appears", "push button", "Send", "from a window")
    claws.picture("compose")
    claws.do("press", "push button", "Send", 10, 10, 1, "from a window")
    claws.log_in()
    claws.trust()
    wait_for(lambda: "from a window" in mail.folder(session, "Sent"), "the copy in Sent")
    wait_for(lambda: not claws.do("has", "push button", "Send", "from a window"), "it closes")
    want_equal(mail.folder(session, "Sent")["from a window"], {"\\Seen"}, "its flags")
    want(b"Luis, here it is." in mail.bodies(server, server.luis)[0], "what luis got")


def run(server):
    session = mail.imap(server, server.jane)
    for n in range(4):
        server.put(server.jane, "INBOX", letter(server, f"m{n}"))
    with Screen() as screen:
        claws = Claws(server, screen)
        find_folders(claws)
        claws.picture("folders")
        read_and_mark(server, session, claws)
        throw_away(session, claws)
        send(server, session, claws)
        claws.picture("end")
        claws.ask("--exit")
        want_equal(claws.do("ended"), 0, "how Claws Mail ended")
        claws.child.end()
    for name in ("INBOX", "Sent", "Trash", "Drafts"):
        want(f'path="{name}"' in claws.folder_files(), f"{name} in the program's own list")
    session.logout()
