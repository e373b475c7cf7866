#!/usr/bin/env python3
"""./check [PART [FILTER...]]: builds and runs the tests; without a part, all of them.

The last line is "N passed, N failed" and, when something was skipped, ", N skipped". The exit
status is 0 only when something ran and nothing failed. A filter is a piece of a test's name.
FUZZ_SECONDS (5) is how long each fuzz target runs; PAGE_WORKERS (1) is how many browsers play the
cases of the page, each against a server of its own.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TOP, "tools"))
from lib import docs, includes  # noqa: E402

CORES = os.cpu_count() or 1
FUZZ_SECONDS = int(os.environ.get("FUZZ_SECONDS", "5"))
PAGE_WORKERS = int(os.environ.get("PAGE_WORKERS", "1"))
TEST_SECONDS = 180  # a sanitizer makes things some times slower than meson's own bound expects
JUDGE_SECONDS = 900
SHOWN_LINES = 60
SLOWEST = 10  # are told at the end
SKIPPED = 77  # the exit status of a test that cannot run here
CLANG = "clang-14"
CXX = {"gcc": "g++", CLANG: "clang++-14"}  # the C++ compiler of the same house

# The builds under build/: compiler and options. The release is what ./run makes; the other two are
# for finding faults. Warnings are errors in all.
BUILDS = {
    "check-gcc": ("gcc", ["--buildtype=release", "-Dhardened=true"]),
    "check-asan": (CLANG, ["-Doptimization=1", "-Ddebug=true", "-Dfuzz=true", "-Db_lundef=false",
                           "-Db_sanitize=address,undefined"]),
    "check-tsan": (CLANG, ["-Doptimization=1", "-Ddebug=true", "-Db_lundef=false",
                           "-Db_sanitize=thread"]),
}
SUPPRESSIONS = os.path.join(TOP, "tests/sanitizers")
SANITIZERS = {
    # Frames kept of each allocation: a report is as sure with 10 as with 30, and malloc is quicker.
    "ASAN_OPTIONS": "detect_stack_use_after_return=1:malloc_context_size=10",
    "LSAN_OPTIONS": f"suppressions={SUPPRESSIONS}/lsan.supp:print_suppressions=0",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
    "TSAN_OPTIONS": f"suppressions={SUPPRESSIONS}/tsan.supp:halt_on_error=1",
    "ASAN_SYMBOLIZER_PATH": "/usr/bin/llvm-symbolizer-14",
    "TSAN_SYMBOLIZER_PATH": "/usr/bin/llvm-symbolizer-14",
}


class Report:
    """Counts results and says what failed as soon as it did."""

    def __init__(self):
        self.passed, self.failed, self.skipped, self.times = 0, [], [], []

    def took(self, name, seconds):
        self.times.append((seconds, name))

    def passes(self, count=1):
        self.passed += count

    def fails(self, name, output=""):
        self.failed.append(name)
        print(f"FAIL {name}")
        lines = output.rstrip().split("\n")
        if len(lines) > SHOWN_LINES:
            half = SHOWN_LINES // 2
            lines = lines[:half] + ["..."] + lines[-half:]
        for line in lines:
            print(f"     {line}")
        sys.stdout.flush()

    def skips(self, name, reason):
        self.skipped.append((name, reason))

    def guard(self, name, ok, output=""):
        if ok:
            self.passes()
        else:
            self.fails(name, output)

    def slowest(self):
        """Lines of what took longest."""
        return [f"{seconds:7.1f} s  {name}"
                for seconds, name in sorted(self.times, reverse=True)[:SLOWEST]]

    def counts(self):
        return self.passed, len(self.failed), len(self.skipped)


def run(command, seconds=TEST_SECONDS, env=None, cwd=TOP):
    """(exit status, stdout, stderr); None when the time ran out. Its children end with it."""
    child = subprocess.Popen(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, start_new_session=True, text=True,
                             errors="replace", env={**os.environ, **SANITIZERS, **(env or {})})
    try:
        out, err = child.communicate(timeout=seconds)
        return child.returncode, out, err
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        out, err = child.communicate()
        return None, out, err + f"\nnot done after {seconds} s"


def timed(command, **more):
    """(seconds, what run() returns)"""
    started = time.monotonic()
    result = run(command, **more)
    return time.monotonic() - started, result


def linker():
    """mold links a test in a third of the time; without it the compilers take what they know."""
    return {"CC_LD": "mold", "CXX_LD": "mold"} if shutil.which("mold") else {}


def has_both_languages(folder):
    """Whether the folder was set up, and since C++ has come: meson would take any compiler."""
    rules = os.path.join(folder, "build.ninja")
    return os.path.exists(rules) and "rule cpp_COMPILER" in includes.read(rules)


def build(name, target=None):
    """Sets up and builds build/NAME. Returns "" or the output of what went wrong."""
    compiler, options = BUILDS[name]
    folder = os.path.join(TOP, "build", name)
    compilers = {"CC": compiler, "CXX": CXX[compiler], **linker()}
    if not has_both_languages(folder):
        shutil.rmtree(folder, ignore_errors=True)
        code, out, err = run(["meson", "setup", "--werror", *options, folder], 600, compilers)
        if code != 0:
            return out + err
    code, out, err = run(["ninja", "-C", folder] + ([target] if target else []), 3600, compilers)
    if code != 0 and target and f"unknown target '{target}'" in out + err:
        return ""  # no program of that kind yet
    return "" if code == 0 else what_failed(out + err)


def what_failed(output):
    """The complaints in what ninja wrote, without the compilers' long command lines."""
    lines = output.split("\n")
    first = next((i for i, line in enumerate(lines) if line.startswith("FAILED: ")), 0)
    return "\n".join(line for line in lines[first:] if len(line) < 500)


