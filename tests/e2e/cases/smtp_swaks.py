"""S2, S5: swaks submits with STARTTLS and with TLS from the start, in each version, with each
mechanism that it has, and is refused what it may not do; P11 in part: nobody sends as somebody
else."""

from lib import mail
from lib.client import tool, want, want_equal

SETTINGS = {"delay_ms": "0"}
WAYS = [("submission", "--tls"), ("submission", "--tls", "--tls-protocol", "tlsv1_2"),
        ("submission", "--tls", "--pipeline"), ("submissions", "--tls-on-connect"),
        ("submissions", "--tls-on-connect", "--tls-protocol", "tlsv1_3")]


def swaks(server, port, *options, status=0):
    return tool(["swaks", "--server", f"127.0.0.1:{server.ports[port]}", "--timeout", "30",
                 *options], status=status)


def login(server, who):
    return ["--auth-user", who, "--auth-password", server.passwords[who], "--from", who]


def run(server):
    jane, luis = server.jane, server.luis
    sent = 0
    for mechanism in ("PLAIN", "LOGIN"):
        for port, *tls in WAYS:
            said = swaks(server, port, *tls, "--auth", mechanism, *login(server, jane),
                         "--to", luis, "--header", f"Subject: {mechanism}")
            want(f" ~> AUTH {mechanism}" in said and "<~  235" in said, said)
            sent += 1
    for old in ("tlsv1", "tlsv1_1"):
        said = swaks(server, "submission", "--tls", "--tls-protocol", old, *login(server, jane),
                     "--to", luis, status=None)
        want("TLS startup failed" in said, said)
    swaks(server, "mx", "--from", "stranger@elsewhere.example", "--to", luis)
    swaks(server, "mx", "--tls", "--from", "<>", "--to", luis, "--pipeline")
    sent += 2
    want_equal(len(mail.bodies(server, luis)), sent, "messages that came in")

    # An open relay, a false password, a false sender, nobody at all, no password.
    relay = swaks(server, "mx", "--from", luis, "--to", "x@elsewhere.example", status=None)
    want("<** 5" in relay, relay)
    wrong = swaks(server, "submission", "--tls", "--auth-user", jane, "--auth-password", "no",
                  "--to", luis, status=None)
    want("<~* 535" in wrong, wrong)
    other = swaks(server, "submission", "--tls", "--auth-user", jane, "--auth-password",
                  server.passwords[jane], "--from", luis, "--to", luis, status=None)
    want("<~* 5" in other, other)
    nobody = swaks(server, "mx", "--from", luis, "--to", "nobody@e2e.example", status=None)
    want("<** 550" in nobody, nobody)
    silent = swaks(server, "submission", "--tls", "--from", jane, "--to", luis, status=None)
    want("<~* 530" in silent, silent)
    want_equal(len(mail.bodies(server, luis)), sent, "messages after refusals")
