"""S5: what a Sieve script does with a message is what an independent implementation of the
language (Pigeonhole's sieve-test) does with it: scripts that people write, and tests made at random
on mail of several kinds. Where the two differ by choice, KNOWN says why."""

import os
import pathlib
import random
import re
import shutil
import subprocess
import tarfile
import tempfile

from lib.client import Skip, corpora, tool, want

WORLD = False
PEER = "/usr/bin/sieve-test"
SEED, SCRIPTS, TESTS, CORPORA = 5228, 120, 24, 30
FROM, TO = "coyote@desert.example.org", "roadrunner+fast@acme.example.com"
ZONE = "Asia/Kathmandu"  # local; one offset all year: the peer takes that of today for all days
CONFIG = """mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 0
mail_home = {home}
mail_location = maildir:{home}/mail
log_path = {home}/log
postmaster_address = postmaster@example.com
plugin {{
  sieve_extensions = +vacation-seconds +editheader +mboxmetadata +servermetadata +mime \
+foreverypart +extracttext +special-use
  sieve_max_actions = 0
  sieve_max_redirects = 8
}}
"""

MESSAGES = [
    """Return-Path: <coyote@desert.example.org>
Received: from a.example (a.example [192.0.2.1]) by b.example; Sat, 21 Nov 2026 23:30:00 -0500
Date: Sun, 22 Nov 2026 10:58:00 +0100
From: "Wile E. Coyote" <coyote@desert.example.org>
To: roadrunner@acme.example.com, Second <second+list@example.net>
Cc: tweety@example.com
Subject: I have a present for you
X-Caffeine: C8H10N4O2
X-Empty:
X-Score: 12
Message-ID: <1@desert.example.org>
Content-Type: text/plain; charset=utf-8

Look, I'm sorry about the whole anvil
thing, and I really didn't mean to try
and drop it on you.
""",
    """Date: Tue, 01 Jan 2008 00:00:01 -0000
From: =?utf-8?Q?J=C3=BCrgen?= <juergen@example.org>
To: "Quoted, Name" <"a b"@example.com>, undisclosed-recipients:;
Subject: =?iso-8859-1?Q?Gr=FC=DFe?= aus =?utf-8?B?TcO8bmNoZW4=?=
X-Score: 007
X-Multi: one
X-Multi: two
X-Multi:  three
 folded
List-ID: Some List <some-list@lists.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b1"

prologue
--b1
Content-Type: multipart/alternative; boundary=b2

--b2
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Gr=FC=DFe und ein Plan
--b2
Content-Type: text/html; charset=utf-8

<html><body><p>Gruesse <b>und</b> ein Plan</p></body></html>
--b2--
--b1
Content-Type: application/pdf; name="plan.pdf"
Content-Disposition: attachment; filename="plan.pdf"
Content-Transfer-Encoding: base64

JVBERi0xLjQK
--b1--
epilogue
""",
    """Date: Wed, 29 Feb 2012 12:34:56 +0530
From: MAILER-DAEMON
To: coyote@ACME.Example.COM
Subject: Re: re: *** Score? [\\x] 50% ***
X-Score: twelve
Content-Type: message/rfc822

From: inner@example.com
Subject: inner subject

inner body
""",
]

HEADERS = ["Subject", "from", "To", "X-Score", "X-Multi", "X-Empty", "X-None", "List-ID",
           "X-Caffeine"]
ADDRESSES = ["From", "to", "cc", "Reply-To"]
KEYS = ["", "*", "?", "I have a present for you", "PRESENT", "present", "coyote", "example.org",
        "*@*", "*e*e*", "?e*", "12", "7", "007", "12x", "*\\\\**", "Gr\u00fc\u00dfe*", "two",
        "*three*", "three folded", "re:*", "lists.example", "coyote@desert.example.org",
        "second+list", "list", "acme.example.com", "*<*@*>", "a b", "*[*]*", "twelve",
        "desert.example.org", "second"]
