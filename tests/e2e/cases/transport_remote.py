"""S5, S14: mail to other hosts: MX with a fallback, null MX, a domain that is not there, refusals
that come back, loops, STARTTLS, DANE that holds and does not (a signed zone, served by NSD), and
records whose signatures do not hold."""

import time

from lib import mail
from lib.client import Failure, want, want_equal
from lib.outside import Certificate, Host, Names, free_port

WORLD = False
ADDRESSES = ["127.0.0." + str(n) for n in range(2, 10)]
SECONDS = 120
GLANCE_SECONDS = 0.05


def zones(good, port):
    """The whole DNS of the test."""
    root = """
good.example. MX 10 mx1.example.
fallback.example. MX 10 dead.example.
fallback.example. MX 20 mx1.example.
refuse.example. MX 10 mx2.example.
null.example. MX 0 .
loop.example. MX 10 mail.e2e.example.
cut.example. MX 10 mxc.example.
cut.example. MX 20 mx1.example.
away.example. MX 10 mxa.example.
away.example. MX 20 mx1.example.
alone.example. MX 10 mxc.example.
mxc.example. A 127.0.0.8
mxa.example. A 127.0.0.9
implicit.example. A 127.0.0.2
dane.example. MX 10 mxd.example.
forged.example. MX 10 mxf.example.
bogus.example. MX 10 mx1.example.
bogus-address.example. MX 10 mxb.example.
bogus-tlsa.example. MX 10 mxt.example.
mxb.example. A 127.0.0.2
mxt.example. A 127.0.0.2
mx1.example. A 127.0.0.2
mx2.example. A 127.0.0.3
dead.example. A 127.0.0.4
mxd.example. A 127.0.0.5
mxf.example. A 127.0.0.6
mail.e2e.example. A 127.0.0.2
plain. NS ns.
"""
    for host, digest in (("mxd", good), ("mxf", "00" * 32), ("mxt", good)):
        root += f"_{port}._tcp.{host}.example. TLSA 3 1 1 {digest}\n"
    plain = "unsigned.plain. MX 10 mx.unsigned.plain.\nmx.unsigned.plain. A 127.0.0.7\n"
    return {"": root, "plain": plain}


def await_text(find, what):
    """Until find() is true."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if find():
            return
        time.sleep(GLANCE_SECONDS)
    raise Failure("not seen: " + what)


def send(server, to, subject):
    session = mail.submission(server, server.jane)
    session.sendmail(server.jane, [to], mail.simple(server.jane, to, subject, ".a dot\r\n"))
    session.quit()


def await_bounce(server, subject, status):
    """A report about the message lies in jane's mailbox, with that status."""
    session = mail.imap(server, server.jane)

    def there():
        session.select("INBOX")
        count = int(session.select("INBOX")[1][0])
        if not count:
            return False
        texts = [row[1] for row in session.fetch(f"1:{count}", "(BODY[])")[1] if len(row) > 1]
        return any(status.encode() in t and subject.encode() in t for t in texts)
    await_text(there, f"a report with {status} about {subject}")
    session.logout()


def deliveries(server, hosts):
    send(server, "ann@good.example", "one")
    sender, to, body, secure = hosts["mx1"].wait(1)[0]
    want_equal((sender, to, secure), (server.jane, ["ann@good.example"], False), "the envelope")
    want(b"\r\n\r\n.a dot\r\n" in body and b"Received: " in body, f"the message\n{body}")
    for count, domain in ((2, "fallback.example"), (3, "implicit.example"), (4, "[127.0.0.2]")):
        send(server, f"ann@{domain}", "to-" + domain[:8].strip("["))
        want_equal(hosts["mx1"].wait(count)[-1][1], [f"ann@{domain}"], domain)


def moves(server, hosts):
    """A host that breaks off, or goes away, leaves the message to the next one at once."""
    count = len(hosts["mx1"].messages)
    for number, domain in ((1, "cut.example"), (2, "away.example")):
        send(server, f"ann@{domain}", "moved-" + domain[:3])
        want_equal(hosts["mx1"].wait(count + number)[-1][1], [f"ann@{domain}"], domain)
    want_equal(server.log().count("event=remote.moved"), 2, "moves in the log")
    send(server, "ann@alone.example", "alone")
    await_text(lambda: "to=\"ann@alone.example\" result=deferred" in server.log(),
               "a deferral where there is no other host")


