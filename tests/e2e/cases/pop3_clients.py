"""S2, S5: curl, mpop, fetchmail, getmail and Python's poplib fetch mail by POP3 with TLS."""

import os
import poplib

from lib import mail
from lib.client import tool, want, want_equal
from lib.server import HOST

SETTINGS = {"delay_ms": "0"}


def letters(server):
    """Three messages in luis's inbox, one of them with lines that begin with dots."""
    jane, luis = server.jane, server.luis
    made = [mail.simple(jane, luis, "first", "From POP.\r\n"),
            mail.simple(jane, luis, "dots", ".\r\n..two\r\nlast.\r\n"),
            mail.simple(jane, luis, "long", "x" * 70 + "\r\n" + "line\r\n" * 40000)]
    for letter in made:
        server.put(luis, "INBOX", letter)
    return made


def curl(server, url, *options):
    luis = server.luis
    return tool(["curl", "-sS", "--max-time", "60", "--cacert", server.ca, "--ssl-reqd", "--user",
                 f"{luis}:{server.passwords[luis]}", *options, url])


def by_curl(server, made):
    for scheme in ("pop3", "pop3s"):
        url = f"{scheme}://127.0.0.1:{server.ports[scheme]}/"
        listing = curl(server, url).split()
        want_equal(listing[0::2], ["1", "2", "3"], "curl's listing")
        want_equal([int(n) for n in listing[1::2]], [len(m) for m in made], "sizes")
        for number, letter in enumerate(made, 1):
            want_equal(curl(server, url + str(number)), letter.decode(), f"message {number}")
        top = curl(server, url, "-X", "TOP 2 1")
        want("Subject: dots" in top and "two" not in top, f"TOP: {top!r}")


def files_of(folder):
    """The bytes of all files in a Maildir's new, without what the fetching program added on top."""
    found = []
    for name in sorted(os.listdir(os.path.join(folder, "new"))):
        with open(os.path.join(folder, "new", name), "rb") as f:
            text = f.read().replace(b"\r\n", b"\n")
            found.append(text[text.index(b"From: "):])
    return sorted(found)


def maildir(server, name):
    folder = os.path.join(server.folder, name)
    for part in ("new", "cur", "tmp"):
        os.makedirs(os.path.join(folder, part))
    return folder


def wanted(made):
    return sorted(m.replace(b"\r\n", b"\n") for m in made)


def private(server, name, text):
    path = os.path.join(server.folder, name)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(path, 0o600)
    return path


def by_mpop(server, made):
    """Keeps what is there, and does not fetch it again: UIDL, PIPELINING, SCRAM."""
    folder = maildir(server, "mpop")
    luis = server.luis
    conf = private(server, "mpoprc", "\n".join([
        "account default", "host 127.0.0.1", f"port {server.ports['pop3']}", "tls on",
        "tls_starttls on", f"tls_trust_file {server.ca}", f"user {luis}",
        f"password {server.passwords[luis]}", f"delivery maildir {folder}", "keep on",
        f"uidls_file {server.folder}/uidls"]) + "\n")
    tool(["mpop", "-C", conf])
    want_equal(files_of(folder), wanted(made), "what mpop fetched")
    tool(["mpop", "-C", conf])
    want_equal(len(files_of(folder)), 3, "after mpop came again")


def want_bodies(path, made, who):
    """A file of messages one behind the other, with fields added."""
    with open(path, "rb") as f:
        got = f.read().replace(b"\r\n", b"\n")
    for letter in wanted(made):
        body = letter[letter.index(b"\n\n"):]
        want(body in got, f"{who} has not brought {letter[:200]!r}")


def by_fetchmail(server, made):
    found = os.path.join(server.folder, "fetchmail.out")
    luis = server.luis
    conf = private(server, "fetchmailrc",
                   f'poll 127.0.0.1 protocol POP3 port {server.ports["pop3s"]}\n'
                   f'  user "{luis}" password "{server.passwords[luis]}" ssl keep\n'
                   f'  sslcertck sslcertfile "{server.ca}" sslcommonname "{HOST}"\n'
                   f'  mda "cat >> {found}"\n')
    env = {**os.environ, "FETCHMAILHOME": server.folder, "HOME": server.folder}
    tool(["fetchmail", "-f", conf, "--nosyslog", "--pidfile", server.folder + "/fm.pid"], env=env)
    want_bodies(found, made, "fetchmail")


def by_getmail(server, made):
    """Deletes what it has fetched. As root it delivers through a program alone."""
    found = os.path.join(server.folder, "getmail.out")
    luis = server.luis
    private(server, "getmailrc", "\n".join([
        "[retriever]", "type = SimplePOP3SSLRetriever", "server = 127.0.0.1",
        f"port = {server.ports['pop3s']}", f"username = {luis}",
        f"password = {server.passwords[luis]}", f"ca_certs = {server.ca}", "[destination]",
        "type = MDA_external", "path = /usr/bin/tee", f'arguments = ("-a", "{found}")',
        "allow_root_commands = true", "[options]", "delete = true",
        "delivered_to = false", "received = false", "verbose = 2"]) + "\n")
    tool(["getmail", "--getmaildir", server.folder, "--rcfile", "getmailrc"])
    want_bodies(found, made, "getmail")
    want_equal(mail.bodies(server, luis), [], "after getmail deleted it")


def by_poplib(server):
    luis = server.luis
    server.put(luis, "INBOX", b"Subject: loose\n\n.\nno end")
    client = poplib.POP3("127.0.0.1", server.ports["pop3"], timeout=60)
    client.stls(mail.trust(server))
    client.user(luis)
    client.pass_(server.passwords[luis])
    want_equal(client.retr(1)[1], [b"Subject: loose", b"", b".", b"no end"], "poplib")
    want_equal(client.stat(), (1, 29), "STAT")
    client.dele(1)
    client.quit()
    want_equal(mail.bodies(server, luis), [], "after poplib deleted it")


def run(server):
    made = letters(server)
    by_curl(server, made)
    by_mpop(server, made)
    by_fetchmail(server, made)
    by_getmail(server, made)
    by_poplib(server)
