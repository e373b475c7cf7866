"""S22: certificates by ACME: the first one by each challenge, renewal, a server that refuses, a
restart in the middle. Sessions of before go on."""

import os
import re
import socket
import ssl
import stat

from lib.child import Child
from lib.client import Skip, tool, want, want_equal
from lib.hostile import wait_for

HOST = "mail.e2e.example"
PYTHON = "/usr/bin/python3"
HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LONG_SECONDS = 60


def configure(server, acme, challenge, extra=""):
    """Takes the certificate sections away: all is to come by ACME."""
    with open(server.config, encoding="utf-8") as f:
        text = f.read()
    text = re.sub(r"(?ms)^(certificate|acme) .*?^\}\n", "", text)
    text += (f'acme {{\n    directory = "{acme["directory"]}"\n'
             f'    contacts = {{"mailto:a@{HOST}"}}\n'
             f'    terms_agreed = true\n    challenge = "{challenge}"\n    retry_s = 1\n'
             f'    acme_authorities = "{acme["ca"]}"\n{extra}}}\n')
    with open(server.config, "w", encoding="utf-8") as f:
        f.write(text)


def restart(server, child):
    server.stop()
    begin(server, child)


def begin(server, child):
    server.start()
    for role in ("http", "https"):
        child.do("set", role, server.ports[role])


def status(server, name="host"):
    return {row["certificate"]: row for row in server.ask("acme", "status")}[name]


def wait_good(server, name="host"):
    wait_for(lambda: status(server, name)["state"] == "good", f"{name} is not good",
             LONG_SECONDS)


def shown(server, role="https", name=HOST):
    """(serial, issuer, names) of what openssl s_client sees."""
    said = tool(["openssl", "s_client", "-connect", f"127.0.0.1:{server.ports[role]}",
                 "-servername", name, "-showcerts"], stdin="")
    first = said[said.index("-----BEGIN"):said.index("-----END CERTIFICATE-----")]
    return tool(["openssl", "x509", "-noout", "-serial", "-issuer", "-ext", "subjectAltName"],
                stdin=first + "-----END CERTIFICATE-----\n")


def changed(server, before, role="https"):
    wait_for(lambda: shown(server, role) != before, "the same certificate as before", LONG_SECONDS)
    return shown(server, role)


def renew(server, before, name="host"):
    server.cli("acme", "renew", name)
    return changed(server, before)


def run(server):
    if "38" not in tool([PYTHON, "-c", "import cryptography; print(cryptography.__version__)"]):
        raise Skip("python3-cryptography is not there")
    child = Child([PYTHON, os.path.join(HERE, "lib", "acme.py"), server.folder], os.environ,
                  os.path.join(server.folder, "acme.err"))
    acme = child.answer()
    configure(server, acme, "http")
    restart(server, child)
    first = the_first_certificate(server, child)
    second = sessions_go_on(server, first, acme)
    third = it_is_renewed_by_the_clock(server, child, second)
    fourth = refusals_are_waited_out(server, child, third)
    fifth = a_restart_in_the_middle(server, child, fourth)
    by_alpn(server, child, acme, fifth)
    more_names_and_a_binding(server, child, acme)
    said = child.do("state")
    want_equal(said["violations"], [], "what broke the protocol")
    want(said["refused_nonces"] > 3 and said["replaced"] > 1, f"{said}")
    server.stop()
    child.end()
    server.start()


def the_first_certificate(server, child):
    wait_good(server)
    said = changed(server, "")
    wait_for(lambda: "ACME of the test" in shown(server), "not the authority's", LONG_SECONDS)
    said = shown(server)
    want(f"DNS:{HOST}" in said, said)
    want_equal(shown(server, "imaps"), said, "imaps and https")
    folder = os.path.join(server.data, "acme")
    want_equal(stat.S_IMODE(os.stat(folder).st_mode), 0o700, "mode of the folder")
    for name in os.listdir(folder):
        mode = stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode)
        want_equal(mode, 0o600, f"mode of {name}")
    want_equal(child.do("state")["validated"][0], ["http-01", HOST], "how it was proved")
    account = server.ask("acme", "account")
    want(account["account"].endswith("/account/1"), f"{account}")
    want("acme issued" in server.cli("audit", "list", "--limit", "50"), "no audit entry")
    return said


