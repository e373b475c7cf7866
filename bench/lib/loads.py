"""The loads of the mail benchmarks: whoever serves, the generator gets the same options.

A server is an object with `name`, `ports` (mx, imap, imaps), `processes` (the roots of its process
trees), `set_up()`, `start()`, `stop()` and `settle()`, which waits until what the server does at
leisure is done and returns fields that tell of it; the class is called with the arguments, a folder
that is not there yet, a library to preload or None, and additions to the environment.
"""

import argparse
import json
import os
import resource
import shutil
import signal
import statistics
import subprocess
import time
import sys
import tempfile

from lib import trees
from lib.client import Client, Pop

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HOST, DOMAIN, PASSWORD = "mail.example.test", "example.test", "secret"
USERS = 100
DELIVERED = 90  # these get the deliveries, the others have mailboxes made for a load of their own
QUIET_LOOKS = 4  # so many in a row without a change; a session rests after two seconds
SETTLE_LOOKS = 20  # seconds that idle memory is waited for, at most
MESSAGES_READ = 1000  # one by one, of the maildrop
PARTS = "machine,deliver,slowsync,mix,bigbox,curve,idle,crowd,compress,login,fetch,pop"
INDEXER = "indexer"  # its thread works at leisure, after the load as well as beside it
QUICK = 10  # --quick divides counts by this
STOPPERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def user(number):
    return f"user{number:03d}"


def say(**fields):
    print(json.dumps(fields), flush=True)


def median_ms(work, times=5):
    """The median of so many runs."""
    took = []
    for _ in range(times):
        begun = time.monotonic()
        work()
        took.append((time.monotonic() - begun) * 1000)
    return round(statistics.median(took), 3)


