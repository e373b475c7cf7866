"""S5: reports between mail systems. What the road saw of TLS (RFC 8460) and what the door saw of
DMARC (RFC 9990) is counted, survives a restart, and goes out by mail, signed, and by HTTPS."""

import email
import gzip
import json
import re
import subprocess
import time
import xml.etree.ElementTree

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
SPACE = "{urn:ietf:params:xml:ns:dmarc-2.0}"
DEBIANS_PYTHON = "/usr/bin/python3"
VERIFY = """
import sys, dkim
name, record = sys.argv[1], sys.argv[2]
def dns(asked, timeout=5):
    return record.encode() if asked.decode().rstrip(".") == name else None
sys.exit(0 if dkim.verify(sys.stdin.buffer.read(), dnsfunc=dns) else 1)
"""


def zone():
    return {
        ("right.zone", "MX"): ["10 mx.right.zone"],
        ("mx.right.zone", "A"): ["127.0.0.2"],
        ("_mta-sts.right.zone", "TXT"): ["v=STSv1; id=1;"],
        ("mta-sts.right.zone", "A"): ["127.0.0.1"],
        ("_smtp._tls.right.zone", "TXT"): ["v=TLSRPTv1; rua=mailto:tls@reports.zone,"
                                           "https://take.zone/tls"],
        ("take.zone", "A"): ["127.0.0.1"],
        ("wrong.zone", "MX"): ["10 mx.wrong.zone"],
        ("mx.wrong.zone", "A"): ["127.0.0.3"],
        ("_mta-sts.wrong.zone", "TXT"): ["v=STSv1; id=1;"],
        ("mta-sts.wrong.zone", "A"): ["127.0.0.1"],
        ("_smtp._tls.wrong.zone", "TXT"): ["v=TLSRPTv1; rua=mailto:tls@reports.zone"],
        ("silent.zone", "MX"): ["10 mx.right.zone"],
        ("reports.zone", "MX"): ["10 mx.reports.zone"],
        ("mx.reports.zone", "A"): ["127.0.0.4"],
        # DMARC: one that agreed to take another's reports, one that did not, one that takes little.
        ("_dmarc.sender.zone", "TXT"): ["v=DMARC1; p=quarantine; sp=reject; adkim=s; "
                                        "rua=mailto:agg@sender.zone,mailto:agg@reports.zone,"
                                        "mailto:agg@stranger.zone,mailto:few@sender.zone!10"],
        ("sender.zone", "TXT"): ["v=spf1 ip4:127.0.0.1 -all"],
        ("sender.zone", "MX"): ["10 mx.reports.zone"],
        ("stranger.zone", "MX"): ["10 mx.reports.zone"],
        ("sender.zone._report._dmarc.reports.zone", "TXT"): ["v=DMARC1;"],
        ("_dmarc.quiet.zone", "TXT"): ["v=DMARC1; p=none"],
    }


def await_true(find, what):
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if find():
            return
        time.sleep(GLANCE_SECONDS)
    raise Failure("not seen: " + what)


def send(server, to, subject):
    session = mail.submission(server, server.jane)
    session.sendmail(server.jane, [to], mail.simple(server.jane, to, subject))
    session.quit()


def attached(raw):
    """The message, and its one attachment unpacked."""
    message = email.message_from_bytes(raw)
    part = next(p for p in message.walk() if p.get_filename())
    return message, part, gzip.decompress(part.get_payload(decode=True))


def arrivals(host, word, count):
    """Messages whose subject is of that domain's report, once so many are there."""
    def found():
        return [m for m in list(host.messages) if f"Report Domain: {word}".encode() in m[2]]
    await_true(lambda: len(found()) >= count, f"{count} reports of {word}")
    return found()


def verified(raw, name, record):
    done = subprocess.run([DEBIANS_PYTHON, "-c", VERIFY, name, record], input=raw, timeout=60,
                          check=False)
    want(done.returncode == 0, f"the signature does not hold\n{raw.decode()}")


def look(server, hosts):
    """What is to be counted of TLS."""
    for count in range(1, 4):
        send(server, "ann@right.zone", f"right {count}")
        hosts["right"].wait(count)
    send(server, "ann@wrong.zone", "wrong")
    await_true(lambda: "mx.wrong.zone: the certificate does not hold" in server.log(), "wrong")
    send(server, "ann@silent.zone", "silent")
    hosts["right"].wait(4)
    want_equal(hosts["wrong"].messages, [], "what the wrong host got")


