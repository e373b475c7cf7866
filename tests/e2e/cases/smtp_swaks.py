"""S2, S5: swaks submits with and without STARTTLS, with each mechanism, and is refused what it may
not do; P11 in part: nobody sends as somebody else."""

from lib import mail
from lib.client import tool, want, want_equal

SETTINGS = {"delay_ms": "0"}


def swaks(server, port, *options, status=0):
    return tool(["swaks", "--server", f"127.0.0.1:{server.ports[port]}", "--timeout", "30",
                 *options], status=status)


def login(server, who):
    return ["--auth-user", who, "--auth-password", server.passwords[who], "--from", who]


def run(server):
    jane, luis = server.jane, server.luis
    for mechanism in ("PLAIN", "LOGIN"):
        swaks(server, "submission", "--tls", "--auth", mechanism, *login(server, jane),
              "--to", luis, "--header", f"Subject: {mechanism}")
    swaks(server, "submissions", "--tls-on-connect", *login(server, jane), "--to", luis)
    swaks(server, "mx", "--from", "stranger@elsewhere.example", "--to", luis)
    swaks(server, "mx", "--tls", "--from", "<>", "--to", luis, "--pipeline")
    want_equal(len(mail.bodies(server, luis)), 5, "messages that came in")

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
    want_equal(len(mail.bodies(server, luis)), 5, "messages after refusals")
