"""A Debian package that is unpacked, not installed, run as if it were: in a root of its own, a
layer over the machine's, in namespaces that end with it."""

import glob
import os
import shlex
import shutil
import signal
import subprocess
import time

from lib.client import Failure, Skip, tool

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
UNPACKED = os.path.join(TOP, "build", "unpacked")
READY_SECONDS, STOP_SECONDS = 60, 20
GLANCE_SECONDS = 0.05
FIRST_ID = 64100  # of users that the package's own scripts would have made

SCRIPT = """\
set -e
cd {folder}
mount -t tmpfs room root
mkdir root/up root/work root/all
for part in usr etc var; do
    [ ! -d {package}/$part ] || cp -a {package}/$part root/up/
done
cp -a layer/. root/up/
chown -R 0:0 root/up/etc
mount -t overlay -o lowerdir=/,upperdir=root/up,workdir=root/work room root/all
mkdir root/all/peer
mount --bind peer root/all/peer
mount --rbind /dev root/all/dev
mount -t proc proc root/all/proc
cat >root/all/begin <<'END'
{prepare}
exec {command}
END
exec chroot root/all /bin/sh -e /begin
"""


class Room:
    """folder: a fresh one; its subfolder peer is /peer inside. users: names that are to exist, each
    with a group of its name. files: {path inside: text}. prepare: lines of shell, run inside."""

    def __init__(self, folder, package, command, users=(), files=None, prepare=""):
        self.folder, self.process = folder, None
        self.peer = os.path.join(folder, "peer")
        self.package = os.path.join(UNPACKED, package)
        self.users = {name: FIRST_ID + n for n, name in enumerate(users)}
        self.files, self.prepare, self.command = files or {}, prepare, command
        if os.geteuid() != 0:
            raise Skip("only root can make a room for another mail server")
        if not os.path.isdir(self.package):
            raise Skip(f"no build/unpacked/{package}: tools/install_packages test makes it")
        for name in ("peer", "root", "layer/etc"):
            os.makedirs(os.path.join(folder, name))

    def write(self, path, text):
        """A file of the layer; the machine's own is hidden by it."""
        path = os.path.join(self.folder, "layer", path.lstrip("/"))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)

    def write_users(self):
        for path, row in (("/etc/passwd", "{0}:x:{1}:{1}::/:/usr/sbin/nologin\n"),
                          ("/etc/group", "{0}:x:{1}:\n")):
            with open(path, encoding="utf-8") as f:
                rows = [line for line in f if line.split(":")[0] not in self.users]
            rows += [row.format(name, number) for name, number in self.users.items()]
            self.write(path, "".join(rows))

    def start(self, ready):
        """Returns when ready() is true."""
        try:
            tool(["unshare", "--mount", "--pid", "--fork", "true"])
        except Failure as error:
            raise Skip(f"no namespaces here: {error}") from None
        self.write_users()
        for path, text in self.files.items():
            self.write(path, text)
        script = SCRIPT.format(folder=shlex.quote(self.folder), prepare=self.prepare,
                               package=shlex.quote(self.package), command=self.command)
        with open(os.path.join(self.folder, "out"), "ab") as out:
            self.process = subprocess.Popen(
                ["unshare", "--mount", "--propagation", "private", "--pid", "--kill-child",
                 "sh", "-c", script], stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        end = time.monotonic() + READY_SECONDS
        while not ready():
            if self.process.poll() is not None or time.monotonic() > end:
                raise Failure(f"{self.command}: does not run\n{self.log()}")
            time.sleep(GLANCE_SECONDS)

    def log(self):
        """The end of what it wrote."""
        text = ""
        logs = glob.glob(os.path.join(self.peer, "logs", "*"))
        for path in [os.path.join(self.folder, "out"), *logs]:
            if os.path.exists(path):
                with open(path, encoding="utf-8", errors="replace") as f:
                    text += f"{os.path.basename(path)}:\n{f.read()[-3000:]}\n"
        return text

    def stop(self):
        """Ends all of its processes: the first of the namespace takes the others with it."""
        if not self.process:
            return
        path = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        if self.process.poll() is None and os.path.exists(path):
            with open(path, encoding="ascii") as f:
                children = [int(pid) for pid in f.read().split()]
            for pid in children:
                os.kill(pid, signal.SIGKILL)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None
        shutil.rmtree(os.path.join(self.folder, "layer"), ignore_errors=True)