RELATIONS = ["gt", "ge", "lt", "le", "eq", "ne"]
DATES = {"year": ["2026", "2008"], "month": ["11", "02"], "day": ["22", "29"],
         "date": ["2026-11-22"], "julian": ["61366"], "hour": ["10", "15"], "minute": ["58", "43"],
         "second": ["00", "56"],
         "time": ["10:58:00", "15:43:00"], "zone": ["+0100", "+0545"], "weekday": ["0", "3"],
         "std11": ["*2026*", "Sun, 22 Nov 2026*"], "iso8601": ["2026-11-22T*"]}
REQUIRE = ["fileinto", "envelope", "subaddress", "relational", "comparator-i;ascii-numeric", "body",
           "date", "index", "regex", "variables", "imap4flags", "mime", "foreverypart",
           "extracttext", "copy", "reject", "vacation", "environment", "encoded-character",
           "editheader", "ihave", "mailbox"]

# Scripts that people write. A name that KNOWN has is not compared.
SCRIPTS_OF_PEOPLE = {
    "nothing": "",
    "keep and file": 'fileinto "A"; keep;',
    "the same folder twice": 'fileinto "A"; fileinto "A";',
    "file and discard": 'fileinto "A"; discard;',
    "discard": "discard;",
    "redirect": 'redirect "a@example.com";',
    "redirect twice": 'redirect "a@example.com"; redirect "a@example.com";',
    "redirect a copy": 'redirect :copy "a@example.com";',
    "file a copy": 'fileinto :copy "A";',
    "stop": 'fileinto "A"; stop; fileinto "B";',
    "reject": 'reject "no";',
    "reject and discard": 'discard; reject "no";',
    "branches": 'if false { fileinto "A"; } elsif true { fileinto "B"; } else { fileinto "C"; }',
    "flags": 'addflag "\\\\Seen"; addflag ["\\\\Flagged", "$Label1 x"]; removeflag "X"; '
             'fileinto "A";',
    "flags of keep": 'setflag "\\\\Seen"; keep :flags "\\\\Deleted";',
    "hasflag": 'addflag "a b"; if hasflag :count "eq" :comparator "i;ascii-numeric" "2" '
               '{ fileinto "two"; } if hasflag :contains "A" { fileinto "a"; }',
    "hasflag of lists": 'addflag "a b"; if hasflag "c b" { fileinto "b"; }',
    "variables": 'set :upperfirst :lower "x" "hELLO"; set :length "n" "${x}"; fileinto "${x}${n}";',
    "match variables": 'if header :matches "subject" "*a*" { fileinto "${1}|${2}|${0}"; }',
    "match variables, lazy": 'if header :matches "subject" "*e*e*" { fileinto "${1}|${2}|${3}"; }',
    "quoted": 'set :quotewildcard "q" "a*b?"; fileinto "${q}";',
    "unknown variables": 'fileinto "a${none}b${ x}c${1}";',
    "encoded": 'fileinto "${hex:41 42}${unicode:00e9}";',
    "encoded in a variable": 'set "x" "y"; fileinto "${hex:24}{x}";',
    "names of parts": 'foreverypart { if header :mime :subtype "Content-Type" "pdf" '
                      '{ fileinto "pdf"; } if header :mime :param "filename" :matches '
                      '"Content-Disposition" "*.pdf" { fileinto "name"; } }',
    "any child": 'if header :mime :anychild :contenttype "Content-Type" "text/html" '
                 '{ fileinto "html"; } if header :mime :contenttype "Content-Type" '
                 '"multipart/mixed" { fileinto "mixed"; } if header :mime :anychild :type '
                 '"Content-Type" "application" { fileinto "app"; }',
    "parts in order": 'foreverypart { if header :mime :contenttype :matches "content-type" "*" '
                      '{ set "all" "${all} ${1}"; } } fileinto "x${all}";',
    "loops in loops": 'foreverypart { set "n" "${n}o"; foreverypart { set "n" "${n}i"; } } '
                      'fileinto "${n}";',
    "break": 'foreverypart :name "a" { foreverypart { break :name "a"; } set "n" "${n}o"; } '
             'fileinto "x${n}";',
    "text of parts": 'foreverypart { if header :mime :type "content-type" "text" '
                     '{ extracttext :first 4 "t"; set "all" "${all}|${t}"; } } fileinto "x${all}";',
    "an added field": 'addheader "X-New" "new"; if header "x-new" "new" { fileinto "A"; }',
    "the last field": 'addheader :last "X-Multi" "four"; if header :index 1 :last "X-Multi" "four" '
                      '{ fileinto "A"; }',
    "a deleted field": 'deleteheader "Subject"; if not exists "subject" { fileinto "A"; }',
    "one of several": 'deleteheader :index 2 "X-Multi"; if header :count "eq" :comparator '
                      '"i;ascii-numeric" "X-Multi" "2" { fileinto "A"; } if header "X-Multi" "two" '
                      '{ fileinto "B"; }',
    "deleted by value": 'deleteheader :contains "X-Multi" "t"; if header "X-Multi" "one" '
                        '{ fileinto "A"; } if header :contains "X-Multi" "three" { fileinto "B"; }',
    "vacation": 'vacation :days 3 :subject "away" "I am away"; fileinto "A";',
    "ihave": 'if ihave "none" { nothing "x"; } else { fileinto "A"; }',
    "error of a run": 'fileinto "A"; if ihave "copy" { error "no"; }',
    "folder exists": 'if mailboxexists "INBOX" { fileinto "A"; } if mailboxexists "None" '
                     '{ fileinto "B"; }',
}