class Sitting:
    """One server, or more of a kind, under the loads that are named; leaves nothing behind."""

    def __init__(self, args, make):
        self.args, self.make, self.servers = args, make, []
        os.makedirs(args.data, exist_ok=True)
        self.root = tempfile.mkdtemp(prefix="postroad-bench-", dir=args.data)
        os.chmod(self.root, 0o711)  # daemons that gave up root have sockets and mail in it
        self.tools = f"{self.root}/tools"

    def run(self):
        try:
            shutil.copytree(self.args.mbench, self.tools)
            subprocess.run(["chmod", "-R", "u+w", self.tools], check=True)
            subprocess.run(["make", "-s", "-C", self.tools], check=True)
            server = self.serve("server")
            self.warm(server)
            for part in self.args.only.split(","):
                getattr(self, part)(server)
        finally:
            for sign in STOPPERS:
                signal.signal(sign, signal.SIG_IGN)
            for server in self.servers:
                server.stop()
            shutil.rmtree(self.root)

    def serve(self, folder, preload=None, environment=None):
        server = self.make(self.args, f"{self.root}/{folder}", preload, environment or {})
        self.servers.append(server)
        server.set_up()
        return server

    def count(self, full):
        return max(1, full // QUICK) if self.args.quick else full

    def secs(self, full):
        return 2 if self.args.quick else full

    def mbench(self, server, label, workload, *options, each=None):
        """Runs one load; each: how many things it did, or the JSON field that says so."""
        roots = [p.pid for p in server.processes]
        before, aside = trees.cpu_seconds(roots), trees.thread_seconds(roots, INDEXER)
        ran = subprocess.run([f"{self.tools}/mbench", workload, "--label", label,
                              *map(str, options)], capture_output=True, text=True)
        aside = trees.thread_seconds(roots, INDEXER) - aside
        used = trees.cpu_seconds(roots) - before - aside
        try:
            line = json.loads(ran.stdout.strip().splitlines()[-1])
        except (IndexError, ValueError):
            say(server=server.name, label=label, failed=(ran.stdout + ran.stderr)[-500:])
            return
        line |= {"server": server.name, "quick": self.args.quick, "server_cpu_s": round(used, 3),
                 "indexer_cpu_s": round(aside, 3),
                 "server_pss_kb": trees.pss_kb(roots),
                 "server_processes": len(trees.descendants(roots))}
        done = line.get(each) if isinstance(each, str) else each
        if done:
            line["server_cpu_ms_each"] = round(used * 1000 / done, 4)
        say(**line)

    def deliver_one(self, server, label, size, count, rcpts):
        self.mbench(server, label, "smtp-deliver", "--port", server.ports["mx"], "--imap-port",
                    server.ports["imap"], "--conns", 64, "--count", self.count(count), "--size",
                    size, "--rcpts", rcpts, "--users", DELIVERED, each=self.count(count))

    def fill(self, server, label, users, first, count, size, size_max=None):
        most = ["--size-max", size_max] if size_max else []
        self.mbench(server, label, "imap-fill", "--port", server.ports["imap"], "--users", users,
                    "--first-user", first, "--count", count, "--size", size, *most)

    # The parts. Each takes the server.

    def warm(self, server):
        """Each user logs in once: a password that was verified is remembered for minutes, and what
        that costs the first time is no part of the loads."""
        self.mbench(server, "warm", "imap-login", "--port", server.ports["imap"], "--users", USERS,
                    "--conns", USERS, "--secs", 3, each="ops")

    def machine(self, _):
        for words in (["fsync", self.root, "1"], ["echo", "2"], ["memcpy"]):
            out = subprocess.run([f"{self.tools}/physbench", *words], capture_output=True,
                                 text=True)
            print(out.stdout.strip(), flush=True)
        out = subprocess.run(["openssl", "speed", "-seconds", "2", "ecdsap256"],
                             capture_output=True, text=True).stdout
        say(label="openssl-sign", line=out.strip().splitlines()[-1])

    def deliver(self, server):
        for name, size, count, rcpts in (("2k", 2048, 20000, 1), ("20k", 20480, 8000, 1),
                                         ("200k", 204800, 1500, 1), ("10rcpt", 2048, 3000, 10)):
            self.deliver_one(server, f"deliver-{name}", size, count, rcpts)

    def slowsync(self, _):
        slow = self.serve("slow", f"{self.tools}/slowsync.so", {"SYNC_US": "1000"})
        self.warm(slow)
        self.deliver_one(slow, "deliver-2k-sync+1ms", 2048, 20000, 1)
        slow.stop()

    def mix(self, server):
        self.fill(server, "mix-fill", 50, 0, self.count(300), 1500, 8000)
        for conns in (16, 64):
            self.mbench(server, f"mix-{conns}", "imap-mix", "--port", server.ports["imap"],
                        "--users", 50, "--conns", conns, "--secs", self.secs(6), each="ops")

    def bigbox(self, server):
        self.fill(server, "bigbox-fill", 1, 90, self.count(100000), 1000, 7000)
        server.stop()
        subprocess.run(["sync"], check=True)
        try:
            with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as f:
                f.write("3")
        except OSError as e:
            print(f"caches are warm: {e}", file=sys.stderr)
        server.start()
        self.warm(server)
        say(server=server.name, label="bigbox-index", **server.settle())
        self.mbench(server, "bigbox", "imap-bigbox", "--port", server.ports["imap"],
                    "--first-user", 90, "--reps", 3, "--append-pct", self.args.text_searches)

    def curve(self, server):
        """The same steps on folders of 1,000 to a million: cost grows with what is asked. What a
        server holds for the last of them is told for a start and after a little work."""
        for number, full in ((91, 1000), (92, 10000), (93, 100000), (94, 1000000)):
            self.fill(server, f"curve-fill-{full}", 1, number, self.count(full), 1000, 2000)
        server.stop()
        server.start()
        self.warm(server)
        roots = [p.pid for p in server.processes]
        start_kb = trees.pss_kb(roots)
        client = Client(server.ports["imap"], user(94), PASSWORD)
        exists = client.select("INBOX")
        client.command(f"FETCH {max(1, exists - 99)}:* (FLAGS UID ENVELOPE)")
        client.command('SEARCH FROM "sender123@"')
        say(server=server.name, label="curve-memory", quick=self.args.quick, messages=exists,
            start_pss_kb=start_kb, worked_pss_kb=trees.pss_kb(roots))
        client.close()
        for number, full in ((91, 1000), (92, 10000), (93, 100000), (94, 1000000)):
            self.mbench(server, f"curve-{full}", "imap-bigbox", "--port", server.ports["imap"],
                        "--first-user", number, "--reps", 3, "--append-pct", 0)

    def idle(self, server):
        roots = [word for p in server.processes for word in ("--pss-root", p.pid)]
        for name, tls in (("imap", []), ("imaps", ["--tls"])):
            self.mbench(server, f"idle-5000-{name}", "imap-idle", "--port", server.ports[name],
                        *tls, "--users", USERS, "--conns", self.count(5000), "--count", 0,
                        "--settle", 5, *roots)
        self.mbench(server, "idle-announce-1000", "imap-idle", "--port", server.ports["imap"],
                    "--users", 1, "--conns", self.count(1000), "--smtp-port", server.ports["mx"],
                    "--count", 6)

    def crowd(self, server):
        """Many idle sessions with TLS, and mail that 5,000 of them are told of."""
        roots = [word for p in server.processes for word in ("--pss-root", p.pid)]
        self.mbench(server, "crowd-20000-imaps", "imap-idle", "--port", server.ports["imaps"],
                    "--tls", "--users", USERS, "--conns", self.count(20000), "--count", 0,
                    "--settle", 5, *roots)
        self.mbench(server, "crowd-announce-5000", "imap-idle", "--port", server.ports["imap"],
                    "--users", 1, "--conns", self.count(5000), "--smtp-port", server.ports["mx"],
                    "--count", 6)

    def settled_kb(self, roots):
        """Memory once it shrinks no more: what idle sessions give back goes a little later."""
        least, quiet = trees.pss_kb(roots), 0
        for _ in range(SETTLE_LOOKS):
            time.sleep(1)
            now = trees.pss_kb(roots)
            quiet = 0 if now < least * 0.995 else quiet + 1
            least = min(least, now)
            if quiet == QUIET_LOOKS:
                break
        return least

    def compress(self, server):
        """What COMPRESS adds to a session, at work and idle."""
        roots = [p.pid for p in server.processes]
        self.fill(server, "compress-fill", USERS, 0, 20, 1500, 8000)
        for name in ("plain", "deflate"):
            clients = [Client(server.ports["imap"], user(n % USERS), PASSWORD)
                       for n in range(self.count(500))]
            before_kb = trees.pss_kb(roots)
            for client in clients:
                client.select("INBOX")
                if name == "deflate":
                    client.deflate()
                client.command("FETCH 1:20 (FLAGS UID ENVELOPE)")
            worked_kb = trees.pss_kb(roots)
            for client in clients:
                client.begin_idle()
            idle_kb = self.settled_kb(roots)
            say(server=server.name, label=f"compress-{name}", quick=self.args.quick,
                sessions=len(clients), worked_kb_each=(worked_kb - before_kb) / len(clients),
                idle_kb_each=(idle_kb - before_kb) / len(clients))
            for client in clients:
                client.close()

    def login(self, server):
        self.mbench(server, "login-tls", "imap-login", "--port", server.ports["imaps"], "--tls",
                    "--users", USERS, "--conns", 16, "--secs", self.secs(5), each="ops")

    def pop(self, server):
        """A maildrop of 100,000, by POP3 and by IMAP: logging in, ids of all, whole messages."""
        if "pop3" not in server.ports:
            return
        self.fill(server, "pop-fill", 1, 96, self.count(100000), 1000, 2000)
        self.warm(server)
        Client(server.ports["imap"], user(96), PASSWORD).close()
        for name, run in (("pop3", self.pop_run), ("imap", self.pop_by_imap)):
            roots = [p.pid for p in server.processes]
            before = trees.cpu_seconds(roots)
            line = run(server)
            say(server=server.name, label=f"pop-{name}", quick=self.args.quick, **line,
                server_cpu_s=round(trees.cpu_seconds(roots) - before, 3))

    def pop_run(self, server):
        def login():
            Pop(server.ports["pop3"], user(96), PASSWORD).close()
        took = {"login_ms": median_ms(login)}
        client = Pop(server.ports["pop3"], user(96), PASSWORD)
        took["first_list_ms"] = median_ms(lambda: client.lines("LIST"), 1)
        took["all_ids_ms"] = median_ms(lambda: client.lines("UIDL"))
        numbers = iter(range(1, MESSAGES_READ + 1))
        took["message_ms"] = median_ms(lambda: client.lines(f"RETR {next(numbers)}"),
                                       self.count(MESSAGES_READ))
        client.close()
        return took

    def pop_by_imap(self, server):
        def login():
            client = Client(server.ports["imap"], user(96), PASSWORD)
            client.select("INBOX")
            client.command("LOGOUT")
            client.close()
        took = {"login_ms": median_ms(login)}
        client = Client(server.ports["imap"], user(96), PASSWORD)
        client.select("INBOX")
        took["first_list_ms"] = median_ms(lambda: client.command("FETCH 1:* (RFC822.SIZE)"), 1)
        took["all_ids_ms"] = median_ms(lambda: client.command("FETCH 1:* (UID)"))
        numbers = iter(range(1, MESSAGES_READ + 1))
        took["message_ms"] = median_ms(
            lambda: client.command(f"FETCH {next(numbers)} (BODY.PEEK[])"),
            self.count(MESSAGES_READ))
        client.close()
        return took

    def fetch(self, server):
        self.fill(server, "fetch-fill", 4, 95, 20, 1048576)
        for name, tls in (("imap", []), ("imaps", ["--tls"])):
            self.mbench(server, f"fetch-1m-{name}", "imap-fetch", "--port", server.ports[name],
                        *tls, "--users", 4, "--first-user", 95, "--conns", 4, "--secs",
                        self.secs(4))


def main(description, make, add_options):
    """The command line of a benchmark: its own options and those that all have."""
    parser = argparse.ArgumentParser(description=description,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser)
    parser.add_argument("--mbench", default=os.path.join(os.path.dirname(TOP), "shared", "bench"))
    parser.add_argument("--data", default=f"{TOP}/build",
                        help="a folder on the disk to be measured")
    parser.add_argument("--only", default=PARTS, help=f"parts, of {PARTS}")
    parser.add_argument("--text-searches", type=int, default=100, metavar="PERCENT",
                        help="how many turns of bigbox search in message text; 0 where there is "
                        "no index")
    parser.add_argument("--quick", action="store_true", help="a tenth of the counts, two seconds")
    args = parser.parse_args()
    unknown = set(args.only.split(",")) - set(PARTS.split(","))
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    if not os.path.exists(f"{args.mbench}/mbench.c"):
        raise SystemExit(f"no load generator in {args.mbench}; name its folder by --mbench")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    for sign in STOPPERS:
        signal.signal(sign, lambda number, _: sys.exit(128 + number))
    Sitting(args, make).run()
