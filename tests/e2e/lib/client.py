"""Programs run as clients, with time limits; and what a case says when it fails or cannot run."""

import os
import subprocess

SECONDS = 60


class Failure(Exception):
    """The case fails, and why."""


class Skip(Exception):
    """The case cannot run here, and why."""


def tool(command, stdin=None, status=0, seconds=SECONDS, env=None, cwd=None):
    """Runs a program; what it wrote to stdout and stderr, as text. status: the exit status that it
    must end with, or None for any. stdin: text or bytes."""
    if isinstance(stdin, str):
        stdin = stdin.encode()
    try:
        done = subprocess.run(command, input=stdin if stdin is not None else b"", cwd=cwd,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds,
                              env=env or os.environ, check=False)
    except FileNotFoundError:
        raise Failure(f"{command[0]} is not installed; see packaging/packages.txt") from None
    except subprocess.TimeoutExpired as late:
        output = (late.stdout or b"").decode(errors="replace")
        raise Failure(f"{command[0]} was not done after {seconds} s\n{output}") from None
    output = done.stdout.decode(errors="replace")
    if status is not None and done.returncode != status:
        raise Failure(f"{' '.join(command)}\nended with {done.returncode}, not {status}\n{output}")
    return output


def want(condition, what):
    """Fails with what when the condition does not hold."""
    if not condition:
        raise Failure(what)


def want_equal(got, wanted, what):
    want(got == wanted, f"{what}\n  wanted {wanted!r}\n  got    {got!r}")


def corpora(name):
    """The path of a file of the corpora; the case is skipped where they are not."""
    top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(__file__))))
    folder = os.environ.get("POSTROAD_CORPORA") or os.path.join(top, "..", "shared", "corpora")
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        raise Skip(f"no {name} in $POSTROAD_CORPORA or ../shared/corpora")
    return path
