"""S5, P7: sieve-connect and Net::ManageSieve put scripts; mail that arrives is filed, flagged,
sent on, answered once, refused; scripts of domains run for everybody."""

import imaplib
import os
import smtplib
import time

from lib import mail
from lib.client import Failure, tool, want, want_equal
from lib.load import imap
from lib.server import DOMAIN

SETTINGS = {"delay_ms": "0"}
SECONDS = 120
GLANCE_SECONDS = 0.05

RULES = """require ["fileinto", "mailbox", "imap4flags", "copy", "vacation"];
if header :contains "subject" "invoice" {
    fileinto :create :flags ["\\\\Flagged", "money"] "Work/Invoices";
    stop;
}
if header :is "subject" "pass on" { redirect :copy "me@paper.example"; }
vacation :days 3 :subject "Not here" "I am on holiday.";
"""

# It would take the first mechanism of the list, whether it knows it or not.
PERL = """use Net::ManageSieve; use IO::Socket::SSL; use Authen::SASL;
my ($port, $ca, $user, $password) = @ARGV;
IO::Socket::SSL::set_defaults(SSL_ca_file => $ca);
my $s = Net::ManageSieve->new('127.0.0.1', Port => $port, tls => 'require') or die "new: $@";
my $sasl = Authen::SASL->new(mechanism => 'PLAIN', callback => {user => $user, pass => $password});
$s->auth($sasl) or die "login: ".$s->error();
$s->havespace('second', 100) or die "havespace: ".$s->error();
$s->putscript('second', "keep;\\r\\n") or die "put: ".$s->error();
$s->putscript('wrong', "no such command;\\r\\n") and die "a wrong script was taken";
my $all = $s->listscripts or die "list: ".$s->error();
print join(',', @$all), "\\n";
print $s->getscript('second');
$s->setactive('second') or die "active: ".$s->error();
$s->deletescript('second') and die "the active one was deleted";
$s->logout;
"""


def connect(server, *words, stdin=None, status=0):
    luis = server.luis
    return tool(["sieve-connect", "--server", "127.0.0.1", "--port",
                 str(server.ports["managesieve"]), "--user", luis, "--passwordfd", "0",
                 "--tlscafile", server.ca, "--tlshostname", "localhost", *words],
                stdin=server.passwords[luis], status=status)


def put_rules(server):
    path = os.path.join(server.folder, "rules.sieve")
    wrong = os.path.join(server.folder, "wrong.sieve")
    with open(path, "w", encoding="utf-8") as f:
        f.write(RULES)
    with open(wrong, "w", encoding="utf-8") as f:
        f.write("keep;\nfrobnicate;\n")
    want("line 2" in connect(server, "--upload", "--localsieve", wrong, "--remotesieve", "x",
                             status=None), "what is wrong is not said by its line")
    connect(server, "--upload", "--localsieve", path, "--remotesieve", "rules")
    connect(server, "--activate", "--remotesieve", "rules")
    want('"rules" ACTIVE' in connect(server, "--list"), "the script is not active")
    back = os.path.join(server.folder, "back.sieve")
    connect(server, "--download", "--localsieve", back, "--remotesieve", "rules")
    with open(back, encoding="utf-8") as f:
        want_equal(f.read().replace("\r\n", "\n"), RULES, "the script that came back")


def by_perl(server):
    jane = server.jane
    said = tool(["perl", "-e", PERL, str(server.ports["managesieve"]), server.ca, jane,
                 server.passwords[jane]])
    want("second" in said and "keep;" in said, f"Net::ManageSieve: {said}")
    rows = server.ask("sieve", "list", jane)
    want_equal([(row["name"], row["runs"]) for row in rows], [("second", "active")], "sieve list")
    server.cli("sieve", "deactivate", jane)
    server.cli("sieve", "remove", jane, "second")


def send(server, subject, sender=None, to=None):
    session = smtplib.SMTP("127.0.0.1", server.ports["mx"], timeout=SECONDS)
    to, sender = to or server.luis, sender or server.jane
    session.sendmail(sender, [to], mail.simple(sender, to, subject))
    session.quit()


