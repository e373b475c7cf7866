#!/usr/bin/env python3
"""Puts the loads of mail_bench.py on Postfix with Dovecot and prints one JSON line a run.

Both run from configurations written here, in a temporary folder, on loopback ports of their own;
the instances of the system and their files are not touched. Wants root (the daemons give it up
themselves) and the group bench of packaging/packages.txt. README.md beside this file says how they
are set and how to read the lines.
"""

import os
import re
import shutil
import socket
import subprocess
import sys

from lib import loads, trees

MAIL_USER = "mail"  # of every Debian system; owns the mailboxes
WARNING = re.compile(r"\b(warning|error|fatal|panic):", re.IGNORECASE)
ASKED = "Killed with signal 15"  # by us

MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {root}/queue
data_directory = {root}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file = {root}/postfix.log
maillog_file_prefixes = {root}
import_environment = MAIL_CONFIG TZ LANG=C LD_PRELOAD SYNC_US
multi_instance_directories =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = {host}
mydestination =
mynetworks =
alias_maps =
alias_database =
local_recipient_maps =
virtual_mailbox_domains = {domain}
virtual_mailbox_maps = texthash:{root}/recipients
virtual_transport = lmtp:unix:{root}/lmtp
smtpd_tls_security_level = may
smtpd_tls_cert_file = {root}/tls/server.pem
smtpd_tls_key_file = {root}/tls/server.key
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
"""

MASTER_CF = """\
127.0.0.1:{mx} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

DOVECOT_CONF = """\
base_dir = {root}/run
state_dir = {root}/state
instance_name = bench
log_path = {root}/dovecot.log
import_environment = TZ LD_PRELOAD SYNC_US
protocols = imap lmtp
listen = 127.0.0.1
hostname = {host}
ssl = yes
ssl_cert = <{root}/tls/server.pem
ssl_key = <{root}/tls/server.key
disable_plaintext_auth = no
auth_username_format = %Ln
auth_cache_size = 10 M
auth_cache_ttl = 1 hour
first_valid_uid = 1
first_valid_gid = 1
mail_location = {storage}:~/mail
mail_fsync = always
mail_max_userip_connections = 0
default_client_limit = 16000
default_vsz_limit = 2 G
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%n {root}/passwd
}}
userdb {{
  driver = static
  args = uid={user} gid={user} home={root}/mail/%n
}}
namespace inbox {{
  inbox = yes
  mailbox Sent {{
    auto = create
    special_use = \\Sent
  }}
}}
service imap-login {{
  service_count = 0
  process_min_avail = 2
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service imap {{
  process_limit = 12000
  service_count = {reuse}
{imap_service}}}
service lmtp {{
  unix_listener {root}/lmtp {{
    mode = 0666
  }}
}}
"""
HIBERNATE = """\
imap_hibernate_timeout = 1 s
service imap-hibernate {{
  unix_listener imap-hibernate {{
    mode = 0660
    group = {user}
  }}
}}
"""
HIBERNATE_MASTER = """\
  unix_listener imap-master {
    user = dovecot
  }
"""


def free_ports(count):
    """Ports that were free a moment ago; neither daemon can be handed a bound socket."""
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def greets(port):
    """Whether a server says hello at the port."""
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as s:
            return s.recv(4) in (b"220 ", b"* OK")
    except OSError:
        return False