def sessions_go_on(server, before, acme):
    context = ssl.create_default_context(cafile=acme["ca"])
    old = context.wrap_socket(socket.create_connection(("127.0.0.1", server.ports["imaps"])),
                              server_hostname=HOST)
    want(old.recv(1000).startswith(b"* OK"), "no greeting")
    now = renew(server, before)
    old.sendall(b"a NOOP\r\n")
    want(old.recv(1000).startswith(b"a OK"), "the old session is gone")
    old.close()
    return now


def it_is_renewed_by_the_clock(server, child, before):
    """16 of 30 seconds are over when it comes, so four are left to two thirds; then RFC 9773."""
    child.do("set", "lifetime_s", 30)
    child.do("set", "age_s", 16)
    short = renew(server, before)
    child.do("set", "lifetime_s", 86400)
    child.do("set", "age_s", 60)
    now = changed(server, short)
    wait_good(server)
    child.do("set", "renew_now", True)
    restart(server, child)  # it asks when it starts
    now = changed(server, now)
    child.do("set", "renew_now", False)
    wait_for(lambda: child.do("state")["renewal_infos"] > 0, "RFC 9773 was not asked")
    restart(server, child)
    return now


def refusals_are_waited_out(server, child, before):
    child.do("set", "refuse", {"path": "/order", "status": 429, "kind": "rateLimited", "count": 1,
                               "retry_after": 4})
    server.cli("acme", "renew", "host")
    wait_for(lambda: status(server)["state"] == "failing", "it did not fail")
    said = status(server)
    want("rateLimited" in said["why"] and said["failures"] == 1, f"{said}")
    want(re.search(r"acme.failed.*rateLimited.*again_s=[34]", server.log()), "Retry-After")
    want("ACME of the test" in shown(server), "the old one is not served")
    child.do("set", "validation", "unauthorized")
    wait_for(lambda: "unauthorized" in status(server)["why"] or
             status(server)["state"] == "good", "not tried again", LONG_SECONDS)
    server.cli("acme", "renew", "host")
    wait_for(lambda: "unauthorized" in status(server)["why"], "no failed proof", LONG_SECONDS)
    child.do("set", "validation", None)
    return renew(server, before)


def a_restart_in_the_middle(server, child, before):
    """kill -9 while the authority signs: the same order brings the certificate."""
    wait_good(server)
    child.do("set", "hold", True)
    server.cli("acme", "renew", "host")
    wait_for(lambda: "processing" in child.do("state")["orders"], "no order", LONG_SECONDS)
    orders = len(child.do("state")["orders"])
    server.kill()
    begin(server, child)
    want_equal(shown(server), before, "what is served meanwhile")
    child.do("set", "hold", False)
    server.cli("acme", "renew", "host")
    now = changed(server, before)
    want_equal(len(child.do("state")["orders"]), orders, "orders")
    return now


def by_alpn(server, child, acme, before):
    configure(server, acme, "tls-alpn")
    restart(server, child)
    now = renew(server, before)
    want(["tls-alpn-01", HOST] in child.do("state")["validated"], "how it was proved")
    said = tool(["openssl", "s_client", "-connect", f"127.0.0.1:{server.ports['https']}",
                 "-servername", HOST, "-alpn", "acme-tls/1"], stdin="", status=1)
    want("no application protocol" in said and "BEGIN CERT" not in said, said)
    return now


def more_names_and_a_binding(server, child, acme):
    """An account that somebody vouches for, a certificate of two names, and one of a domain."""
    key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"
    child.do("set", "binding", {"id": "kid-1", "key": key})
    server.stop()
    for name in ("account.key", "account.json"):
        os.remove(os.path.join(server.data, "acme", name))
    configure(server, acme, "http", f'    names = {{"{HOST}", "imap.e2e.example"}}\n'
              f'    domain_labels = {{"mta-sts"}}\n    binding_id = "kid-1"\n'
              f'    binding_key = "{key}"\n')
    begin(server, child)
    wait_good(server)
    wait_good(server, "e2e.example")
    for name in (HOST, "imap.e2e.example"):
        wait_for(lambda: "DNS:imap.e2e.example" in shown(server, "https", name), name)
    wait_for(lambda: "DNS:mta-sts.e2e.example" in shown(server, "https", "mta-sts.e2e.example"),
             "the domain's")
    want_equal(server.cli("acme", "renew", "nothing", status=3)[:0], "", "an unknown certificate")
