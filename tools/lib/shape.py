"""Measures the shape of the code and stops what is above the house's ceilings.

check_shape [TOP]: prints each violation as file:line, then medians and ninth deciles. Exceptions
are lines of tools/shape.allow: "rule path[:name]  reason"; one that is no longer needed is a
violation.
"""

import fnmatch
import os
import re
import statistics
import sys
from concurrent.futures import ProcessPoolExecutor

from lib import csource, includes

CEILING = {
    "function-lines": 80,
    "complexity": 20,
    "parameters": 6,
    "nesting": 4,
    "c-lines": 800,
    "h-lines": 150,
    "files": 30,
    "columns": 100,
}
ALSO_BANNED = {"alloca", "gets", "system", "popen", "rand", "srand", "signal"}
MARKS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
CODE = (".c", ".h", ".cc")
TEXT = CODE + (".py", ".sh", ".build", ".md", ".txt", ".svelte", ".ts", ".css")
CODE_ROOTS = ("src", "tests", "bench", "tools", "web")
SKIPPED_FOLDERS = ("seeds", "data", "node_modules", "samples")
MARK_SPELLERS = ("tools/lib/shape.py", "tests/tools/test_shape.py")  # must name what they look for


def banned_calls(top):
    """The names that base/banned.h poisons, and some that cannot be poisoned."""
    path = os.path.join(top, "src/base/banned.h")
    poisoned = re.findall(r"^#pragma GCC poison (.+)$", includes.read(path), re.M) \
        if os.path.exists(path) else []
    return ALSO_BANNED | set(" ".join(poisoned).split())


def line_rules(name, text):
    """Tabs, blanks at the end, width, marks of unfinished work: for every text file."""
    is_prose = name.endswith((".md", ".txt"))
    for number, line in enumerate(text.split("\n"), 1):
        if line.endswith((" ", "\t", "\r")):
            yield "trailing-blank", name, number, "", "blanks at the end of the line"
        if "\t" in line:
            yield "tab", name, number, "", "a tab"
        if len(line) > CEILING["columns"] and not is_prose:
            yield "columns", name, number, "", f"{len(line)} columns"
        if MARKS.search(line) and name not in MARK_SPELLERS:
            yield "mark", name, number, "", "unfinished work is an issue, not a mark"


def function_rules(name, function):
    measured = {
        "function-lines": function.lines,
        "complexity": function.complexity,
        "parameters": function.params,
        "nesting": function.nesting,
    }
    for rule, value in measured.items():
        if value > CEILING[rule]:
            yield (rule, name, function.line, function.name,
                   f"{function.name}: {rule} {value}, ceiling {CEILING[rule]}")


def token_rules(name, source, banned):
    tokens = source.tokens
    for i, t in enumerate(tokens):
        if t.text == "goto":
            yield "goto", name, t.line, "", "goto"
        called = i + 1 < len(tokens) and tokens[i + 1].text == "("
        member = i and tokens[i - 1].text in (".", "->")
        if called and not member and t.text in banned:
            yield "banned", name, t.line, t.text, f"{t.text}() is banned"


HANDLER = re.compile(r"\w+_fn \w+;$")  # a function, declared by its type


def mutable_rules(name, source):
    """Variables of a file, or static ones of a function, that can change."""
    lines = source.text.split("\n")
    for d in source.declarations + source.local_statics:
        if HANDLER.match(lines[d.line - 1]):
            continue
        if d.kind == "variable" and not d.const:
            yield "mutable-global", name, d.line, d.name, f"{d.name} is mutable and global"


def prototype_rules(name, source):
    """Every public prototype has a comment above it, or above another of its paragraph."""
    lines = source.text.split("\n")
    for d in source.declarations:
        if d.kind not in ("prototype", "inline") or d.static:
            continue
        at = d.line - 1
        while at > 0 and lines[at - 1].strip() and at not in source.comment_lines:
            at -= 1
        if at not in source.comment_lines:
            yield "undocumented", name, d.line, d.name, f"{d.name} has no contract above it"


def check_file(job):
    """(violations, functions as tuples, lines) of one file."""
    top, name, banned = job
    text = includes.read(os.path.join(top, name))
    found = list(line_rules(name, text))
    lines = text.count("\n")
    if not name.endswith(CODE):
        return found, [], lines
    rule = "h-lines" if name.endswith(".h") else "c-lines"
    if lines > CEILING[rule]:
        found.append((rule, name, 1, "", f"{lines} lines, ceiling {CEILING[rule]}"))
    if name.endswith(".cc"):
        return found, [], lines
    source = csource.parse(text)
    for f in source.functions:
        found += function_rules(name, f)
    found += token_rules(name, source, banned)
    if name.startswith("src/"):
        found += mutable_rules(name, source)
        if name.endswith(".h"):
            found += prototype_rules(name, source)
    measured = [(f.lines, f.complexity, f.params, f.nesting) for f in source.functions]
    return found, measured if name.startswith("src/") else [], lines


