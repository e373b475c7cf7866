"""S5: MTA-STS (RFC 8461): a policy that is enforced lets nothing through in clear or to a wrong
certificate, also when the server was started anew and the policy cannot be had; testing and broken
policies hold nothing back; a new policy is fetched when the DNS says so."""

import http.client
import ssl
import time

from lib import mail
from lib.authority import Authority, Web
from lib.client import Failure, want, want_equal
from lib.dns import NameServer
from lib.outside import Host, free_port

WORLD = False
ADDRESSES = ["127.0.0.2", "127.0.0.3", "127.0.0.4"]
SECONDS = 120
GLANCE_SECONDS = 0.05
PAGE = "/.well-known/mta-sts.txt"


def policy(mode, *hosts):
    lines = ["version: STSv1", f"mode: {mode}"] + [f"mx: {h}" for h in hosts] + ["max_age: 86400"]
    return 200, "text/plain; charset=utf-8", "\r\n".join(lines) + "\r\n"


PAGES = {
    "right": policy("enforce", "mx.right.zone"),
    "wild": policy("enforce", "*.right.zone"),
    "wrong": policy("enforce", "mx.wrong.zone"),
    "unnamed": policy("enforce", "mx.elsewhere.zone"),
    "clear": policy("enforce", "mx.clear.zone"),
    "testing": policy("testing", "mx.wrong.zone"),
    "untrusted": policy("enforce", "mx.wrong.zone"),
    "moved": (302, "text/plain", "there"),
    "html": (200, "text/html", policy("enforce", "mx.wrong.zone")[2]),
    "nonsense": (200, "text/plain", "version: STSv1\r\nmode: always\r\n"),
}
MX = {"right": "mx.right.zone", "wild": "mx.right.zone", "unnamed": "mx.right.zone",
      "clear": "mx.clear.zone"}


def zone():
    records = {("mx.right.zone", "A"): ["127.0.0.2"], ("mx.wrong.zone", "A"): ["127.0.0.3"],
               ("mx.clear.zone", "A"): ["127.0.0.4"]}
    records["plain.zone", "MX"] = ["10 mx.clear.zone"]
    for name in PAGES:
        records[f"{name}.zone", "MX"] = ["10 " + MX.get(name, "mx.wrong.zone")]
        records[f"_mta-sts.{name}.zone", "TXT"] = ["v=STSv1; id=1;"]
        records[f"mta-sts.{name}.zone", "A"] = ["127.0.0.1"]
    return records


def await_log(server, text, times=1):
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if server.log().count(text) >= times:
            return
        time.sleep(GLANCE_SECONDS)
    raise Failure("not in the log: " + text)


def send(server, domain, subject):
    session = mail.submission(server, server.jane)
    session.sendmail(server.jane, ["ann@" + domain],
                     mail.simple(server.jane, "ann@" + domain, subject))
    session.quit()


def push(server, domain):
    """What waits for the domain is tried now; nothing may be waiting any more."""
    try:
        server.cli("queue", "requeue", "--destination", domain)
    except Failure:
        pass


def held_back(server, hosts):
    for domain, why in (("wrong", "mx.wrong.zone: the certificate does not hold"),
                        ("unnamed", "policy (MTA-STS) does not name this host"),
                        ("clear", "mx.clear.zone: TLS is demanded, and not offered")):
        send(server, f"{domain}.zone", domain)
        await_log(server, why)
    want_equal(hosts["wrong"].messages + hosts["clear"].messages, [], "what wrong hosts got")


def optional(server, hosts):
    """RFC 8689 section 3: what says "TLS-Required: No" goes whatever the domain asks for; not past
    REQUIRETLS, nor past the operator."""
    def send_lax(domain, subject, options=()):
        to = "lax@" + domain
        message = mail.simple(server.jane, to, subject, fields="TLS-Required: No\r\n")
        session = mail.submission(server, server.jane)
        session.sendmail(server.jane, [to], message, options)
        session.quit()
    for domain, host in (("clear", "clear"), ("unnamed", "right"), ("wrong", "wrong")):
        send_lax(f"{domain}.zone", domain + "-lax")
        want_equal(hosts[host].wait(1)[-1][1], [f"lax@{domain}.zone"], domain)
    want_equal([h.messages[0][3] for h in hosts.values()], [True, True, False], "over TLS")
    send_lax("clear.zone", "both", ["REQUIRETLS"])
    push(server, "clear.zone")
    await_log(server, 'destination="clear.zone" status=4.7.10', 2)
    server.cli("route", "set", "locked", "--for", "plain.zone", "--mx", "--tls", "encrypted")
    send_lax("plain.zone", "by-route")
    await_log(server, 'destination="lax:route:locked/plain.zone" status=4.7.10')
    want_equal([len(h.messages) for h in hosts.values()], [1, 1, 1], "messages")
    server.cli("route", "delete", "locked")
    hosts["clear"].wait(2)  # what waited found its way anew
    for host in hosts.values():
        host.messages.clear()


def let_through(server, hosts):
    for count, domain in enumerate(("testing", "untrusted", "moved", "html", "nonsense"), 1):
        send(server, f"{domain}.zone", domain)
        want_equal(hosts["wrong"].wait(count)[-1][1], [f"ann@{domain}.zone"], domain)
    for count, domain in enumerate(("right", "wild"), 1):
        send(server, f"{domain}.zone", domain)
        want(hosts["right"].wait(count)[-1][3], f"{domain}: it came in clear")


