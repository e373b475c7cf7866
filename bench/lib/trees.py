"""Process trees: what they cost, and how they are stopped. A process is known by its pid and by
when it started, so that a pid which the kernel gave to another is never signalled."""

import os
import signal
import time

TICKS = os.sysconf("SC_CLK_TCK")
STATE, USER_TICKS, STARTED = 0, 11, 19  # fields of /proc/PID/stat behind the name


def stat(pid):
    """The fields behind the name, or None when there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
            return f.read().rpartition(")")[2].split()
    except OSError:
        return None


def descendants(pids):
    """The pids and all their descendants."""
    found = list(pids)
    for pid in found:
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as f:
                    found += [int(c) for c in f.read().split()]
        except OSError:
            pass
    return found


def cpu_seconds(pids):
    """CPU time of the trees so far, children that have ended and were waited for among it."""
    fields = [stat(pid) for pid in descendants(pids)]
    return sum(sum(map(int, f[USER_TICKS:USER_TICKS + 4])) for f in fields if f) / TICKS


def thread_seconds(pids, name):
    """CPU time so far of the trees' threads of that name."""
    total = 0
    for pid in descendants(pids):
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/stat", encoding="ascii", errors="replace") as f:
                    head, _, rest = f.read().rpartition(")")
                if head.endswith(f"({name}"):
                    total += sum(map(int, rest.split()[USER_TICKS:USER_TICKS + 2]))
        except OSError:
            pass
    return total / TICKS


def pss_kb(pids):
    """Memory of the trees, shared pages divided among their users."""
    total = 0
    for pid in descendants(pids):
        try:
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
                total += sum(int(line.split()[1]) for line in f if line.startswith("Pss:"))
        except OSError:
            pass
    return total


def identities(pids):
    return [(pid, f[STARTED]) for pid in descendants(pids) for f in [stat(pid)] if f]


def is_alive(identity):
    fields = stat(identity[0])
    return bool(fields) and fields[STARTED] == identity[1] and fields[STATE] != "Z"


def stop(process, master=None, seconds=60):
    """Asks master (default: the process) to end and waits for the process; what is left of the tree
    after that is asked, then killed, one pid after the other."""
    tree = identities([process.pid])
    if process.poll() is None:
        os.kill(master or process.pid, signal.SIGTERM)
        wait_until(lambda: process.poll() is not None, seconds)
    for sign, patience in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
        # Helpers of a daemon see by themselves, a little later, that it has gone.
        wait_until(lambda: not any(map(is_alive, tree)), patience)
        for identity in filter(is_alive, tree):
            os.kill(identity[0], sign)
    process.wait(10)


def wait_until(is_done, seconds):
    """Whether it was done in time."""
    deadline = time.monotonic() + seconds
    while not is_done():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