class Peers:
    """Postfix delivering to Dovecot by LMTP."""

    def __init__(self, args, root, preload, environment):
        self.root, self.args = root, args
        self.name = f"postfix+dovecot/{args.storage}"
        self.name += f"/reuse{args.reuse}" if args.reuse != 1 else ""
        self.name += "/hibernate" if args.hibernate else ""
        self.environment = dict(os.environ, **environment)
        if preload:
            self.environment["LD_PRELOAD"] = preload
        self.processes, self.ports = [], {}

    def set_up(self):
        root = self.root
        os.makedirs(root)
        for folder in ("conf", "queue", "run", "state", "mail", "data"):
            os.mkdir(f"{root}/{folder}")
        os.chmod(root, 0o755)
        shutil.chown(f"{root}/mail", MAIL_USER, MAIL_USER)
        shutil.chown(f"{root}/data", "postfix")
        subprocess.run([f"{loads.TOP}/packaging/demo/make_certificates", f"{root}/tls"],
                       check=True)
        names = [loads.user(i) for i in range(loads.USERS)]
        self.write("recipients", "".join(f"{n}@{loads.DOMAIN} {n}\n" for n in names))
        self.write("passwd", "".join(f"{n}:{loads.PASSWORD}\n" for n in names))
        self.start()

    def write(self, name, text, **values):
        if values:
            text = text.format(root=self.root, host=loads.HOST, domain=loads.DOMAIN,
                               user=MAIL_USER, **values)
        with open(f"{self.root}/{name}", "w", encoding="utf-8") as f:
            f.write(text)

    def start(self):
        mx, imap, imaps = free_ports(3)
        self.ports = {"mx": mx, "imap": imap, "imaps": imaps}
        hibernate = self.args.hibernate
        self.write("conf/main.cf", MAIN_CF, mx=mx)
        self.write("conf/master.cf", MASTER_CF, mx=mx)
        self.write("dovecot.conf", DOVECOT_CONF + (HIBERNATE if hibernate else ""), imap=imap,
                   imaps=imaps, storage=self.args.storage, reuse=self.args.reuse,
                   imap_service=HIBERNATE_MASTER if hibernate else "")
        self.spawn(["dovecot", "-F", "-c", f"{self.root}/dovecot.conf"])
        self.spawn(["postfix", "-c", f"{self.root}/conf", "start-fg"])
        if not trees.wait_until(lambda: greets(mx) and greets(imap), 60):
            raise SystemExit(f"the peers did not start:\n{self.logs()}")

    def spawn(self, command):
        with open(f"{self.root}/out.log", "a", encoding="utf-8") as log:
            self.processes.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                                   stderr=log, env=self.environment,
                                                   start_new_session=True))

    def logs(self):
        text = ""
        for name in ("out.log", "postfix.log", "dovecot.log"):
            if os.path.exists(f"{self.root}/{name}"):
                with open(f"{self.root}/{name}", encoding="utf-8", errors="replace") as f:
                    text += f"{name}:\n{f.read()[-2000:]}\n"
        return text

    def settle(self):
        """These have no index."""
        return {}

    def stop(self):
        for process in reversed(self.processes):
            tree = trees.descendants([process.pid])
            trees.stop(process, next(filter(self.is_postfix_master, tree), None))
        if self.processes:
            self.tell_warnings()
        self.processes = []

    def tell_warnings(self):
        """What the peers complained of makes their figures doubtful."""
        found = []
        for name in ("postfix.log", "dovecot.log"):
            if os.path.exists(f"{self.root}/{name}"):
                with open(f"{self.root}/{name}", encoding="utf-8", errors="replace") as f:
                    found += [line for line in f if WARNING.search(line) and ASKED not in line]
        if found:
            print(f"{self.name}: {len(found)} warnings, first: {found[0].strip()}",
                  file=sys.stderr)

    def is_postfix_master(self, pid):
        """Postfix's own command is a shell script that waits for this one."""
        try:
            return os.readlink(f"/proc/{pid}/exe") == "/usr/lib/postfix/sbin/master"
        except OSError:
            return False


def add_options(parser):
    parser.add_argument("--storage", choices=["maildir", "sdbox"], default="maildir")
    parser.add_argument("--reuse", type=int, default=1, metavar="N",
                        help="sessions a process of Dovecot's imap serves, one after the other")
    parser.add_argument("--hibernate", action="store_true", help="Dovecot parks idle sessions")


if __name__ == "__main__":
    missing = [name for name in ("postfix", "dovecot") if not shutil.which(name)]
    if missing or os.geteuid() != 0:
        raise SystemExit("peer_bench: wants root, and `tools/install_packages bench`")
    loads.main(__doc__, Peers, add_options)
