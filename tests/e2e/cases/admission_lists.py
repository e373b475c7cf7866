"""P11: DNS lists at the door, against a zone of the test's: a listed client is refused with the
list's words, is put into Junk or only marked, as set; the welcome override; a list that lists
everything is found out and not asked."""

from lib.client import want
from lib.dns import NameServer
from lib.stranger import Stranger

ZONE = {
    ("2.0.0.127.block.zone", "A"): ["127.0.0.2"],
    ("2.0.0.127.block.zone", "TXT"): ["listed; see block.zone"],
    ("3.0.0.127.welcome.zone", "A"): ["127.0.5.3"],
    ("2.0.0.127.welcome.zone", "A"): ["127.0.0.2"],
    ("3.0.0.127.block.zone", "A"): ["127.0.0.4"],
    ("2.0.0.127.all.zone", "A"): ["127.0.0.2"],
    ("1.0.0.127.all.zone", "A"): ["127.0.0.2"],
}


def run(server):
    with NameServer(ZONE) as names:
        server.stop()
        server.configure("stub", f'{{"zone 127.0.0.1@{names.port}"}}')
        server.configure("trust_anchor", '""')
        server.configure("trusted_networks", "{}")
        server.start()
        server.cli("dnslist", "add", "block.zone", "--answers", "127.0.0.2-11")
        server.cli("dnslist", "add", "all.zone", "--weight", "100")
        server.cli("dnslist", "add", "welcome.zone", "--weight", "-1", "--answers", "127.0.*.3")
        found = {row["zone"]: row["why"] for row in server.ask("dnslist", "check")}
        want(found == {"block.zone": "on", "all.zone": "lists everything", "welcome.zone": "on"},
             found)
        want("admission.list_off zone=all.zone" in server.log(), "no alarm")
        with Stranger(server, "127.0.0.2") as bad:
            said = bad.envelope("a@good.zone", server.jane)
            want(said.strip() == "554 5.7.1 Refused: [127.0.0.2] is listed by block.zone: "
                 "listed; see block.zone", said)
        server.cli("admission", "set", "list-refuse", "20")
        server.cli("admission", "set", "list-junk", "10")
        with Stranger(server, "127.0.0.2") as bad:
            said = bad.send("a@good.zone", server.jane)
            want(said.startswith("250"), said)
        text = server.ask("message", "show", server.jane, "Junk", "1")["message"]
        want("X-Listed: block.zone (127.0.0.2, 10)" in text, text)
        with Stranger(server, "127.0.0.3") as good:
            said = good.send("a@good.zone", server.jane)
            want(said.startswith("250"), said)
        text = server.ask("message", "show", server.jane, "INBOX", "1")["message"]
        want("welcome.zone (127.0.5.3, -1)" in text, text)
        want(not any("all.zone" in name and "3.0.0.127" in name for name, _ in names.asked),
             "a list that is off was asked")