def kept(server, hosts, web, names):
    """The web server is gone: what is kept holds. Then the domain changes its mind."""
    known = {row["domain"]: row["mode"] for row in server.ask("sts", "list")}
    want_equal(known, {"right.zone": "enforce", "wild.zone": "enforce", "wrong.zone": "enforce",
                       "unnamed.zone": "enforce", "clear.zone": "enforce",
                       "testing.zone": "testing"}, "policies that are kept")
    asked = len(web.asked)
    server.stop()
    server.start()
    before, why = len(hosts["wrong"].messages), "mx.wrong.zone: the certificate does not hold"
    times = server.log().count(why)
    send(server, "wrong.zone", "again")
    push(server, "wrong.zone")
    await_log(server, why, times + 1)
    send(server, "right.zone", "again")
    hosts["right"].wait(3)
    want_equal(len(web.asked), asked, "questions for policies that are kept")
    want_equal(len(hosts["wrong"].messages), before, "what the wrong host got")
    server.stop()
    names.records["_mta-sts.wrong.zone", "TXT"] = ["v=STSv1; id=2"]
    web.pages["mta-sts.wrong.zone", PAGE] = policy("none")
    server.start()
    push(server, "wrong.zone")
    hosts["wrong"].wait(before + 2)
    server.cli("sts", "forget", "wrong.zone")
    want("wrong.zone" not in {row["domain"] for row in server.ask("sts", "list")}, "forgotten")


def demanded(server, hosts):
    """What senders and the operator ask for: REQUIRETLS (RFC 8689), TLS by route."""
    session = mail.submission(server, server.jane)
    for domain in ("right.zone", "testing.zone"):
        to = "strict@" + domain
        session.sendmail(server.jane, [to], mail.simple(server.jane, to, domain), ["REQUIRETLS"])
    session.quit()
    hosts["right"].wait(1)
    want_equal(hosts["right"].messages[0][1], ["strict@right.zone"], "REQUIRETLS, enforced")
    await_log(server, 'to="strict@testing.zone" result=failed status=5.7.30')
    server.cli("route", "set", "strict", "--for", "testing.zone", "--mx", "--tls", "verified")
    server.cli("route", "set", "locked", "--for", "plain.zone", "--mx", "--tls", "encrypted")
    send(server, "testing.zone", "by route")
    await_log(server, 'destination="route:strict/testing.zone" status=4.7.10')
    send(server, "plain.zone", "by route")
    await_log(server, 'destination="route:locked/plain.zone" status=4.7.10')
    want_equal(hosts["wrong"].messages + hosts["clear"].messages, [], "what wrong hosts got")
    for name in ("strict", "locked"):
        server.cli("route", "delete", name)
    hosts["right"].messages.clear()
    hosts["wrong"].wait(1)  # what waited goes by the policy now: testing
    hosts["clear"].wait(1)
    for host in hosts.values():
        host.messages.clear()


def served(server, host):
    """What our own web server answers: status, type, text."""
    context = ssl.create_default_context(cafile=server.ca)
    link = http.client.HTTPSConnection("127.0.0.1", server.ports["https"], context=context)
    link.request("GET", PAGE, headers={"Host": host})
    answer = link.getresponse()
    found = answer.status, answer.headers["Content-Type"], answer.read().decode()
    link.close()
    return found


def our_own(server):
    shown = server.ask("sts", "set", "e2e.example", "testing", "--mx",
                       "mx1.e2e.example,*.e2e.example")
    want_equal(shown["policy"], "version: STSv1\r\nmode: testing\r\nmx: mx1.e2e.example\r\n"
               "mx: *.e2e.example\r\nmax_age: 604800\r\n", "the policy to publish")
    want_equal(shown["name"], "_mta-sts.e2e.example.", "the record's name")
    want_equal(server.ask("sts", "show", "e2e.example"), shown, "what is kept")
    want_equal(served(server, "mta-sts.E2E.example"), (200, "text/plain", shown["policy"]), "page")
    for host in ("e2e.example", "mta-sts.other.example", "mta-sts."):
        want_equal(served(server, host)[0], 404, host)
    server.cli("sts", "remove", "e2e.example")
    want_equal(served(server, "mta-sts.e2e.example")[0], 404, "the page of a policy that is gone")
    server.cli("sts", "show", "e2e.example", status=3)


def run(server):
    port = free_port(ADDRESSES)
    good, stranger = Authority(server.folder), Authority(server.folder, "Stranger")
    certificates = {f"mta-sts.{name}.zone": good.sign(f"mta-sts.{name}.zone") for name in PAGES}
    certificates["mta-sts.untrusted.zone"] = stranger.sign("mta-sts.untrusted.zone")
    web = Web(certificates, {(f"mta-sts.{name}.zone", PAGE): page for name, page in PAGES.items()})
    hosts = {
        "right": Host("127.0.0.2", port, "mx.right.zone", good.sign("mx.right.zone"),
                      ["REQUIRETLS"]),
        "wrong": Host("127.0.0.3", port, "mx.wrong.zone", good.sign("mx.other.zone"),
                      ["REQUIRETLS"]),
        "clear": Host("127.0.0.4", port, "mx.clear.zone"),
    }
    names = NameServer(zone())
    try:
        server.stop()
        server.configure("stub", f'{{"zone 127.0.0.1@{names.port}"}}')
        server.configure("trust_anchor", '""')
        server.configure("smtp_port", str(port))
        server.configure("authorities", f'"{good.file}"')
        server.configure("web_authorities", f'"{good.file}"')
        server.configure("private_networks", "true")
        server.configure("https_port", str(web.port))
        server.start()
        server.add_domain()
        server.jane = server.add_account("jane")
        demanded(server, hosts)
        held_back(server, hosts)
        optional(server, hosts)
        let_through(server, hosts)
        kept(server, hosts, web, names)
        our_own(server)
    finally:
        web.stop()
        names.__exit__()
        for host in hosts.values():
            host.stop()
