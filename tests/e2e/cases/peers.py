"""S5, S14: mail to and from Postfix, Exim and OpenSMTPD: STARTTLS, pipelining, chunks, 8-bit text,
large messages, several recipients of whom one is refused, temporary refusals, DSN, UTF-8 addresses;
every message comes out byte for byte, and reports in both directions can be read."""

import email
import email.policy
import random
import re
import smtplib
import time

from lib import mail, peers
from lib.client import Failure, want, want_equal
from lib.dns import NameServer
from lib.outside import free_port

SETTINGS = {"delay_ms": "0"}
SECONDS = 120
GLANCE_SECONDS = 0.2
LARGE_BYTES = 3_000_000


def await_found(find, what, peer=None):
    """What find() finds, when it is not empty any more."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        found = find()
        if found:
            return found
        time.sleep(GLANCE_SECONDS)
    raise Failure(f"not seen: {what}\n{peer.room.log() if peer else ''}")


def large(sender, to, subject):
    """Dots at the start of lines, lines of the greatest length, bytes above 127."""
    dice = random.Random(subject)
    lines, size = [], 0
    while size < LARGE_BYTES:
        kind = dice.randrange(5)
        line = ("." * dice.randrange(1, 5) if kind == 0 else
                dice.randbytes(499 if kind == 1 else 30).hex() if kind < 3 else
                "Grüße aus Löbau" * dice.randrange(8))
        lines.append(line)
        size += len(line) + 2
    return mail.simple(sender, to, subject, "\r\n".join(lines) + "\r\n",
                       "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                       "Content-Transfer-Encoding: 8bit\r\n")


def ends(messages, sent):
    """Those whose bytes end as they were sent: what comes before are trace fields."""
    return [m for m in messages if m.endswith(sent)]


def await_mail(peer, who, sent, what):
    return await_found(lambda: ends(peer.mail(who), sent), f"{what} at {peer.name()}", peer)


def reports(server, who):
    """[(message, {field: value} for each recipient)] of the reports in a mailbox here."""
    found = []
    for raw in mail.bodies(server, who):
        message = email.message_from_bytes(raw, policy=email.policy.SMTP)
        found += report_of(message)
    return found


def report_of(message):
    """OpenSMTPD says multipart/mixed and not multipart/report."""
    return [(message, part) for status in message.walk()
            if status.get_content_type().endswith("delivery-status")
            for part in status.get_payload() if part["Final-Recipient"]]


def await_report(server, who, recipient, action, status, peer):
    """A report that says that about a recipient."""
    def find():
        return [m for m, part in reports(server, who)
                if recipient in part["Final-Recipient"] and part["Action"].startswith(action)
                and re.match(status, part["Status"])]
    try:
        return await_found(find, f"{action} {status} for {recipient}", peer)[0]
    except Failure:
        seen = [dict(part) for _, part in reports(server, who)]
        raise Failure(f"no report {action} {status} for {recipient}, only {seen}\n"
                      f"{peer.room.log()}") from None


def submit(server, to, message, options=(), rcpt_options=()):
    session = mail.submission(server, server.jane)
    refused = session.sendmail(server.jane, to, message, options, rcpt_options)
    want_equal(refused, {}, "refused at submission")
    session.quit()


def to_peer(server, peer):
    """We send."""
    ann, bob = f"ann@{peer.domain()}", f"bob@{peer.domain()}"
    nobody = f"nobody@{peer.domain()}"
    sent = mail.simple(server.jane, ann, "several-" + peer.name(), ".\r\n..\r\nGrüße\r\n")
    submit(server, [ann, nobody, bob], sent, ["BODY=8BITMIME"])
    await_mail(peer, "ann", sent, "a message to three")
    await_mail(peer, "bob", sent, "a message to three")
    ours = await_report(server, server.jane, nobody, "failed", r"5\.\d+\.\d+", peer)
    want_equal(ours.get_content_type(), "multipart/report", "our report")
    sent = large(server.jane, ann, "large-" + peer.name())
    submit(server, [ann], sent, ["BODY=8BITMIME"])
    await_mail(peer, "ann", sent, "a large message")
    sent = mail.simple(server.jane, ann, "dsn-" + peer.name())
    submit(server, [ann], sent, ["RET=HDRS", "ENVID=one"], ["NOTIFY=SUCCESS,FAILURE"])
    await_mail(peer, "ann", sent, "a message with NOTIFY=SUCCESS")
    await_report(server, server.jane, ann, "delivered", r"2\.\d+\.\d+", peer)
    dead = f"gone@dead.{peer.domain()}"
    submit(server, [dead], mail.simple(server.jane, dead, "dead-" + peer.name()))
    await_report(server, server.jane, dead, "failed", r"5\.\d+\.\d+", peer)


def later(server, peer):
    """Put off, tried again, taken; never told to the sender."""
    to = f"later@{peer.domain()}"
    sent = mail.simple(server.jane, to, "later-" + peer.name())
    submit(server, [to], sent)
    await_found(lambda: re.search(rf"to=\S*later@{peer.domain()}\S* result=deferred", server.log()),
                "a deferral", peer)
    want_equal(ends(peer.mail("later"), sent), [], "a message that was refused")
    peer.open()
    await_mail(peer, "later", sent, "a message at the second try")


def unicode(server, peer):
    to = f"jürgen@{peer.domain()}"
    sent = mail.simple(server.jane, to, "utf8-" + peer.name())
    session = mail.submission(server, server.jane)
    session.ehlo_or_helo_if_needed()
    code, said = session.docmd(f"MAIL FROM:<{server.jane}> SMTPUTF8")
    want_equal(code, 250, said)
    session.sock.sendall(f"RCPT TO:<{to}>\r\n".encode())
    want_equal(session.getreply()[0], 250, "RCPT in UTF-8")
    code, said = session.data(sent)
    want_equal(code, 250, said)
    session.quit()
    if "SMTPUTF8" in peer.offers:
        await_mail(peer, "jürgen", sent, "mail for jürgen")
    else:
        await_found(lambda: [m for m in mail.bodies(server, server.jane)
                             if "utf8-opensmtpd".encode() in m and b"5.6.7" in m],
                    "a report with 5.6.7", peer)


def from_peer(server, peer):
    """It sends to us."""
    sender = f"ann@{peer.domain()}"
    nobody = "nobody@e2e.example"
    for subject, make in (("back", mail.simple), ("back-large", large)):
        sent = make(sender, server.luis, f"{subject}-{peer.name()}")
        options = ["BODY=8BITMIME"] if make is large else []
        with smtplib.SMTP(peer.address, peer.port) as session:
            refused = session.sendmail(sender, [server.jane, nobody, server.luis], sent, options)
        want_equal(refused, {}, f"refused by {peer.name()}")
        for who in (server.jane, server.luis):
            got = await_found(lambda who=who: ends(mail.bodies(server, who), sent),
                              f"{subject} from {peer.name()}", peer)
            want_equal(len(got), 1, "how often it came")
            want(b"with ESMTPS" in got[0].replace(b"\r\n", b" ")[:2000],
                 got[0][:600].decode() + peer.room.log())
    await_found(lambda: [part for raw in peer.mail("ann")
                         for _, part in report_of(email.message_from_bytes(
                             raw, policy=email.policy.SMTP))
                         if nobody in part["Final-Recipient"] and part["Action"] == "failed"],
                f"a report of {peer.name()} that {nobody} was refused", peer)


def secure(server, peer):
    """What the road's log says of TLS. OpenSMTPD of Debian 12 offers it and breaks off the
    handshake (it does not get on with OpenSSL 3): then mail goes in clear."""
    rows = [line for line in server.log().split("\n") if f"mx.{peer.domain()}" in line]
    want(rows, f"no word of mx.{peer.domain()} in the log")
    text = "\n".join(rows)
    want(("tls=TLS" in text) == (peer.name() != "opensmtpd"), text)


def zone(places):
    records = {}
    for kind, address in places:
        for domain in (kind.domain(), "dead." + kind.domain()):
            records[(domain, "MX")] = [f"10 mx.{kind.domain()}"]
        records[(f"mx.{kind.domain()}", "A")] = [address]
    return records


def run(server):
    addresses = [f"127.0.0.{n}" for n in range(2, 2 + len(peers.ALL))]
    port = free_port(addresses)
    places = list(zip(peers.ALL, addresses))
    with NameServer(zone(places)) as names:
        server.stop()
        server.configure("stub", f'{{"example 127.0.0.1@{names.port}"}}')
        server.configure("trust_anchor", '""')
        server.configure("smtp_port", str(port))
        server.add_section("queue", retry_first_s=2, retry_last_s=2)
        server.start()
        running = [kind(server.folder, address, port, server.ports["mx"])
                   for kind, address in places]
        try:
            for peer in running:
                peer.start()
            for peer in running:
                to_peer(server, peer)
                later(server, peer)
                unicode(server, peer)
                from_peer(server, peer)
                secure(server, peer)
        finally:
            for peer in running:
                peer.stop()