def built(report, part, name, target):
    problem = build(name, target)
    if problem:
        report.fails(f"{part}: build/{name}", problem)
    return not problem


def each(function, jobs, workers=CORES):
    with ThreadPoolExecutor(workers) as pool:
        yield from pool.map(function, jobs)


# Parts. Each takes the report and the filters.

def part_format(report, filters):
    files = [f for root in ("src", "tests", "bench")
             for f in includes.files_under(os.path.join(TOP, root), (".c", ".h", ".cc"))
             for f in [f"{root}/{f}"]]
    slices = [files[i::CORES] for i in range(CORES) if files[i::CORES]]
    command = ["clang-format-14", "--dry-run", "-Werror"]
    results = list(each(lambda names: run(command + names), slices))
    report.guard("format", all(r[0] == 0 for r in results), "".join(r[2] for r in results))


def part_layers(report, filters):
    code, out, err = run(["tools/check_layers"])
    print(out.strip().split("\n")[-1])
    report.guard("layers", code == 0, out + err)


def part_shape(report, filters):
    code, out, err = run(["tools/check_shape"])
    print("\n".join(out.strip().split("\n")[-2:]))
    report.guard("shape", code == 0, out + err)


def part_tools(report, filters):
    """The guards' own tests: that they fail when they should."""
    suite = unittest.TestLoader().discover(os.path.join(TOP, "tests/tools"), "test_*.py")
    result = unittest.TestResult()
    suite.run(result)
    for case, output in result.failures + result.errors:
        report.fails(case.id(), output)
    report.passes(result.testsRun - len(result.failures) - len(result.errors))


def part_build(report, filters):
    for name in ("check-gcc", "check-asan"):
        compiler, _ = BUILDS[name]
        report.guard(f"build with {compiler}", *(lambda p: (not p, p))(build(name)))


def tests_of(folder, suite):
    """[(name, command, directory)] of meson's tests of that suite."""
    code, out, err = run(["meson", "introspect", "--tests", folder])
    if code != 0:
        raise SystemExit(out + err)
    return [(t["name"], t["cmd"], t["workdir"] or TOP) for t in json.loads(out)
            if f"postroad:{suite}" in t["suite"]]


