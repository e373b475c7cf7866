"""S5, P11 in part: swaks as a proxy tells by XCLIENT who its client is; trace, log and log-ins show
the client; XFORWARD shows in the log; strangers are not believed."""

import smtplib

from lib import mail
from lib.client import tool, want, want_equal


def swaks(server, port, *options, status=0):
    return tool(["swaks", "--server", f"127.0.0.1:{server.ports[port]}", "--timeout", "30",
                 *options], status=status)


def newest(server, who):
    return mail.bodies(server, who)[-1]


def told(server):
    jane, luis = server.jane, server.luis
    for tls in ([], ["--tls"]):
        swaks(server, "mx", *tls, "--from", "ann@elsewhere.example", "--to", luis,
              "--xclient-addr", "203.0.113.7", "--xclient-name", "there.example",
              "--xclient-helo", "told.example", "--xclient-port", "4242")
        want(b"from told.example ([203.0.113.7])" in newest(server, luis), newest(server, luis))
    want("peer=203.0.113.7 helo=\"told.example\"" in server.log(), "the client in the log")
    swaks(server, "submission", "--tls", "--from", jane, "--to", luis,
          "--xclient-login", jane, "--xclient-addr", "IPV6:2001:db8::7")
    want(b"([IPv6:2001:db8::7])" in newest(server, luis), newest(server, luis))
    want(f'event=auth.ok login="{jane}" address=2001:db8::7 role=submission mechanism=proxy'
         in server.log(), "the log-in in the log")


def forwarded(server):
    with smtplib.SMTP("127.0.0.1", server.ports["mx"]) as session:
        session.ehlo()
        want(session.has_extn("xforward"), "XFORWARD is not offered")
        want_equal(session.docmd("XFORWARD", "ADDR=203.0.113.9 HELO=far.example IDENT=4711")[0],
                   250, "XFORWARD")
        for _ in range(2):
            session.sendmail("ann@elsewhere.example", [server.luis],
                             mail.simple("ann@elsewhere.example", server.luis, "forwarded"))
    rows = [row for row in server.log().splitlines() if "event=smtp.accepted" in row][-2:]
    want_equal(["client=\"203.0.113.9\"" in row and "client_id=\"4711\"" in row for row in rows],
               [True, False], "the first message alone was forwarded")


def run(server):
    server.stop()
    with open(server.config, "a", encoding="utf-8") as f:
        f.write('trust {\n    xclient = {"127.0.0.1"}\n}\n')
    server.start()
    told(server)
    forwarded(server)
    server.stop()
    with open(server.config, encoding="utf-8") as f:
        text = f.read()
    with open(server.config, "w", encoding="utf-8") as f:
        f.write(text.replace('xclient = {"127.0.0.1"}', 'xclient = {"192.0.2.1"}'))
    server.start()
    with smtplib.SMTP("127.0.0.1", server.ports["mx"]) as session:
        session.ehlo()
        want(not session.has_extn("xclient"), "offered to strangers")
        want_equal(session.docmd("XCLIENT", "ADDR=203.0.113.7")[0], 550, "XCLIENT of a stranger")
