"""S5: logging in with a Kerberos ticket by IMAP, POP3 and SMTP, in a realm made for the test."""

import os
import shutil
import socket
import subprocess
import time

from lib import mail
from lib.client import Failure, tool, want
from lib.outside import free_port
from lib.server import HOST

SETTINGS = {"delay_ms": "0"}
REALM = "E2E.EXAMPLE"
START_SECONDS = 120


def write(path, text):
    with open(path, "w", encoding="ascii") as f:
        f.write(text)
    return path


class Realm:
    """A KDC on loopback with its own files."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_port(["127.0.0.1"])
        conf = write(f"{folder}/krb5.conf", f"""[libdefaults]
 default_realm = {REALM}
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
 udp_preference_limit = 1
[realms]
 {REALM} = {{
  kdc = 127.0.0.1:{self.port}
 }}
[domain_realm]
 {HOST} = {REALM}
 localhost = {REALM}
""")
        profile = write(f"{folder}/kdc.conf", f"""[kdcdefaults]
 kdc_listen = 127.0.0.1:{self.port}
 kdc_tcp_listen = 127.0.0.1:{self.port}
[realms]
 {REALM} = {{
  database_name = {folder}/principal
  key_stash_file = {folder}/stash
 }}
""")
        self.env = {"KRB5_CONFIG": conf, "KRB5_KDC_PROFILE": profile,
                    "KRB5CCNAME": f"FILE:{folder}/tickets", "KRB5RCACHENAME":
                    f"file2:{folder}/replays"}
        self.run("kdb5_util", "create", "-s", "-r", REALM, "-P", "master of the test")

    def run(self, *command, stdin=None, status=0):
        return tool([shutil.which(command[0], path=os.environ["PATH"] + ":/usr/sbin:/sbin")
                     or command[0], *command[1:]], stdin=stdin, status=status,
                    env={**os.environ, **self.env})

    def admin(self, query):
        self.run("kadmin.local", "-r", REALM, "-q", query)

    def start(self):
        program = shutil.which("krb5kdc", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
        if not program:
            raise Failure("krb5kdc is not installed; see packaging/packages.txt")
        with open(f"{self.folder}/kdc.log", "wb") as log:
            self.process = subprocess.Popen([program, "-n", "-r", REALM], stdout=log, stderr=log,
                                            env={**os.environ, **self.env})
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if time.monotonic() > end or self.process.poll() is not None:
                    raise Failure("the KDC did not start") from None
                time.sleep(0.05)

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


def curl(server, realm, who, url, way, *options, status=0):
    return realm.run("curl", "-sS", "--max-time", "60", "--cacert", server.ca, "--resolve",
                     f"{HOST}:{url.split(':')[2].split('/')[0]}:127.0.0.1", "--user", f"{who}:",
                     "--login-options", f"AUTH={way}", *options, url, status=status)


def with_tickets(server, realm):
    jane = server.jane
    realm.run("kinit", f"jane@{REALM}", stdin="opens the realm\n")
    want("INBOX" in curl(server, realm, jane, f"imaps://{HOST}:{server.ports['imaps']}/",
                         "GSSAPI"), "LIST with a ticket")
    curl(server, realm, jane, f"pop3s://{HOST}:{server.ports['pop3s']}/", "GSSAPI")
    letter = os.path.join(server.folder, "letter.eml")
    with open(letter, "wb") as f:
        f.write(mail.simple(jane, jane, "ticket"))
    curl(server, realm, jane, f"smtps://{HOST}:{server.ports['submissions']}/", "GSSAPI",
         "--mail-from", jane, "--mail-rcpt", jane, "-T", letter)
    want("mechanism=GSSAPI" in server.log(), "the log does not tell the mechanism")
    by_spnego(server, realm)


SPNEGO = """
import base64, imaplib, ssl, sys, gssapi
host, port, ca = sys.argv[1:]
name = gssapi.Name(f"imap@{host}", gssapi.NameType.hostbased_service)
context = gssapi.SecurityContext(name=name, usage="initiate",
                                 mech=gssapi.OID.from_int_seq("1.3.6.1.5.5.2"))
trust = ssl.create_default_context(cafile=ca)
client = imaplib.IMAP4_SSL("127.0.0.1", int(port), ssl_context=trust)
answer = client.authenticate("GSS-SPNEGO", lambda token: context.step(token or None) or b"")
assert answer[0] == "OK" and context.complete, answer
assert client.select("INBOX")[0] == "OK"
client.logout()
"""


def by_spnego(server, realm):
    """Debian's own Python has the library for it."""
    realm.run("/usr/bin/python3", "-c", SPNEGO, HOST, str(server.ports["imaps"]), server.ca)
    want("mechanism=GSS-SPNEGO" in server.log(), "the log does not tell the mechanism")


def without(server, realm):
    """No ticket; a ticket of somebody who has no account here."""
    url = f"imaps://{HOST}:{server.ports['imaps']}/"
    realm.run("kinit", f"stranger@{REALM}", stdin="opens the realm\n")
    curl(server, realm, server.jane, url, "GSSAPI", status=67)
    realm.run("kdestroy")
    out = curl(server, realm, server.jane, url, "GSSAPI", status=None)
    want("INBOX" not in out, "in without a ticket")


def run(server):
    realm = Realm(server.folder)
    for name in ("jane", "stranger"):
        realm.admin(f'addprinc -pw "opens the realm" {name}')
    for service in ("imap", "pop", "smtp"):
        realm.admin(f"addprinc -randkey {service}/{HOST}")
        realm.admin(f"ktadd -k {server.folder}/keytab {service}/{HOST}")
    realm.start()  # before the server chooses ports anew, among them the one that was free
    try:
        server.stop()
        with open(server.config, "a", encoding="utf-8") as f:
            f.write(f'kerberos {{\n    keytab = "{server.folder}/keytab"\n}}\n')
        server.environment.update(realm.env)
        server.start()
        with_tickets(server, realm)
        without(server, realm)
    finally:
        realm.stop()
