"""The frame of the end-to-end tests, with a program that only pretends to be the server."""

import os
import re
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# Knows "init" and "serve"; answers each other command. What it does wrong is in $PRETEND.
PROGRAM = r"""#!%s
import glob, os, signal, sys
words, pretend = sys.argv[1:], os.environ.get("PRETEND", "")
def option(name):
    return words[words.index(name) + 1]
if words[0] == "init":
    open(option("--config"), "w").write("delay_ms = 2000\n")
elif words[0] == "serve":
    if pretend == "does not start":
        sys.exit("no disk")
    print("config:", open(option("--config")).read(), file=sys.stderr, flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(3 if pretend == "stops badly" else 0))
    if pretend == "leaks":
        path = [o[9:] for o in os.environ["ASAN_OPTIONS"].split(":") if o[:9] == "log_path="][0]
        open(path + ".1", "w").write("ERROR: LeakSanitizer")
    open(option("--ports-file"), "w").write("imap 127.0.0.1 4711\n")
    while True:
        signal.pause()
else:
    print("[]" if "--json" in words else "said " + " ".join(words) + sys.stdin.read())
    sys.exit(4 if "fails" in words else 0)
"""


class Frame(unittest.TestCase):
    def outcome(self, case, pretend=""):
        """TAP of one case run against the pretended server."""
        with tempfile.TemporaryDirectory() as folder:
            program = os.path.join(folder, "postroad")
            with open(program, "w", encoding="utf-8") as f:
                f.write(PROGRAM % sys.executable)
            os.chmod(program, 0o755)
            os.mkdir(os.path.join(folder, "cases"))
            with open(os.path.join(folder, "cases", "one.py"), "w", encoding="utf-8") as f:
                f.write("from lib.client import *\n" + case)
            done = subprocess.run(
                [sys.executable, os.path.join(TOP, "tests/e2e/run.py"), "--program", program,
                 "--cases", os.path.join(folder, "cases")],
                stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
                env={**os.environ, "PRETEND": pretend}, check=False)
        self.assertEqual(done.returncode, 1 if "\nnot ok" in done.stdout else 0, done.stderr)
        return done.stdout

    def fails(self, why, case, pretend=""):
        text = self.outcome(case, pretend)
        self.assertIn("not ok 1 - one\n", text)
        self.assertRegex(text, re.compile("# .*" + why))

    def test_a_case_that_passes(self):
        case = ("def run(server):\n"
                "    want_equal(server.ports, {'imap': 4711}, 'ports')\n"
                "    want_equal(server.ask('status'), [], 'status')\n"
                "    server.cli('fails', status=4)\n"
                "    want_equal(server.jane, 'jane@e2e.example', 'jane')\n")
        self.assertEqual(self.outcome(case), "1..1\nok 1 - one\n")

    def test_settings_reach_the_file(self):
        case = ("SETTINGS = {'delay_ms': '7'}\n"
                "def run(server):\n    want('delay_ms = 7' in server.log(), server.log())\n")
        self.assertEqual(self.outcome(case), "1..1\nok 1 - one\n")
        self.fails("stands 0 times", "SETTINGS = {'nonsense': '7'}\ndef run(server): pass\n")

    def test_a_case_that_is_skipped(self):
        self.assertEqual(self.outcome("def run(server): raise Skip('no corpora')\n"),
                         "1..1\nok 1 - one # SKIP no corpora\n")

    def test_cases_that_fail(self):
        self.fails("wanted 2", "def run(server): want_equal(1, 2, 'numbers')\n")
        self.fails("ZeroDivisionError", "def run(server): 1 // 0\n")
        self.fails("ended with 4, not 0", "def run(server): server.cli('fails')\n")
        self.fails("SyntaxError", "def run(server) pass\n")
        self.fails("is not installed", "def run(server): tool(['no-such-program'])\n")
        self.fails("not done after 1 s", "def run(server): tool(['sleep', '9'], seconds=1)\n")

    def test_servers_that_fail(self):
        nothing = "def run(server): pass\n"
        self.fails("no disk", nothing, "does not start")
        self.fails("status 3", nothing, "stops badly")
        self.fails("LeakSanitizer", nothing, "leaks")

    def test_servers_that_a_case_plays_wait_as_long_as_it_lasts(self):
        case = ("import socket\nfrom lib import dns, listen, milter, outside\n"
                "def run(server):\n"
                "    names = dns.NameServer({})\n"
                "    sockets = [names.udp, names.tcp, milter.Milter().socket,\n"
                "               outside.Sink().listener, listen.listen(('127.0.0.1', 0))]\n"
                "    want_equal([s.gettimeout() for s in sockets], [None] * 5, 'listeners')\n"
                "    want(socket.socket().gettimeout(), 'a client')\n")
        self.assertEqual(self.outcome(case), "1..1\nok 1 - one\n")

    def test_a_killed_server_is_gone(self):
        case = ("import os\ndef run(server):\n"
                "    pid = server.process.pid\n    server.kill()\n"
                "    want(not os.path.exists(f'/proc/{pid}'), 'still there')\n"
                "    server.start()\n")
        self.assertEqual(self.outcome(case), "1..1\nok 1 - one\n")


if __name__ == "__main__":
    unittest.main()