# Where the two differ, and why that stays so.
KNOWN = {
    "break": "its binary of a break out of two loops is corrupt, it says itself",
    "text of parts": ":first counts characters (RFC 5703 section 7); it counts bytes",
    'if date "date" "none" "x" {}': "what is no part of a date is told when the script is stored",
}
KNOWN_TESTS = {
    r':matches.*"\?e\*"': "it finds \"?e*\" in \"12\"",
    r":(detail|domain|localpart|user) :count": "it counts addresses, whatever part is asked for; "
                                               "here a part that is not there is not counted "
                                               "(RFC 5233 section 4)",
    r":count.*:index": "with :index it counts nothing",
}

# Scripts that do not compile in either.
WRONG = [
    "keep", "keep :x;", "frob;", "if true keep;", "if header { }", "fileinto;", "stop 1;",
    'redirect "x";', "elsif true {}", 'keep; require "copy";',
    'if header :is :contains "a" "b" {}', "if size 3 {}", 'if size :over "3" {}', "if not {}",
    "if anyof true {}", 'fileinto ["a", "b"];', 'if header :comparator "i;none" "a" "b" {}',
    'if header :contains :comparator "i;ascii-numeric" "a" "b" {}', 'set "1a" "x";',
    'if header :regex "a" "(" {}', 'if header :value "xx" "a" "b" {}', "keep; }", "{ keep; }",
    'keep "a";', '"a";', "if true { keep;", 'if date "date" "none" "x" {}',
    'if header :index 0 "a" "b" {}', 'if envelope "none" "x" {}', 'require "none";', "break;",
    'reject :x "a";', 'if header :last "a" "b" {}', "/* x", "text:"]


def quoted(text):
    return '"' + text.replace('"', '\\"') + '"'


def strings(rng, pool, most=2):
    some = rng.sample(pool, min(len(pool), rng.randint(1, most)))
    return "[" + ", ".join(quoted(s) for s in some) + "]" if len(some) > 1 else quoted(some[0])


def how(rng, regex=True):
    """A match type with its comparator, and whether it counts."""
    kind = rng.choice(["", ":is", ":contains", ":matches", ":matches", ":value", ":count"])
    comparator = rng.choice(["", "", ' :comparator "i;octet"'])
    if kind == ":value":
        comparator = rng.choice([comparator, ' :comparator "i;ascii-numeric"'])
    if kind == ":count":
        relation = rng.choice(RELATIONS)
        return f':count "{relation}" :comparator "i;ascii-numeric"', ["0", "1", "2", "3"]
    if kind == ":value":
        kind += f' "{rng.choice(RELATIONS)}"'
    return kind + comparator, KEYS