def deliver(server, sender, domain):
    """By port 25, as from another host."""
    import smtplib
    with smtplib.SMTP("127.0.0.1", server.ports["mx"], "mx.sender.zone") as session:
        try:
            session.sendmail(sender, [server.jane], mail.simple(f"a@{domain}", server.jane, "x"))
        except smtplib.SMTPDataError:
            pass


def tls_report(text):
    report = json.loads(text)
    want_equal(report["organization-name"], "State of Examples", "organization-name")
    want_equal(report["contact-info"], "reports@e2e.example", "contact-info")
    start = report["date-range"]["start-datetime"]
    want(re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00Z", start), "start")
    return {p["policy"]["policy-type"]: p for p in report["policies"]}


def tls_reports(hosts, web, key):
    taken = arrivals(hosts["reports"], "right.zone", 1)[0]
    message, part, text = attached(taken[2])
    want_equal((taken[0], taken[1]), ("reports@e2e.example", ["tls@reports.zone"]), "envelope")
    want_equal(message.get_content_type(), "multipart/report", "type")
    want_equal(message.get_param("report-type"), "tlsrpt", "report-type")
    want_equal(message["TLS-Report-Domain"], "right.zone", "TLS-Report-Domain")
    want_equal(message["TLS-Report-Submitter"], "e2e.example", "TLS-Report-Submitter")
    want_equal(part.get_content_type(), "application/tlsrpt+gzip", "type of the file")
    want(re.fullmatch(r"e2e\.example!right\.zone!\d+!\d+\.json\.gz", part.get_filename()), "name")
    verified(taken[2], *key)
    policy = tls_report(text)["sts"]
    want_equal(policy["summary"], {"total-successful-session-count": 3,
                                   "total-failure-session-count": 0}, "summary")
    want_equal(policy["policy"], {
        "policy-type": "sts", "policy-domain": "right.zone", "mx-host": ["mx.right.zone"],
        "policy-string": ["version: STSv1", "mode: enforce", "mx: mx.right.zone",
                          "max_age: 86400"]}, "policy")
    want_equal([(h, p, f["Content-Type"]) for h, p, f, _ in web.posts],
               [("take.zone", "/tls", "application/tlsrpt+gzip")], "what came by HTTPS")
    want_equal(gzip.decompress(web.posts[0][3]), text, "the same report")
    wrong = tls_report(attached(arrivals(hosts["reports"], "wrong.zone", 1)[0][2])[2])["sts"]
    failure = wrong["failure-details"][0]
    want_equal({k: failure[k] for k in ("result-type", "receiving-mx-hostname", "receiving-ip",
                                        "sending-mta-ip")},
               {"result-type": "certificate-host-mismatch", "receiving-ip": "127.0.0.3",
                "receiving-mx-hostname": "mx.wrong.zone", "sending-mta-ip": "127.0.0.1"}, "failure")
    want(not [m for m in hosts["reports"].messages if b"silent.zone" in m[2]], "nobody asked")


def texts(element, *path):
    return [e.text for e in element.findall("/".join(SPACE + name for name in path))]


def dmarc_reports(hosts, key):
    taken = arrivals(hosts["reports"], "sender.zone", 2)
    want_equal(sorted(m[1][0] for m in taken), ["agg@reports.zone", "agg@sender.zone"], "to whom")
    message, part, text = attached(taken[0][2])
    want_equal(part.get_content_type(), "application/gzip", "type of the file")
    name = part.get_filename()
    want(re.fullmatch(r"e2e\.example!sender\.zone!\d+!\d+!\w+\.xml\.gz", name), "name")
    want("Submitter: e2e.example" in re.sub(r"\s+", " ", message["Subject"]), "subject")
    verified(taken[0][2], *key)
    report = xml.etree.ElementTree.fromstring(text)
    want_equal(texts(report, "report_metadata", "org_name"), ["State of Examples"], "org_name")
    published = {e.tag.removeprefix(SPACE): e.text for e in report.find(SPACE + "policy_published")}
    want_equal(published, {"domain": "sender.zone", "discovery_method": "treewalk",
                           "p": "quarantine", "sp": "reject", "np": "reject", "adkim": "s",
                           "aspf": "r", "testing": "n"}, "policy_published")
    rows = sorted((texts(r, "row", "count")[0],
                   texts(r, "row", "policy_evaluated", "disposition")[0],
                   texts(r, "row", "policy_evaluated", "spf")[0],
                   texts(r, "identifiers", "header_from")[0],
                   texts(r, "identifiers", "envelope_from")[0],
                   texts(r, "auth_results", "spf", "result")[0])
                  for r in report.findall(SPACE + "record"))
    want_equal(rows, [("1", "quarantine", "fail", "sender.zone", "other.zone", "none"),
                      ("1", "reject", "fail", "sub.sender.zone", "other.zone", "none"),
                      ("2", "pass", "pass", "sender.zone", "sender.zone", "pass")], "records")
    want_equal(texts(report, "record", "row", "source_ip"), ["127.0.0.1"] * 3, "source_ip")


def read_back(server, hosts):
    """What we sent, taken in by ourselves, as if these domains were ours."""
    box = server.add_account("taken")
    server.stop()
    server.configure("reports_mailbox", f'"{box}"')
    server.start()
    for domain in ("sender.zone", "right.zone", "wrong.zone"):
        server.add_domain(domain)
        server.put(box, "INBOX", arrivals(hosts["reports"], domain, 1)[0][2])
    server.cli("housekeeping", "run", "reports_in")
    shown = server.ask("dmarc", "report", "show", "sender.zone")
    want_equal(sorted((r["from"], r["source"], r["messages"], r["passed"], r["spf"],
                       r["quarantined"], r["rejected"]) for r in shown),
               [("sender.zone", "127.0.0.1", 3, 2, 2, 1, 0),
                ("sub.sender.zone", "127.0.0.1", 1, 0, 0, 0, 1)], "sums of DMARC")
    listed = server.ask("dmarc", "report", "list")
    want_equal([(r["domain"], r["organization"], r["messages"]) for r in listed],
               [("sender.zone", "State of Examples", 4)], "reports of DMARC")
    want("p=quarantine" in listed[0]["policy"], "the policy")
    want_equal([(r["policy"], r["result"], r["sessions"])
                for r in server.ask("tlsrpt", "show", "right.zone")],
               [("sts", "success", 3)], "TLS")
    wrong = server.ask("tlsrpt", "show", "wrong.zone")
    want_equal([(r["result"], r["host"]) for r in wrong],
               [("certificate-host-mismatch", "mx.wrong.zone")], "TLS that failed")
    want_equal(len(server.ask("tlsrpt", "list")), 2, "reports of TLS")


def settings(server, names, port, web, authority):
    for name, value in (("stub", f'{{"zone 127.0.0.1@{names.port}"}}'), ("trust_anchor", '""'),
                        ("smtp_port", str(port)), ("https_port", str(web.port)),
                        ("authorities", f'"{authority.file}"'), ("private_networks", "true"),
                        ("web_authorities", f'"{authority.file}"'), ("trusted_networks", "{}"),
                        ("reports_from", '"reports@e2e.example"'),
                        ("organization", '"State of Examples"')):
        server.configure(name, value)


def run(server):
    port = free_port(ADDRESSES)
    authority = Authority(server.folder)
    certificates = {n: authority.sign(n) for n in ("mta-sts.right.zone", "mta-sts.wrong.zone",
                                                   "take.zone")}
    pages = {(f"mta-sts.{d}.zone", PAGE): (200, "text/plain", "version: STSv1\nmode: enforce\n"
                                           f"mx: mx.{d}.zone\nmax_age: 86400\n")
             for d in ("right", "wrong")}
    web = Web(certificates, pages)
    hosts = {
        "right": Host("127.0.0.2", port, "mx.right.zone", authority.sign("mx.right.zone")),
        "wrong": Host("127.0.0.3", port, "mx.wrong.zone", authority.sign("mx.other.zone")),
        "reports": Host("127.0.0.4", port, "mx.reports.zone"),
    }
    names = NameServer(zone())
    try:
        server.stop()
        settings(server, names, port, web, authority)
        server.start()
        server.add_domain()
        server.jane = server.add_account("jane")
        added = server.ask("dkim", "add", "e2e.example")
        server.cli("dkim", "activate", "e2e.example", added["selector"], "--force")
        look(server, hosts)
        for sender, domain in (("a@sender.zone", "sender.zone"), ("a@sender.zone", "sender.zone"),
                               ("a@other.zone", "sender.zone"), ("a@other.zone", "sub.sender.zone"),
                               ("a@quiet.zone", "quiet.zone")):
            deliver(server, sender, domain)
        server.stop()  # what was counted is there afterwards
        server.start()
        server.cli("reports", "send")
        want_equal(web.posts, [], "reports before the day is over")
        server.cli("reports", "send", "--now")
        key = (added["name"].rstrip("."), added["txt"])
        tls_reports(hosts, web, key)
        dmarc_reports(hosts, key)
        count = len(hosts["reports"].messages)
        server.cli("reports", "send", "--now")
        want_equal((len(hosts["reports"].messages), len(web.posts)), (count, 1), "sent once")
        read_back(server, hosts)
    finally:
        web.stop()
        names.__exit__()
        for host in hosts.values():
            host.stop()
