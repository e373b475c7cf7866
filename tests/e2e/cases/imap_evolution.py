"""Evolution's IMAP (its library, without the window): an account from nothing, folders, reading,
flags both ways, new mail, moving, deleting, a message into Sent."""

import os

from lib import mail
from lib.child import Child
from lib.client import want, want_equal
from lib.hostile import wait_for

SETTINGS = {"delay_ms": "0"}
PYTHON = "/usr/bin/python3"  # Debian's, which has the bindings
LIBRARY = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lib",
                       "camel.py")


def start(server):
    """Evolution's library on jane's account."""
    home = os.path.join(server.folder, "evolution")
    os.makedirs(home, exist_ok=True)
    env = {**os.environ, "HOME": home, "LC_ALL": "C.UTF-8", "GIO_USE_VFS": "local",
           "GIO_USE_NETWORK_MONITOR": "base", "GSETTINGS_BACKEND": "memory",
           "DBUS_SESSION_BUS_ADDRESS": "disabled:", "XDG_CACHE_HOME": home,
           "XDG_CONFIG_HOME": home, "XDG_DATA_HOME": home}
    command = [PYTHON, LIBRARY, home, str(server.ports["imaps"]), server.jane,
               server.passwords[server.jane], server.ca]
    evolution = Child(command, env, home + ".err")
    want_equal(evolution.answer(), "ready", "Evolution")
    return evolution


def letter(server, subject):
    return mail.simple(server.luis, server.jane, subject, f"The text of {subject}.\r\n")


def read_and_flag(server, session, evolution):
    """What is there is listed and read; flags go both ways."""
    found = evolution.do("refresh", "INBOX")
    want_equal(sorted(found), ["m0", "m1", "m2", "m3"], "Evolution's INBOX")
    uid = found["m1"][0]
    want("The text of m1." in evolution.do("text", "INBOX", uid), "the text of m1")
    evolution.do("flag", "INBOX", uid, "seen", True)
    evolution.do("flag", "INBOX", uid, "flagged", True)
    want_equal(mail.folder(session, "INBOX")["m1"], {"\\Seen", "\\Flagged"}, "Evolution's flags")
    evolution.do("flag", "INBOX", uid, "flagged", False)
    want_equal(mail.folder(session, "INBOX")["m1"], {"\\Seen"}, "a flag that Evolution took away")
    mail.ok(session.select("INBOX"))
    mail.ok(session.uid("STORE", found["m2"][0], "+FLAGS", "(\\Answered \\Flagged)"))
    want_equal(evolution.do("refresh", "INBOX")["m2"][1], ["answered", "flagged"],
               "flags set on the server")


def arrive(server, evolution):
    """A message that comes is seen without being asked for: IDLE."""
    server.put(server.jane, "INBOX", letter(server, "arrived"))
    wait_for(lambda: "arrived" in evolution.do("known", "INBOX"), "Evolution hears of new mail")


def change(server, session, evolution):
    """A move, a deletion, a message into Sent; the server's folders have them."""
    uids = {subject: row[0] for subject, row in evolution.do("refresh", "INBOX").items()}
    evolution.do("move", "INBOX", uids["m0"], "Work/Bridges")
    evolution.do("delete", "INBOX", uids["m3"])
    evolution.do("append", "Sent", letter(server, "sent").decode(), "seen")
    want_equal(sorted(mail.folder(session, "INBOX")), ["arrived", "m1", "m2"], "INBOX")
    want_equal(sorted(mail.folder(session, "Work/Bridges")), ["m0"], "what was moved")
    want_equal(mail.folder(session, "Sent"), {"sent": {"\\Seen"}}, "Sent")


def come_back(server, session):
    """After an absence: what is gone is gone, what changed is so (QRESYNC)."""
    mail.ok(session.select("INBOX"))
    found = mail.ok(session.uid("SEARCH", "SUBJECT", "m2"))[0].decode()
    mail.ok(session.uid("STORE", found, "-FLAGS", "(\\Flagged)"))
    mail.ok(session.uid("STORE", mail.ok(session.uid("SEARCH", "SUBJECT", "m1"))[0].decode(),
                        "+FLAGS", "(\\Deleted)"))
    mail.ok(session.expunge())
    evolution = start(server)
    found = {k: v[1] for k, v in evolution.do("refresh", "INBOX").items()}
    want_equal(found, {"m2": ["answered"], "arrived": []}, "INBOX after an absence")
    evolution.end()


def run(server):
    session = mail.imap(server, server.jane)
    for n in range(4):
        server.put(server.jane, "INBOX", letter(server, f"m{n}"))
    evolution = start(server)
    evolution.do("create", "", "Work")
    evolution.do("create", "Work", "Bridges")
    folders = evolution.do("tree")
    want({"INBOX", "Sent", "Drafts", "Trash", "Work", "Work/Bridges"} <= set(folders), folders)
    read_and_flag(server, session, evolution)
    arrive(server, evolution)
    change(server, session, evolution)
    evolution.end()
    come_back(server, session)
    session.logout()