def a_test(rng):
    match, keys = how(rng)
    kind = rng.randrange(10)
    if kind < 4:
        index = rng.choice(["", "", "", " :index 1", " :index 2", " :index 1 :last", " :index 3"])
        return f"header {match}{index} {strings(rng, HEADERS)} {strings(rng, keys)}"
    if kind < 6:
        part = rng.choice(["", ":all", ":localpart", ":domain", ":user", ":detail"])
        return f"address {part} {match} {strings(rng, ADDRESSES)} {strings(rng, keys)}"
    if kind == 6:
        part = rng.choice(["", ":all", ":localpart", ":domain", ":user", ":detail"])
        return f'envelope {part} {match} {strings(rng, ["from", "to"])} {strings(rng, keys)}'
    if kind == 7:
        part = rng.choice(list(DATES))
        zone = rng.choice([":originalzone", ':zone "+0000"', "", ':zone "+0530"'])
        dates = rng.choice(DATES[part]), rng.choice(DATES[part])
        match = rng.choice([":is", ":matches", ':value "ge"', ':value "lt"'])
        return f'date {zone} {match} "date" "{part}" {strings(rng, sorted(set(dates)))}'
    if kind == 8 and rng.random() < 0.4:
        regex = ["^i have", "[0-9]+", "p(res|x)ent$", "^$", "(a|e)+.*o", "[[:digit:]]{2}",
                 "\\\\.org"]
        return f"header :regex {strings(rng, HEADERS)} {strings(rng, regex)}"
    if kind == 8:
        what = rng.choice([":raw", ":text", ':content "text"', ':content "text/html"',
                           ':content "application/pdf"', ':content "message"'])
        words = ["anvil", "Plan", "ein plan", "<b>", "inner", "%PDF", "Gruesse", "prologue", "none"]
        return f"body {what} :contains {strings(rng, words)}"
    return rng.choice([f"exists {strings(rng, HEADERS)}", f"size :over {rng.choice([100, '1K'])}",
                       f"size :under {rng.choice([600, '1K', '1M'])}",
                       f"not exists {strings(rng, HEADERS)}"])


def a_script(rng):
    lines = []
    for i in range(TESTS):
        test = a_test(rng)
        if rng.random() < 0.15:
            test = f"{rng.choice(['anyof', 'allof'])} ({test}, not {a_test(rng)})"
        lines.append(f'if {test} {{ fileinto "t{i}"; }}')
    return "\n".join(lines)


class Judge:
    def __init__(self, program, home):
        self.program, self.home = program, pathlib.Path(home)
        root = os.geteuid() == 0
        self.config = self.home / "dovecot.conf"
        self.config.write_text(CONFIG.format(home=self.home, uid=65534 if root else os.getuid(),
                                             gid=65534 if root else os.getgid()))
        os.chmod(self.home, 0o777)

    def write(self, name, text):
        path = self.home / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    def ours(self, script, message):
        out = tool([self.program, "sieve", "test", script, message, "--from", FROM, "--to", TO,
                    "--folders", "INBOX", "--zone", ZONE], status=None)
        if re.search(r"^\S+:\d+:\d+: ", out, re.M):
            return ["wrong"]
        found = []
        for line in out.splitlines():
            found += self.our_action(line)
        return ["error"] if "error" in found else sorted(found)

    @staticmethod
    def our_action(line):
        flags = re.search(r" flags \((.*)\)", line)
        more = f" {sorted(flags.group(1).lower().split())}" if flags and flags.group(1) else ""
        if re.match("(implicit )?keep", line):
            return ["store INBOX" + more]
        where = re.match(r'(fileinto|redirect|reject|vacation) "((?:[^"\\]|\\.)*)"', line)
        if not where:
            return ["error"] if line.startswith("error") else []
        text = re.sub(r"\\(.)", r"\1", where.group(2))
        if where.group(1) in ("reject", "vacation"):
            return [where.group(1)]
        return [f"{'store' if where.group(1) == 'fileinto' else 'redirect'} {text}{more}"]

    def theirs(self, script, message):
        out = tool([PEER, "-c", str(self.config), "-f", FROM, "-r", TO, "-a", TO, script, message],
                   status=None, env={**os.environ, "TZ": ZONE})
        if re.search("compile.*failed|validation failed|parse failed", out):
            return ["wrong"]
        found = []
        for line in out.splitlines():
            store = re.match(r" \* store message in folder: (.*)", line)
            redirect = re.match(r" \* redirect message to: <(.*)>", line)
            flags = re.match(r"\s+\+ add IMAP flags: (.*)", line) or \
                re.match(r"\s+\+ add flags: (.*)", line)
            if store:
                found.append("store " + store.group(1))
            elif redirect:
                found.append("redirect " + redirect.group(1))
            elif re.match(r" \* (reject|send vacation)", line):
                found.append("reject" if "reject" in line else "vacation")
            elif flags and found:
                found[-1] += f" {sorted(flags.group(1).lower().split())}"
        if "runtime error" in out or "failed" in out.split("Performed")[0]:
            return ["error"]
        return sorted(found)

    def differ(self, script, message, without=()):
        names = [r for r in REQUIRE if r not in without]
        script = "require [" + ", ".join(quoted(r) for r in names) + "];\n" + script
        path, mail = self.write("x.sieve", script), self.write("x.eml", message)
        return self.ours(path, mail), self.theirs(path, mail)