def messages(server, who, folder):
    """[(flags, bytes)] of a folder, or none when it is not there."""
    client = imap(server, who)
    try:
        if client.select(f'"{folder}"', readonly=True)[0] != "OK":
            return []
        rows = client.fetch("1:*", "(FLAGS BODY.PEEK[])")[1]
    except imaplib.IMAP4.error:
        return []
    finally:
        client.logout()
    return [(row[0], row[1]) for row in rows if isinstance(row, tuple)]


def wait_for(what, look):
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(GLANCE_SECONDS)
    raise Failure(f"{what} did not come")


def files(folder):
    found = []
    for name in os.listdir(folder):
        if name.endswith(".eml"):
            with open(os.path.join(folder, name), "rb") as f:
                found.append(f.read())
    return found


def sends_on(server):
    """Only where a domain allows it."""
    folder = os.path.join(server.folder, "paper")
    os.mkdir(folder)
    server.cli("route", "set", "paper", "--for", "paper.example", "--file", folder)
    send(server, "pass on")
    notes = [m for _, m in messages(server, server.luis, "INBOX") if b"A filter of your" in m]
    want_equal(len(notes), 1, "notes of what was not sent on")
    server.cli("sieve", "forward", DOMAIN, "allowed")
    send(server, "pass on")
    got = wait_for("what was sent on", lambda: files(folder))
    want(len(got) == 1 and b"X-Sieve-Redirected-From: " + server.luis.encode() in got[0],
         f"sent on: {got}")
    acts = [row["act"] for row in server.ask("audit", "list", "--limit", "50")]
    want("sieve.forward-refused" in acts and "sieve.put" in acts, f"the audit log: {acts}")


def for_everybody(server):
    server.cli("sieve", "put", DOMAIN, "mark", "--before", stdin=(
        'require "editheader"; addheader "X-Checked" "by the domain";'))
    server.cli("sieve", "put", "forest", "no-viruses", "--before", stdin=(
        'require "reject"; if header :is "subject" "virus" { reject "No viruses"; }'))
    send(server, "marked", to=server.jane)
    want(any(b"X-Checked: by the domain" in m for _, m in messages(server, server.jane, "INBOX")),
         "the domain's script has not run")
    try:
        send(server, "virus", to=server.jane)
        raise Failure("a script's refusal was not heard")
    except smtplib.SMTPDataError as error:
        want_equal((error.smtp_code, error.smtp_error), (550, b"5.7.1 No viruses"), "refusal")
    rows = server.ask("sieve", "domains")
    want_equal(sorted(row["domain"] for row in rows), [DOMAIN, "forest"], "sieve domains")


def without_a_server(server):
    """sieve check and sieve test."""
    rules = os.path.join(server.folder, "rules.sieve")
    letter = os.path.join(server.folder, "letter.eml")
    with open(letter, "wb") as f:
        f.write(mail.simple(server.jane, server.luis, "your invoice"))
    server.cli("sieve", "check", rules)
    want_equal(server.ask("sieve", "check", rules), [], "what is wrong with the rules")
    server.cli("sieve", "check", os.path.join(server.folder, "wrong.sieve"), status=2)
    said = server.cli("sieve", "test", rules, letter, "--to", server.luis)
    want("fileinto" in said and "Work/Invoices" in said, f"sieve test: {said}")
    told = server.ask("sieve", "test", rules, letter, "--trace")
    want(len(told["actions"]) == 1 and told["trace"] and not told["error"], f"{told}")


def run(server):
    by_perl(server)
    put_rules(server)
    without_a_server(server)
    send(server, "your invoice")
    (flags, _), = messages(server, server.luis, "Work/Invoices")
    want(b"\\Flagged" in flags and b"money" in flags, f"flags: {flags}")
    send(server, "hello")
    send(server, "hello again")
    answers = wait_for("an answer", lambda: messages(server, server.jane, "INBOX"))
    want(len(answers) == 1 and b"Subject: Not here" in answers[0][1], f"answers: {answers}")
    sends_on(server)
    want_equal(len([m for _, m in messages(server, server.jane, "INBOX") if b"Not here" in m]), 1,
               "answers to one sender")
    for_everybody(server)
    checked = tool([server.program, "store", "check"], env=server.environment)
    want("0" in checked, checked)