def read_tap(report, name, code, out, err):
    """Counts the cases that a program tells in TAP; one case for a program that tells none."""
    plan = re.search(r"^1\.\.(\d+)", out, re.M)
    if not plan:
        report.guard(name, code == 0, out + err)
        return
    reasons = re.findall(r"^#? *SKIP\S* +(.+)$", out + "\n" + err, re.M)
    seen = failures = 0
    for bad, case, remarks in re.findall(r"^(not )?ok \d+ *(.*)\n?((?:#.*\n?)*)", out, re.M):
        seen += 1
        if "# SKIP" in case:
            what, _, why = re.sub(r"^- ", "", case).partition("# SKIP")
            what, why = (what.strip(), why.strip()) if what.strip() else (why.strip(), "")
            report.skips(f"{name} {what}", why or "; ".join(reasons) or "no reason given")
        elif bad:
            failures += 1
            report.fails(f"{name} {case.lstrip('- ')}", remarks + err)
        else:
            report.passes()
    if (code != 0 and not failures) or seen != int(plan.group(1)):
        report.fails(f"{name} (ended early: {seen} of {plan.group(1)} cases, status {code})",
                     out + err)


def run_suite(report, part, folder, target, suite, filters):
    if not built(report, part, folder, target):
        return
    tests = [t for t in tests_of(os.path.join(TOP, "build", folder), suite)
             if not filters or any(f in t[0] for f in filters)]

    def one(test):
        return test[0], *timed(test[1], env={"CMOCKA_MESSAGE_OUTPUT": "tap"}, cwd=test[2])

    for name, seconds, result in each(one, tests):
        before = report.counts()
        report.took(f"{part} {name}", seconds)
        read_tap(report, f"{part} {name}", *result)
        after = report.counts()
        line = f"  {name}: {after[0] - before[0]} passed"
        line += f", {after[1] - before[1]} failed" if after[1] > before[1] else ""
        line += f", {after[2] - before[2]} skipped" if after[2] > before[2] else ""
        print(f"{line}, {seconds:.1f} s")


def part_unit(report, filters):
    run_suite(report, "unit", "check-asan", "unit-programs", "unit", filters)


def part_tsan(report, filters):
    run_suite(report, "tsan", "check-tsan", "thread-programs", "threads", filters)


def part_wire(report, filters):
    if not built(report, "wire", "check-asan", "wire-programs"):
        return
    jobs = []
    for path in includes.files_under(os.path.join(TOP, "tests/wire"), (".dialog",)):
        if not filters or any(f in path for f in filters):
            player = os.path.join(TOP, "build/check-asan/tests/wire/wire-" + path.split("/")[0])
            jobs.append((path, [player, os.path.join("tests/wire", path)]))
    for (path, _), (seconds, (code, out, err)) in zip(jobs, each(lambda j: timed(j[1]), jobs)):
        report.took(f"wire {path}", seconds)
        report.guard(f"wire {path}", code == 0, out + err)


def part_judge(report, filters):
    if not built(report, "judge", "check-gcc", "judge-programs"):
        return
    folder = os.path.join(TOP, "build/check-gcc")
    tests = [t for t in tests_of(folder, "judge")
             if not filters or any(f in t[0] for f in filters)]
    for name, command, _ in tests:
        started = time.monotonic()
        code, out, err = run(command, JUDGE_SECONDS, cwd=folder)
        if code == SKIPPED:
            report.skips(f"judge {name}", (out + err).strip())
            continue
        report.guard(f"judge {name}", code == 0, out + err)
        print(f"  {name}: {time.monotonic() - started:.1f} s")


def part_e2e(report, filters):
    if not built(report, "e2e", "check-asan", None):
        return
    program = os.path.join(TOP, "build/check-asan/postroad")
    if not os.path.exists(program):
        report.skips("e2e", "this tree has no server program yet")
        return
    code, out, err = run(["python3", "tests/e2e/run.py", "--program", program, *filters], 1800)
    for name, seconds in re.findall(r"^took (\S+) ([\d.]+)$", err, re.M):
        report.took(f"e2e {name}", float(seconds))
    read_tap(report, "e2e", code, out, re.sub(r"^took .*\n", "", err, flags=re.M))


