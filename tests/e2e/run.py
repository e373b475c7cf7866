#!/usr/bin/env python3
"""run.py --program POSTROAD [FILTER...]: runs the end-to-end cases and tells in TAP how they went,
and to stderr how many seconds each took.

A case is a file of tests/e2e/cases with run(server), and with a docstring that names the ids of the
requirements it shows. Each has a server of its own on a fresh folder; SETTINGS in the file changes
lines of its configuration. A filter is a piece of a case's name.
"""

import argparse
import concurrent.futures
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from lib.client import Failure, Skip  # noqa: E402
from lib.server import Server  # noqa: E402

CASE_SECONDS = 600
LOG_LINES = 30
EXIT_SKIPPED = 77


def load(path):
    name = os.path.basename(path)[:-3]
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def play(program, path, folder):
    """Runs one case in this process. Raises what it raises."""
    module = load(path)
    server = Server(program, folder, getattr(module, "SETTINGS", None))
    try:
        server.prepare()
        server.start()
        if getattr(module, "WORLD", True):
            server.add_world()
        module.run(server)
        server.stop()
    except Skip:
        raise
    except Exception as error:
        raise Failure(describe(error, server)) from None
    finally:
        if server.process:
            server.kill()
    if server.reports():
        raise Failure("a sanitizer found something\n" + server.reports())


def describe(error, server):
    """What happened, with the end of the server's log and what sanitizers say."""
    where = [f"{os.path.basename(step.filename)}:{step.lineno}" for step
             in traceback.extract_tb(error.__traceback__) if os.sep + "cases" in step.filename]
    what = f"{' > '.join(where)}: {error}" if isinstance(error, Failure) else \
        traceback.format_exc()
    log = "\n".join(server.log().split("\n")[-LOG_LINES:])
    return f"{what}\n-- log\n{log}\n{server.reports()}"


def run_one(program, path):
    """As a child: one case, its outcome as exit status, its words on stdout."""
    socket.setdefaulttimeout(60)  # of clients; servers of a case: lib/listen.py
    folder = tempfile.mkdtemp(prefix="pr-")
    try:
        play(program, path, folder)
        return 0
    except Skip as skip:
        print(skip)
        return EXIT_SKIPPED
    except Failure as failure:
        print(failure)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run_child(program, path):
    """(status, output, seconds) of a case run as a process group of its own, which ends with it."""
    started = time.monotonic()
    command = [sys.executable, os.path.abspath(__file__), "--program", program, "--case", path]
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, start_new_session=True)
    try:
        output, _ = child.communicate(timeout=CASE_SECONDS)
        status, text = child.returncode, output.decode(errors="replace")
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        output, _ = child.communicate()
        status = 1
        text = f"not done after {CASE_SECONDS} s\n{output.decode(errors='replace')}"
    return status, text, time.monotonic() - started


def remark(output):
    for line in output.rstrip().splitlines():
        print("# " + line)


def tell(number, name, status, output):
    """One TAP line, and what the case said as remarks."""
    if status == EXIT_SKIPPED:
        print(f"ok {number} - {name} # SKIP {output.strip()}")
    elif status == 0:
        print(f"ok {number} - {name}")
        remark(output)
    else:
        print(f"not ok {number} - {name}")
        remark(output)
    sys.stdout.flush()


def cases(folder, filters):
    names = sorted(n[:-3] for n in os.listdir(folder) if n.endswith(".py"))
    return [n for n in names if not filters or any(f in n for f in filters)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    parser.add_argument("--case", help="run this one file, here")
    parser.add_argument("--cases", default=os.path.join(HERE, "cases"))
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("filters", nargs="*")
    arguments = parser.parse_args()
    program = os.path.abspath(arguments.program)
    if arguments.case:
        return run_one(program, arguments.case)
    names = cases(arguments.cases, arguments.filters)
    print(f"1..{len(names)}")
    failed = False
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        jobs = [pool.submit(run_child, program, os.path.join(arguments.cases, n + ".py"))
                for n in names]
        for number, (name, job) in enumerate(zip(names, jobs), 1):
            status, output, seconds = job.result()
            print(f"took {name} {seconds:.1f}", file=sys.stderr)
            failed |= status not in (0, EXIT_SKIPPED)
            tell(number, name, status, output)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
