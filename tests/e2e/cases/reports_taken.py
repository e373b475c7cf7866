"""S5: reports of others (DMARC, TLS) in the shapes that senders give them: zip, gzip, bare XML and
JSON, with and without a namespace; what is broken, a bomb or another's is told and harms nobody."""

import gzip
import io
import json
import time
import zipfile

from lib import mail
from lib.client import want, want_equal

SETTINGS = {"reports_mailbox": '"luis@e2e.example"'}
HEAD = '<?xml version="1.0" encoding="UTF-8" ?>\n'
DAY = int(time.time()) // 86400 * 86400 - 2 * 86400
DATE = time.strftime("%Y-%m-%d", time.gmtime(DAY))


def record(address, count, disposition, dkim, spf, extra=""):
    return (f"<record><row><source_ip>{address}</source_ip><count>{count}</count><policy_evaluated>"
            f"<disposition>{disposition}</disposition><dkim>{dkim}</dkim><spf>{spf}</spf>{extra}"
            "</policy_evaluated></row><identifiers><header_from>e2e.example</header_from>"
            "</identifiers><auth_results><dkim><domain>e2e.example</domain><selector>s1</selector>"
            f"<result>{dkim}</result></dkim><spf><domain>e2e.example</domain><result>{spf}</result>"
            "</spf></auth_results></record>\n")


def feedback(name, number, records, space="", domain="e2e.example", begin=DAY):
    return (f"{HEAD}<feedback{space}>\n<report_metadata><org_name>{name}</org_name>"
            f"<email>noreply@{name}</email><extra_contact_info>x</extra_contact_info>"
            f"<report_id>{number}</report_id><date_range><begin>{begin}</begin>"
            f"<end>{begin + 86399}</end></date_range></report_metadata>\n<policy_published>"
            f"<domain>{domain}</domain><adkim>r</adkim><aspf>r</aspf><p>none</p><sp>none</sp>"
            f"<pct>100</pct></policy_published>\n{records}</feedback>\n").encode()


def tls(failures, domain="e2e.example", number="1"):
    return json.dumps({
        "organization-name": "Far Mail Inc.", "contact-info": "far@far.example",
        "date-range": {"start-datetime": DATE + "T00:00:00Z",
                       "end-datetime": DATE + "T23:59:59Z"},
        "report-id": number, "policies": [{
            "policy": {"policy-type": "sts", "policy-domain": domain, "mx-host": ["*.e2e.example"],
                       "policy-string": ["version: STSv1", "mode: testing"]},
            "summary": {"total-successful-session-count": 5000,
                        "total-failure-session-count": sum(n for _, n in failures)},
            "failure-details": [{"result-type": kind, "failed-session-count": n,
                                 "receiving-mx-hostname": "mx1.e2e.example",
                                 "sending-mta-ip": "2001:db8::1"} for kind, n in failures],
        }]}).encode()


def zipped(name, content):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr(name, content)
    return out.getvalue()


def put(server, kind, name, content):
    """A mail with that file."""
    import email.message
    m = email.message.EmailMessage()
    m["From"], m["To"], m["Subject"] = "r@far.example", server.luis, "Report Domain: e2e.example"
    m.set_content("A report is attached.")
    main, sub = kind.split("/")
    m.add_attachment(content, maintype=main, subtype=sub, filename=name)
    server.put(server.luis, "INBOX", m.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))


def good(server):
    seven = record("192.0.2.1", 7, "none", "pass", "fail")
    two = record("2001:db8::7", 2, "quarantine", "fail", "fail",
                 "<reason><type>local_policy</type><comment>x &lt; y</comment></reason>")
    put(server, "application/zip", "far.example!e2e.example!1!2.zip",
        zipped("far.example!e2e.example!1!2.xml", feedback("far.example", "a1", seven + two)))
    put(server, "application/octet-stream", "near.example!e2e.example!1!2.xml.gz",
        gzip.compress(feedback("near.example", "b1", seven,
                               ' xmlns="urn:ietf:params:xml:ns:dmarc-2.0"')))
    put(server, "text/xml", "odd.xml", feedback("odd.example", "c1", record(
        "192.0.2.9", 1, "reject", "fail", "softfail"),
        ' xmlns:xsd="http://www.w3.org/2001/XMLSchema"').replace(b"\n", b"\r\n"))
    put(server, "application/gzip", "again.xml.gz",  # the same once more
        gzip.compress(feedback("near.example", "b1", seven)))
    put(server, "application/tlsrpt+gzip", "far.example!e2e.example!1!2.json.gz",
        gzip.compress(tls([("certificate-expired", 3), ("starttls-not-supported", 1)])))
    put(server, "application/tlsrpt+json", "report.json", tls([("certificate-expired", 4)],
                                                              number="2"))


def bad(server):
    bomb = b" " * (64 << 20)
    for kind, name, content in (
            ("application/gzip", "cut.xml.gz", gzip.compress(b"<feedback>" + bytes(9000))[:40]),
            ("application/gzip", "bomb.xml.gz", gzip.compress(HEAD.encode() + bomb)),
            ("application/zip", "bomb.zip", zipped("x.xml", bomb)),
            ("text/xml", "type.xml", b'<!DOCTYPE feedback [<!ENTITY a "aaaa">]>' + feedback(
                "&a;", "d", record("192.0.2.1", 1, "none", "pass", "pass"))),
            ("text/xml", "other.xml", feedback("far.example", "e", "", domain="other.example")),
            ("text/xml", "cut.xml", feedback("far.example", "f", "")[:-20]),
            ("text/xml", "none.xml", b"<html><body>hello</body></html>"),
            ("application/json", "list.json", b"[" * 3000),
            ("application/json", "empty.json", b"{}")):
        put(server, kind, name, content)
    server.put(server.luis, "INBOX", mail.simple(server.jane, server.luis, "just mail"))


def run(server):
    good(server)
    bad(server)
    server.cli("housekeeping", "run", "reports_in")
    log = server.log()
    want_equal(log.count("event=report.taken"), 6, "reports that were taken")
    want_equal(log.count("event=report.unreadable"), 10, "mails without one")
    days = ("--days", "5")
    shown = server.ask("dmarc", "report", "show", "e2e.example", *days)
    want_equal([(r["source"], r["messages"], r["passed"], r["quarantined"], r["rejected"])
                for r in shown],
               [("192.0.2.1", 14, 14, 0, 0), ("2001:db8::7", 2, 0, 2, 0),
                ("192.0.2.9", 1, 0, 0, 1)], "sums per source")
    want("dkim=pass e2e.example s1" in shown[0]["checks"], shown[0]["checks"])
    want_equal(sorted((r["organization"], r["messages"], r["begin"])
                      for r in server.ask("dmarc", "report", "list", "e2e.example", *days)),
               [("far.example", 9, DATE + "T00:00:00Z"),
                ("near.example", 7, DATE + "T00:00:00Z"),
                ("odd.example", 1, DATE + "T00:00:00Z")], "reports")
    want_equal([(r["result"], r["sessions"])
                for r in server.ask("tlsrpt", "show", "e2e.example", *days)],
               [("success", 10000), ("certificate-expired", 7), ("starttls-not-supported", 1)],
               "TLS")
    want("192.0.2.1" in server.cli("dmarc", "report", "show", "e2e.example", *days), "the table")
    server.cli("housekeeping", "run", "reports_in")
    want_equal(server.log().count("event=report.taken"), 6, "nothing is read twice")
