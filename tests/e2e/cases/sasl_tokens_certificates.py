"""S5, S13: logging in by IMAP, POP3 and SMTP with a signed token, and with a client certificate."""

import base64
import imaplib
import json
import os
import poplib
import re
import smtplib
import time

from lib import mail
from lib.client import tool, want, want_equal
from lib.tokens import make_keys, path, section, token, url64

SETTINGS = {"delay_ms": "0"}

def certificate(server, name, who, ca):
    """name.pem with its key, for the mail address who, signed by ca."""
    key, request, cert = (path(server, f"{name}.{end}") for end in ("key", "csr", "pem"))
    with open(path(server, f"{name}.ext"), "w", encoding="ascii") as f:
        f.write(f"subjectAltName=email:{who}\nextendedKeyUsage=clientAuth\n")
    tool(["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out",
          request, "-subj", f"/CN={name}"])
    tool(["openssl", "x509", "-req", "-in", request, "-CA", path(server, f"{ca}.pem"), "-CAkey",
          path(server, f"{ca}.key"), "-set_serial", "7", "-days", "2", "-out", cert, "-extfile",
          path(server, f"{name}.ext")])


def authority(server, name):
    tool(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout",
          path(server, f"{name}.key"), "-out", path(server, f"{name}.pem"), "-subj", f"/CN={name}"])


def reconfigure(server):
    """Tokens of an issuer; certificates on the ports with TLS at once."""
    server.stop()
    with open(server.config, encoding="utf-8") as f:
        text = f.read()
    text += section(server)
    for role in ("imaps", "pop3s", "submissions"):
        text, count = re.subn(rf"(?m)^(\s*role = {role})$",
                              rf'\1\n    client_ca = "{path(server, "people.pem")}"', text)
        want_equal(count, 1, f"sections for {role}")
    with open(server.config, "w", encoding="utf-8") as f:
        f.write(text)
    server.start()


def by_token(server):
    jane = server.jane
    good = token(server, jane)
    bad = [token(server, jane, key="stranger.key"), token(server, jane, aud="others"),
           token(server, jane, exp=int(time.time()) - 600), token(server, "nobody@e2e.example")]
    letter = path(server, "letter.eml")
    with open(letter, "wb") as f:
        f.write(mail.simple(jane, jane, "token"))
    for url, options in ((f"imaps://127.0.0.1:{server.ports['imaps']}/", []),
                         (f"pop3s://127.0.0.1:{server.ports['pop3s']}/", []),
                         (f"smtps://127.0.0.1:{server.ports['submissions']}/",
                          ["--mail-from", jane, "--mail-rcpt", jane, "-T", letter])):
        for way in ("OAUTHBEARER", "XOAUTH2"):
            command = ["curl", "-sS", "--max-time", "60", "--cacert", server.ca, "--user",
                       f"{jane}:", "--login-options", f"AUTH={way}", *options, url]
            tool([*command, "--oauth2-bearer", good])
            for other in bad:
                tool([*command, "--oauth2-bearer", other], status=67)


def trust(server, name=None):
    context = mail.trust(server)
    if name:
        context.load_cert_chain(path(server, f"{name}.pem"), path(server, f"{name}.key"))
    return context


def by_certificate(server):
    imap = imaplib.IMAP4_SSL("127.0.0.1", server.ports["imaps"], ssl_context=trust(server, "jane"))
    want("AUTH=EXTERNAL" in imap.capabilities, str(imap.capabilities))
    want_equal(imap.authenticate("EXTERNAL", lambda _: b"")[0], "OK", "EXTERNAL by IMAP")
    want_equal(imap.select("INBOX")[0], "OK", "SELECT")
    imap.logout()
    pop = poplib.POP3_SSL("127.0.0.1", server.ports["pop3s"], context=trust(server, "jane"))
    want("EXTERNAL" in pop.capa()["SASL"], str(pop.capa()))
    want(pop._shortcmd("AUTH EXTERNAL =").startswith(b"+OK"), "EXTERNAL by POP3")
    pop.quit()
    smtp = smtplib.SMTP_SSL("127.0.0.1", server.ports["submissions"],
                            context=trust(server, "jane"))
    smtp.ehlo()
    want_equal(smtp.docmd("AUTH", "EXTERNAL =")[0], 235, "EXTERNAL by SMTP")
    smtp.quit()


def not_by_others(server):
    """No certificate, no offer; nobody's name; another authority's; another's account."""
    plain = imaplib.IMAP4_SSL("127.0.0.1", server.ports["imaps"], ssl_context=trust(server))
    want("AUTH=EXTERNAL" not in plain.capabilities, "EXTERNAL without a certificate")
    refused(plain, b"")
    refused(imaplib.IMAP4_SSL("127.0.0.1", server.ports["imaps"],
                              ssl_context=trust(server, "nobody")), b"")
    refused(imaplib.IMAP4_SSL("127.0.0.1", server.ports["imaps"],
                              ssl_context=trust(server, "jane")), server.luis.encode())
    try:
        imaplib.IMAP4_SSL("127.0.0.1", server.ports["imaps"], ssl_context=trust(server, "forged"))
    except (OSError, imaplib.IMAP4.error):
        return
    want(False, "a certificate of a strange authority was taken")


def refused(client, authorization):
    try:
        client.authenticate("EXTERNAL", lambda _: authorization)
    except imaplib.IMAP4.error:
        client.logout()
        return
    want(False, f"EXTERNAL for {authorization!r}")


def by_print(server):
    """A certificate with nobody's name, given to jane by its SHA-256; then taken away again."""
    out = tool(["openssl", "x509", "-in", path(server, "nobody.pem"), "-noout", "-fingerprint",
                "-sha256"])
    print_ = out.strip().rsplit("=", 1)[1]
    server.cli("certificate", "add", server.jane, print_)
    imap = imaplib.IMAP4_SSL("127.0.0.1", server.ports["imaps"],
                             ssl_context=trust(server, "nobody"))
    want_equal(imap.authenticate("EXTERNAL", lambda _: b"")[0], "OK", "EXTERNAL by a print")
    imap.logout()
    server.cli("certificate", "remove", print_)
    refused(imaplib.IMAP4_SSL("127.0.0.1", server.ports["imaps"],
                              ssl_context=trust(server, "nobody")), b"")


def run(server):
    make_keys(server, "issuer", "stranger")
    for name in ("people", "strange"):
        authority(server, name)
    certificate(server, "jane", server.jane, "people")
    certificate(server, "nobody", "nobody@e2e.example", "people")
    certificate(server, "forged", server.jane, "strange")
    reconfigure(server)
    by_token(server)
    by_certificate(server)
    not_by_others(server)
    by_print(server)