def directory_rules(names):
    counts = {}
    for name in names:
        if name.endswith(CODE):
            folder = os.path.dirname(name)
            counts[folder] = counts.get(folder, 0) + 1
    for folder, count in counts.items():
        if count > CEILING["files"]:
            yield "files", folder, 1, "", f"{count} files, ceiling {CEILING['files']}"


def cycle_rules(top):
    graph = includes.graph_of(includes.includes_of(os.path.join(top, "src")))
    for ring in includes.cycles(graph):
        yield "include-cycle", "src/" + ring[0], 1, "", "include cycle: " + " ".join(ring)


def wanted_files(top):
    names = []
    for name in includes.files_under(top, TEXT) + extensionless(top):
        parts = name.split("/")
        if parts[0].startswith(("build", "var")) or any(p in SKIPPED_FOLDERS for p in parts):
            continue
        names.append(name)
    return names


def extensionless(top):
    """Scripts without an ending."""
    folder = os.path.join(top, "tools")
    found = ["tools/" + n for n in os.listdir(folder) if "." not in n] \
        if os.path.isdir(folder) else []
    found += [n for n in ("check", "run", ".ci/run") if os.path.isfile(os.path.join(top, n))]
    return [n for n in found if os.path.isfile(os.path.join(top, n))]


def read_allowed(top):
    """{(rule, path pattern, name)} -> line of tools/shape.allow; and complaints about it."""
    path, allowed, found = os.path.join(top, "tools/shape.allow"), {}, []
    if not os.path.exists(path):
        return allowed, found
    for number, line in enumerate(includes.read(path).split("\n"), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        words = line.split(None, 2)
        if len(words) < 3:
            found.append(("allow", "tools/shape.allow", number, "", "an exception needs a reason"))
            continue
        place, _, symbol = words[1].partition(":")
        allowed[(words[0], place, symbol)] = number
    return allowed, found


def without_allowed(found, allowed):
    """What is left of found, with a complaint for each exception that nothing needs."""
    used, left = set(), []
    for violation in found:
        rule, name, _, symbol, _ = violation
        hits = [k for k in allowed if k[0] == rule and fnmatch.fnmatch(name, k[1])
                and k[2] in ("", symbol)]
        used.update(hits)
        if not hits:
            left.append(violation)
    for key, number in allowed.items():
        if key not in used:
            left.append(("allow", "tools/shape.allow", number, "", "nothing needs this exception"))
    return left


def check(top):
    """([(rule, path, line, symbol, text)], measured functions, {file: lines})."""
    names = wanted_files(top)
    banned = banned_calls(top)
    jobs = [(top, name, banned) for name in names]
    with ProcessPoolExecutor() as pool:
        results = list(pool.map(check_file, jobs, chunksize=8))
    allowed, found = read_allowed(top)
    functions = [f for r in results for f in r[1]]
    for r in results:
        found += r[0]
    found += directory_rules([n for n in names if n.startswith(("src/", "tests/"))])
    found += cycle_rules(top)
    return without_allowed(found, allowed), functions, dict(zip(names, (r[2] for r in results)))


def spread(values):
    if not values:
        return "none"
    values = sorted(values)
    return f"{statistics.median(values):.0f} / {values[len(values) * 9 // 10]} / {values[-1]}"


def summary(functions, lines):
    c_files = [n for name, n in lines.items() if name.startswith("src/") and name.endswith(".c")]
    h_files = [n for name, n in lines.items() if name.startswith("src/") and name.endswith(".h")]
    columns = list(zip(*functions)) or [[], [], [], []]
    print(f"shape of src, median / p90 / max: {len(functions)} functions, "
          f"lines {spread(columns[0])}, complexity {spread(columns[1])}, "
          f"parameters {spread(columns[2])}, nesting {spread(columns[3])}; "
          f"{len(c_files)} .c {spread(c_files)}, {len(h_files)} .h {spread(h_files)}")


def main():
    top = sys.argv[1] if len(sys.argv) > 1 else includes.TOP
    found, functions, lines = check(top)
    for rule, name, line, _, text in sorted(found, key=lambda v: (v[1], v[2])):
        print(f"{name}:{line}: {text} [{rule}]")
    summary(functions, lines)
    print(f"shape: {len(lines)} files, {len(found)} violations")
    return 1 if found else 0