# The longest first; they run beside each other.
WEB_STEPS = {
    "types": ["npm", "run", "--silent", "check-types"],
    "units": ["npx", "vitest", "run", "--reporter=tap-flat"],
    "build": [os.path.join(TOP, "tools/build_web")],
    "format": ["npm", "run", "--silent", "check-format"],
}
PAGES = """npx playwright test --grep-invert speed.spec; code=$?
npx playwright test --workers=1 --output=../build/web-results/speed speed.spec && exit $code"""
PAGES_TOLD = r"^ +[^\w\s] +\d+ (?:tests/)?(.+) \(([\d.]+)(m?s|m)\)$"  # a row of Playwright's list


def part_web(report, filters):
    """The page. Filters are pieces of the names of Playwright's files."""
    if not shutil.which("npm"):
        report.skips("web", "npm is not there")
        return
    code, out, err = run(["tools/build_web", "--modules"], 900)
    report.guard("web: npm ci", code == 0, out + err)
    if code != 0:
        return
    steps = ("build",) if filters else tuple(WEB_STEPS)
    web = os.path.join(TOP, "web")
    ended = dict(zip(steps, each(lambda name: run(WEB_STEPS[name], 600, cwd=web), steps)))
    for name, (code, out, err) in ended.items():
        if name == "units":
            read_tap(report, "web unit", code, out, err)
        else:
            report.guard(f"web: {name}", code == 0, out + err)
    if ended["build"][0] == 0 and built(report, "web", "check-gcc", "postroad") and \
            built(report, "web", "check-gcc", "postroad-text"):
        pages(report, filters)


def pages(report, filters):
    """Playwright's cases, against servers with mail in them: a file of cases at a time has one of
    its own. What measures comes last, when nothing else runs."""
    program = os.path.join(TOP, "build/check-gcc/postroad")
    command = ["npx", "playwright", "test", *filters] if filters else ["sh", "-c", PAGES]
    code, out, err = run(["python3", "web/tests/serve.py", "--program", program, "--servers",
                          str(PAGE_WORKERS), "--", *command], 1500)
    counts = {}
    for count, what in re.findall(r"^ +(\d+) (passed|failed|skipped|did not run|flaky)", out, re.M):
        counts[what] = counts.get(what, 0) + int(count)
    for name, seconds, unit in re.findall(PAGES_TOLD, out, re.M):
        report.took(f"web {name}", float(seconds) * {"m": 60, "s": 1, "ms": 0.001}[unit])
    print("\n".join(line for line in out.split("\n") if line.startswith("figure: ")))
    report.passes(counts.get("passed", 0))
    if counts.get("skipped"):
        report.skips("web pages", f"{counts['skipped']} cases; npx playwright test says which")
    if code != 0 or not counts.get("passed"):
        report.fails("web pages", out + err)


def part_fuzz(report, filters):
    if not built(report, "fuzz", "check-asan", None):
        return
    sources = includes.files_under(os.path.join(TOP, "tests/fuzz"), (".c",))
    names = [os.path.basename(s)[:-2] for s in sources if s != "replay.c"]
    names = [n for n in names if not filters or any(f in n for f in filters)]
    for name, (code, out, err) in zip(names, each(fuzz_one, names)):
        runs = re.findall(r"Done (\d+) runs", err)
        print(f"  {name}: {runs[-1] if runs else 'no'} runs")
        report.guard(f"fuzz {name}", code == 0, out + err)


