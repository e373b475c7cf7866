"""RFC 9671: invitations that come by SMTP are put into the calendar, changed and called off;
mail clients see the mail and no calendar; checks find nothing wrong."""

import smtplib

from lib.client import want, want_equal
from lib.load import imap

SECONDS = 120
SETTINGS = {"delay_ms": "0"}
UID = "13235@example.com"
OUTSIDE = "ann@outside.example"

SCRIPT = """require ["processcalendar", "variables", "fileinto", "mailbox"];
processcalendar :outcome "outcome" :reason "reason";
fileinto :create "${outcome}";
"""


def invitation(sender, to, method, organizer, attendee, *more):
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//EN", f"METHOD:{method}",
             "BEGIN:VEVENT", f"UID:{UID}", f"ORGANIZER:mailto:{organizer}", attendee,
             "DTSTART:20260701T180000Z", "DTEND:20260701T190000Z", "SUMMARY:Budget", *more,
             "END:VEVENT", "END:VCALENDAR", ""]
    return "\r\n".join([f"From: {sender}", f"To: {to}", "Subject: Budget", "MIME-Version: 1.0",
                        f"Content-Type: text/calendar; method={method}; charset=utf-8", "",
                        *lines])


def send(server, sender, to, text):
    session = smtplib.SMTP("127.0.0.1", server.ports["mx"], timeout=SECONDS)
    session.sendmail(sender, [to], text.encode())
    session.quit()


def count(server, who, folder):
    client = imap(server, who)
    try:
        answer, rows = client.select(folder, readonly=True)
        return int(rows[0]) if answer == "OK" else 0
    finally:
        client.logout()


def listed(server, who):
    return [(row["uid"], row["sequence"], row["status"], row["answer"])
            for row in server.ask("calendar", "list", who)]


def put_script(server, who, text):
    server.cli("sieve", "put", who, "calendar", "--activate", stdin=text)


def invited(server):
    jane = server.jane
    me = f"ATTENDEE;RSVP=TRUE:mailto:{jane}"

    def came(method, *more, sender=OUTSIDE):
        send(server, sender, jane, invitation(sender, jane, method, OUTSIDE, me, *more))

    came("REQUEST", "SEQUENCE:0", "DTSTAMP:20260601T100000Z")
    want_equal(listed(server, jane), [(UID, 0, "-", "needs-action")], "an invitation")
    came("REQUEST", "SEQUENCE:0", "DTSTAMP:20260601T100000Z")
    came("REQUEST", "SEQUENCE:2", "DTSTAMP:20260602T100000Z", "STATUS:CONFIRMED")
    want_equal(listed(server, jane), [(UID, 2, "confirmed", "needs-action")], "an update")
    came("REQUEST", "SEQUENCE:1", "DTSTAMP:20260603T100000Z")
    came("CANCEL", "SEQUENCE:3", "DTSTAMP:20260604T100000Z", sender="evil@outside.example")
    want_equal(listed(server, jane), [(UID, 2, "confirmed", "needs-action")], "old or strange")
    came("CANCEL", "SEQUENCE:3", "DTSTAMP:20260604T100000Z")
    want_equal(listed(server, jane), [(UID, 3, "cancelled", "needs-action")], "a cancellation")
    want_equal([count(server, jane, x) for x in ("added", "updated", "cancelled", "no_action")],
               [1, 1, 1, 3], "the mail by outcome")
    shown = server.ask("calendar", "show", jane, UID)["text"]
    want("SUMMARY:Budget" in shown and "METHOD" not in shown, f"calendar show: {shown}")
    acts = [row["act"] for row in server.ask("audit", "list", "--limit", "50")]
    want("calendar show" in acts, f"the audit log: {acts}")


def answered(server):
    """luis has planned under an address of his elsewhere, which his script then names."""
    luis, bob = server.luis, "bob@outside.example"
    both = f"ATTENDEE:mailto:{luis}\r\nATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:{bob}"
    send(server, OUTSIDE, luis, invitation(OUTSIDE, luis, "REQUEST", OUTSIDE, both, "SEQUENCE:0",
                                           "DTSTAMP:20260601T100000Z"))
    put_script(server, luis, SCRIPT.replace("processcalendar :outcome",
                                            f'processcalendar :addresses "{OUTSIDE}" :outcome'))
    reply = f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:{bob}"
    for sender in ("evil@outside.example", bob):
        send(server, sender, luis, invitation(sender, luis, "REPLY", OUTSIDE, reply, "SEQUENCE:0",
                                              "DTSTAMP:20260602T100000Z"))
    shown = server.ask("calendar", "show", luis, UID)["text"].replace("\r\n ", "")
    want("PARTSTAT=ACCEPTED" in shown, f"the answer is not in the event: {shown}")
    want_equal([count(server, luis, x) for x in ("added", "updated", "no_action")], [1, 1, 1],
               "the mail by outcome")


def mail_sees_no_calendar(server):
    client = imap(server, server.jane)
    try:
        names = b" ".join(client.list()[1])
        want(b"Calendar" not in names, f"IMAP lists a calendar: {names}")
        want_equal(client.select("Calendar")[0], "NO", "SELECT of a calendar")
        want_equal(client.delete("Calendar")[0], "NO", "DELETE of a calendar")
        want_equal(client.rename("Calendar", "Mine")[0], "NO", "RENAME of a calendar")
    finally:
        client.logout()


def run(server):
    for who in (server.jane, server.luis):
        put_script(server, who, SCRIPT)
    invited(server)
    answered(server)
    mail_sees_no_calendar(server)
    server.cli("store", "check")  # ends with another status when there is a fault
