"""RFC 5260, RFC 8536: what "date" says in a named zone is what Python's zoneinfo says, for every
zone of this machine, around each change of offset and far behind the last one."""

import os
import random
import tempfile
import zoneinfo
from datetime import datetime, timedelta, timezone

from lib.client import Skip, tool, want

WORLD = False
SEED, TIMES = 8536, 36
FIRST, LAST = 1973, 2120  # since then offsets are whole minutes
UTC = timezone.utc


def offset(zone, moment):
    return moment.astimezone(zone).utcoffset()


def change(zone, low, high):
    """The second before which the offset is that of low: somewhere there it changes."""
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if offset(zone, middle) == offset(zone, low):
            low = middle
        else:
            high = middle
    return high


def moments(rng, zone):
    """Any, and both sides of changes."""
    begin = datetime(FIRST, 1, 1, tzinfo=UTC)
    days = (datetime(LAST, 1, 1, tzinfo=UTC) - begin).days
    while True:
        at = begin + timedelta(days=rng.randrange(days), seconds=rng.randrange(86400))
        yield at
        later = at + timedelta(days=rng.randint(20, 200))
        if offset(zone, at) != offset(zone, later):
            there = change(zone, at, later)
            yield there
            yield there - timedelta(seconds=1)


def wanted(zone, moment):
    local = moment.astimezone(zone)
    text = local.strftime("%Y-%m-%dT%H:%M:%S%z")
    return text[:-2] + ":" + text[-2:]


class Judge:
    def __init__(self, program, home):
        self.program = program
        self.script, self.message = (os.path.join(home, name) for name in ("s.sieve", "m.eml"))

    def differences(self, name, times):
        """Those that the server tells otherwise: one run for all times of a zone."""
        zone = zoneinfo.ZoneInfo(name)
        with open(self.message, "w", encoding="ascii") as f:
            for i, at in enumerate(times):
                f.write(f"X-D{i}: {at.strftime('%a, %d %b %Y %H:%M:%S +0000')}\n")
            f.write("\ntext\n")
        with open(self.script, "w", encoding="ascii") as f:
            f.write('require ["date", "variables"];\nset "all" "";\n')
            for i, at in enumerate(times):
                f.write(f'if not date "X-D{i}" "iso8601" "{wanted(zone, at)}" '
                        f'{{ set "all" "${{all}} {i}"; }}\n')
            f.write('if not string "${all}" "" { redirect "${all}@wrong.example"; }\n')
        said = tool([self.program, "sieve", "test", self.script, self.message, "--zone", name])
        if "keep" in said and "redirect" not in said and "error" not in said:
            return []
        return [f"{name}: {said.strip()} of {[wanted(zone, at) for at in times]}"]


def run(server):
    names = sorted(n for n in zoneinfo.available_timezones()
                   if os.path.exists(f"/usr/share/zoneinfo/{n}") and "." not in n)
    if not names:
        raise Skip("/usr/share/zoneinfo is not here (package tzdata)")
    rng, wrong = random.Random(SEED), []
    with tempfile.TemporaryDirectory() as home:
        judge = Judge(server.program, home)
        for name in names:
            source = moments(rng, zoneinfo.ZoneInfo(name))
            wrong += judge.differences(name, [next(source) for _ in range(TIMES)])
    want(not wrong, f"{len(wrong)} of {len(names)} zones differ\n" + "\n".join(wrong[:20]))
    print(f"  {len(names)} zones, {TIMES} times each")
