"""S5: mail that a contact passes on to the outside has a return path of ours (SRS), whose reports
come back to who sent it; forged ones are refused."""

from lib.client import want, want_equal
from lib.outside import Host, free_port
from lib.stranger import Stranger


def run(server):
    port = free_port(["127.0.0.2"])
    far = Host("127.0.0.2", port, "far.example")
    domain = server.jane.split("@")[1]
    server.cli("route", "set", "far", "--for", ".example", "--to", f"127.0.0.2:{port}")
    server.cli("account", "add", f"far@{domain}", "--kind", "contact", "--forward",
               "far@far.example")
    try:
        with Stranger(server) as stranger:
            said = stranger.send("a@sender.example", f"far@{domain}", "as it is")
            want(said.startswith("250"), said)
            want_equal(far.wait(1)[0][:2], ("a@sender.example", ["far@far.example"]), "off")
            server.cli("admission", "set", "srs", "on", "--for", domain)
            said = stranger.send("a@sender.example", f"far@{domain}", "rewritten")
            want(said.startswith("250"), said)
            path = far.wait(2)[1][0]
            want(path.startswith("SRS0=") and path.endswith(f"=sender.example=a@{domain}"), path)
            said = stranger.send("", path, "a report")
            want(said.startswith("250"), said)
            want_equal(far.wait(3)[2][:2], ("", ["a@sender.example"]), "the report")
            said = stranger.envelope("", path.replace("=a@", "=b@"))
            want(said.startswith("550 5.7.1"), said)
            stranger.say("RSET")
            said = stranger.envelope("x@sender.example", path)
            want(said.startswith("550 5.7.1"), said)
            stranger.say("RSET")
            server.cli("srs", "rotate")
            want_equal([k["state"] for k in server.ask("srs", "list")], ["signs", "believed"],
                       "the secrets")
            said = stranger.send("", path, "a late report")
            want(said.startswith("250"), said)
    finally:
        far.stop()