def fuzz_one(name):
    """Runs one target over its seeds. What it finds is kept in build/fuzz-NAME."""
    program = os.path.join(TOP, f"build/check-asan/tests/fuzz/fuzz-{name}")
    if not os.path.exists(program):
        return 1, "", f"tests/fuzz/{name}.c is not in the list of tests/fuzz/meson.build"
    corpus = os.path.join(TOP, f"build/fuzz-{name}")
    os.makedirs(corpus, exist_ok=True)
    seeds, words = f"tests/fuzz/seeds/{name}", f"tests/fuzz/words/{name}.dict"
    if not os.path.isdir(os.path.join(TOP, seeds)):
        return 1, "", f"{seeds} is missing"
    seeds = [seeds, *seeds_of_dialogues(name, corpus + "-wire")]
    command = [program, f"-max_total_time={FUZZ_SECONDS}", "-timeout=10", "-rss_limit_mb=2048",
               f"-artifact_prefix={corpus}/crash-", "-print_final_stats=0", "-verbosity=1",
               "-entropic=0"]  # its book-keeping took more time than whole engines
    if os.path.exists(os.path.join(TOP, words)):
        command.append(f"-dict={words}")
    code, out, err = run(command + [corpus, *seeds], FUZZ_SECONDS + 120)
    if code != 0:
        err += f"\nThe input is {corpus}/crash-*; mend the fault and move it to {seeds[0]}/."
    return code, out, err


def seeds_of_dialogues(protocol, folder):
    """[folder] with what clients say in the wire tests, if the target is a protocol's engine."""
    player = os.path.join(TOP, f"build/check-asan/tests/wire/wire-{protocol}")
    source = os.path.join(TOP, "tests/wire", protocol)
    if not os.path.exists(player) or not os.path.isdir(source):
        return []
    os.makedirs(folder, exist_ok=True)
    dialogues = [os.path.join(source, name) for name in includes.files_under(source, (".dialog",))]
    return [folder] if run([player, "--seeds", folder, *dialogues])[0] == 0 else []


def part_docs(report, filters):
    for name, complaints in docs.checks(TOP):
        report.guard(f"docs: {name}", not complaints, "\n".join(complaints))


# The only list: what ./check runs, in this order, and what ./check -h says.
PARTS = [
    ("format", part_format, "clang-format 14 changes nothing"),
    ("layers", part_layers, "every #include keeps to the layers"),
    ("shape", part_shape, "functions, files and folders keep their size"),
    ("docs", part_docs, "requirements, links, glossary and operations are whole"),
    ("tools", part_tools, "the guards themselves fail when they should"),
    ("build", part_build, "gcc and clang without a warning"),
    ("unit", part_unit, "unit tests under ASan and UBSan"),
    ("wire", part_wire, "recorded dialogues, played to the engines"),
    ("judge", part_judge, "the MIME parser against others, on the corpora"),
    ("e2e", part_e2e, "real clients against the running server"),
    ("web", part_web, "the page: types, units, and each job in a browser"),
    ("tsan", part_tsan, "unit tests of what has threads, under TSan"),
    ("fuzz", part_fuzz, "each fuzz target for some seconds"),
]


def usage():
    print(__doc__.strip())
    print("\nParts:")
    for name, _, what in PARTS:
        print(f"  {name:<8}{what}")


def say(text):
    print(text, flush=True)


def main(arguments):
    if arguments and arguments[0] in ("-h", "--help", "help"):
        usage()
        return 0
    chosen = [p for p in PARTS if not arguments or p[0] == arguments[0]]
    if not chosen:
        usage()
        return 2
    report, started = Report(), time.monotonic()
    for name, function, what in chosen:
        say(f"== {name}: {what}")
        before, part_started = report.counts(), time.monotonic()
        function(report, arguments[1:])
        passed, failed, skipped = (a - b for a, b in zip(report.counts(), before))
        skips = f", {skipped} skipped" if skipped else ""
        say(f"   {name}: {passed} passed, {failed} failed{skips}"
            f" in {time.monotonic() - part_started:.1f} s")
    for name, reason in report.skipped:
        print(f"SKIP {name}: {reason}")
    for name in report.failed:
        print(f"FAIL {name}")
    if report.times:
        print("\n".join(["The slowest:", *report.slowest()]))
    print(f"All in {time.monotonic() - started:.0f} s.")
    passed, failed, skipped = report.counts()
    say(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
