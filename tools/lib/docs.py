"""Checks the documentation: the map of requirements, links, the glossary, the operators' page."""

import os
import re

from lib import includes

WANTED = [f"S{n}" for n in range(1, 27)] + [f"P{n}" for n in range(1, 16)]
NOT_YET = "not yet"
TESTS = ("tests/", "web/tests/")
NAMED = (".c", ".h", ".cc", ".py", ".dialog")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


def rows_of(text):
    """The cells of each table row but headings and rulers."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("|") and not re.fullmatch(r"[|\s:-]+", line):
            yield number, [cell.strip() for cell in line.strip().strip("|").split("|")]


def check_requirements(top):
    """Each id has one row; what it names is there; done means code and a test."""
    path = os.path.join(top, "docs/REQUIREMENTS.md")
    if not os.path.exists(path):
        return ["docs/REQUIREMENTS.md is missing"]
    found, seen = [], set()
    text = includes.read(path)
    for number, line in enumerate(text.split("\n"), 1):
        found += [f"docs/REQUIREMENTS.md:{number}: {n} is not there"
                  for n in re.findall(r"`([^`\s]+/[^`\s]*)`", line)
                  if not os.path.exists(os.path.join(top, n))]
    for number, cells in rows_of(text):
        where = f"docs/REQUIREMENTS.md:{number}"
        if cells[0] not in WANTED:
            continue
        if cells[0] in seen:
            found.append(f"{where}: {cells[0]} has a second row")
        seen.add(cells[0])
        named = re.findall(r"`([^`\s]+/[^`\s]*)`", " ".join(cells[1:]))
        is_done = NOT_YET not in " ".join(cells[1:]).lower()
        if is_done and not any(n.startswith(TESTS) for n in named):
            found.append(f"{where}: {cells[0]} names no test and does not say \"{NOT_YET}\"")
        if is_done and all(n.startswith(TESTS) for n in named):
            found.append(f"{where}: {cells[0]} names no code and does not say \"{NOT_YET}\"")
    return found + [f"docs/REQUIREMENTS.md: no row for {i}" for i in WANTED if i not in seen]


def anchors_of(text):
    """The names under which a page's headings can be linked to."""
    headings = re.findall(r"^#+ +(.+?) *$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def pages(top):
    return [name for name in includes.files_under(top, (".md",))
            if not name.startswith(("build", "var")) and "node_modules/" not in name]


def check_links(top):
    found = []
    for name in pages(top):
        text = includes.read(os.path.join(top, name))
        text = re.sub(r"```.*?```", lambda m: "\n" * m.group().count("\n"), text, flags=re.S)
        for number, line in enumerate(text.split("\n"), 1):
            for target in LINK.findall(line):
                why = broken(top, name, target)
                if why:
                    found.append(f"{name}:{number}: {target}: {why}")
    return found


def broken(top, name, target):
    """None, or why the link of page name leads nowhere. Links out of the house are not followed."""
    if re.match(r"[a-z]+:", target):
        return None
    path, _, anchor = target.partition("#")
    full = os.path.join(top, os.path.dirname(name), path) if path else os.path.join(top, name)
    if not os.path.exists(full):
        return "is not there"
    if anchor and full.endswith(".md") and anchor not in anchors_of(includes.read(full)):
        return "no such heading"
    return None


def check_files(top):
    """A source file that a page names is there; its folder may be left out, in part or whole."""
    there = [f"/{folder}/{name}" for folder in ("src", "tests", "tools", "bench", "packaging")
             for name in includes.files_under(os.path.join(top, folder), NAMED)]
    found = []
    for page in pages(top):
        for number, line in enumerate(includes.read(os.path.join(top, page)).split("\n"), 1):
            for name in re.findall(r"`([a-z0-9_./-]+)`", line):
                if name.endswith(NAMED) and not any(f.endswith(f"/{name}") for f in there):
                    found.append(f"{page}:{number}: {name} is not there")
    return found


def check_glossary(top):
    """Terms stand once and in order, each with a meaning."""
    path = os.path.join(top, "docs/GLOSSARY.md")
    if not os.path.exists(path):
        return ["docs/GLOSSARY.md is missing"]
    found, last = [], ""
    for number, cells in rows_of(includes.read(path)):
        if cells[0] == "word":
            continue
        where = f"docs/GLOSSARY.md:{number}"
        if len(cells) < 2 or not cells[1]:
            found.append(f"{where}: {cells[0]} has no meaning")
        if cells[0].lower() == last:
            found.append(f"{where}: {cells[0]} stands twice")
        elif cells[0].lower() < last:
            found.append(f"{where}: {cells[0]} is out of order")
        last = cells[0].lower()
    return found if last else ["docs/GLOSSARY.md has no words"]


# What docs/OPERATIONS.md must name: how the code says it, and how the page does.
OPERATIONS = [
    ("command", "src/server/command", r'\.words = "([^"]+)"', "`postroad {}`"),
    ("key", "src/server/config.c", r'CFG_(?:STR|INT|BOOL)\("([^"]+)"', "`{}`"),
    ("metric", "src", r'"(postroad_[a-z_]+)"', "`{}`"),
    ("log event", "src", r'LOG_[A-Z]+,\s*"([a-z]+\.[a-z_-]+)"', "`{}`"),
    ("log event", "src", r'"((?:auth|smtp)\.(?:ok|failed|accepted|refused))"', "`{}`"),
]


def sources(top, path):
    """The file, or each .c file below the folder, as one text."""
    full = os.path.join(top, path)
    if os.path.isfile(full):
        return includes.read(full)
    return "".join(includes.read(os.path.join(full, name))
                   for name in includes.files_under(full, (".c",)))


def check_operations(top):
    """Commands, keys, metrics and log events are named, and no command that is not there."""
    path = os.path.join(top, "docs/OPERATIONS.md")
    if not os.path.exists(path):
        return ["docs/OPERATIONS.md is missing"]
    text = includes.read(path)
    found = []
    for what, where, pattern, form in OPERATIONS:
        names = sorted(set(re.findall(pattern, sources(top, where))))
        found += [f"docs/OPERATIONS.md: {what} {name} is not named" for name in names
                  if form.format(name) not in text]
    there = set(re.findall(r'"([a-z]+(?: [a-z]+)?)[^"]*"', sources(top, "src/server")))
    there |= set(re.findall(r'\.words = "([^"]+)"', sources(top, "src/server/command")))
    for number, cells in rows_of(text):
        command = re.fullmatch(r"`postroad ([a-z ]+)`", cells[0])
        if command and command.group(1) not in there:
            found.append(f"docs/OPERATIONS.md:{number}: there is no postroad {command.group(1)}")
    return found


def checks(top):
    """[(name, complaints)]"""
    return [("requirements", check_requirements(top)), ("links", check_links(top)),
            ("files", check_files(top)),
            ("glossary", check_glossary(top)), ("operations", check_operations(top))]