def refusals(server):
    """What others refuse of ours is counted for our domain."""
    shown = server.ask("meter", "show", "e2e.example")
    want(shown["refused_out"] >= 1, f"refused_out {shown}")


def itself(server):
    """A road that leads to our own port, by its address."""
    server.cli("route", "set", "self", "--for", "self.example", "--to",
               f"127.0.0.1:{server.ports['mx']}")
    send(server, "ann@self.example", "self")
    await_bounce(server, "self", "5.4.6")


def bounces(server):
    for subject, to, status in (("nobody", "x@refuse.example", "5.1.1"),
                                ("closed", "x@null.example", "5.1.10"),
                                ("nowhere", "x@none.example", "5.1.2"),
                                ("circle", "x@loop.example", "5.4.6")):
        send(server, to, subject)
        await_bounce(server, subject, status)


def security(server, hosts):
    send(server, "ann@dane.example", "dane")
    want(hosts["mxd"].wait(1)[0][3], "the message came in clear")
    await_text(lambda: "trust=dane" in server.log(), "trust=dane in the log")
    send(server, "ann@unsigned.plain", "plain")
    want(hosts["mxp"].wait(1)[0][3], "STARTTLS was offered, and the message came in clear")
    send(server, "ann@forged.example", "forged")
    await_text(lambda: "mxf.example: the certificate does not hold" in server.log(),
               "a certificate that its TLSA record does not name")
    want_equal(hosts["mxf"].messages, [], "what the wrong host got")
    session = mail.submission(server, server.jane)
    session.sendmail(server.jane, ["lax@forged.example"],
                     mail.simple(server.jane, "lax@forged.example", "lax",
                                 fields="TLS-Required: No\r\n"))
    session.quit()
    want_equal(hosts["mxf"].wait(1)[0][1], ["lax@forged.example"], "RFC 8689 section 3")


def bogus(server, hosts):
    """Records whose signatures do not hold: nothing goes, the mail waits, and it is said why."""
    before = len(hosts["mx1"].messages)
    for domain, why in (("bogus", "the domain's hosts do not fit their DNSSEC signatures"),
                        ("bogus-address", "the hosts' addresses do not fit their DNSSEC"),
                        ("bogus-tlsa", "mxt.example: its records do not fit their DNSSEC")):
        send(server, f"ann@{domain}.example", domain)
        await_text(lambda d=domain, w=why: any(
            f'destination="{d}.example" how=unreachable status=4.4.3' in line and w in line
            for line in server.log().splitlines()), f"why mail to {domain} waits")
    want("event=dns.bogus" in server.log(), "no dns.bogus in the log")
    send(server, "ann@good.example", "behind-them")
    hosts["mx1"].wait(before + 1, 120)
    want_equal([m[1] for m in hosts["mx1"].messages[before:]], [["ann@good.example"]], "what came")


def run(server):
    port = free_port(ADDRESSES)
    good = Certificate(server.folder, "mxd.example")
    broken = {("bogus.example.", "MX"), ("mxb.example.", "A"),
              (f"_{port}._tcp.mxt.example.", "TLSA")}
    names = Names(server.folder, zones(good.tlsa(), port), broken)
    bad = Certificate(server.folder, "mxf.example")
    hosts = {
        "mx1": Host("127.0.0.2", port, "mx1.example", offers=["PIPELINING", "SIZE"]),
        "mx2": Host("127.0.0.3", port, "mx2.example", refuse={"RCPT": "550 5.1.1 who is that?"}),
        "mxd": Host("127.0.0.5", port, "mxd.example", good, ["PIPELINING", "CHUNKING"]),
        "mxf": Host("127.0.0.6", port, "mxf.example", bad),
        "mxc": Host("127.0.0.8", port, "mxc.example", refuse={"RCPT": "CUT"}),
        "mxa": Host("127.0.0.9", port, "mxa.example", refuse={"MAIL": "421 4.3.2 going away"}),
        "mxp": Host("127.0.0.7", port, "mx.unsigned.plain", bad),
    }
    try:
        server.stop()
        server.configure("stub", names.stubs("plain"))
        server.configure("trust_anchor", f'"{names.anchor}"')
        server.configure("smtp_port", str(port))
        server.start()
        server.add_domain()
        server.jane = server.add_account("jane")
        deliveries(server, hosts)
        moves(server, hosts)
        bounces(server)
        refusals(server)
        itself(server)
        security(server, hosts)
        bogus(server, hosts)
    finally:
        names.stop()
        for host in hosts.values():
            host.stop()