def people(judge):
    wrong = []
    for name, script in SCRIPTS_OF_PEOPLE.items():
        for number, message in enumerate(MESSAGES):
            ours, theirs = judge.differ(script, message)
            if ours != theirs and name not in KNOWN:
                wrong.append(f"{name}, message {number}: ours {ours}, theirs {theirs}\n{script}")
    for script in WRONG:
        ours, theirs = judge.differ(script, MESSAGES[0], ["ihave"])
        if (ours, theirs) != (["wrong"], ["wrong"]) and script not in KNOWN:
            wrong.append(f"wrong script {script}: ours {ours}, theirs {theirs}")
    return wrong


def made(judge, messages):
    rng, wrong = random.Random(SEED), []
    for number in range(SCRIPTS):
        script, message = a_script(rng), messages[number % len(messages)]
        ours, theirs = judge.differ(script, message)
        lines = script.splitlines()
        for i in range(TESTS):
            if (f"store t{i}" in ours) != (f"store t{i}" in theirs):
                if not any(re.search(k, lines[i]) for k in KNOWN_TESTS):
                    wrong.append(f"message {number % len(messages)}: ours "
                                 f"{f'store t{i}' in ours}\n{lines[i]}")
        if ("wrong" in ours) != ("wrong" in theirs) or "error" in ours:
            wrong.append(f"ours {ours}, theirs {theirs}\n{script}")
    return wrong


def mail_of_the_corpora():
    """Some messages of the corpora, or none where they are not. Without those that have two fields
    of a kind that may be there once: the first counts here, the last there."""
    try:
        archive = corpora("mail-made/made-1.tar.zst")
    except Skip:
        return []
    found = []
    with subprocess.Popen(["zstd", "-dcq", archive], stdout=subprocess.PIPE) as unpack:
        with tarfile.open(fileobj=unpack.stdout, mode="r|") as tar:
            for member in tar:
                if not (member.isfile() and member.size < 100000 and member.name.endswith(".eml")):
                    continue
                message = tar.extractfile(member).read()
                if len(re.findall(rb"(?m)^Content-Type:", message.split(b"\n\n")[0])) < 2:
                    found.append(message)
                if len(found) == CORPORA:
                    break
        unpack.kill()
    return found


def run(server):
    if not shutil.which(PEER):
        raise Skip(f"{PEER} is not here (package dovecot-sieve)")
    with tempfile.TemporaryDirectory() as home:
        judge = Judge(server.program, home)
        wrong = people(judge) + made(judge, MESSAGES + mail_of_the_corpora())
        want(not wrong, f"{len(wrong)} differences\n" + "\n".join(wrong))
