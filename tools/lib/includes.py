"""The include graph of src: who includes whom, and its cycles."""

import os
import re

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
INCLUDE = re.compile(r'[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)')


def files_under(root, endings):
    """Paths below root, relative to it, sorted; hidden folders are left out."""
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f != "__pycache__")
        for name in names:
            if name.endswith(endings):
                found.append(os.path.relpath(os.path.join(folder, name), root))
    return sorted(found)


def read(path):
    with open(path, encoding="utf-8", errors="surrogateescape") as f:
        return f.read()


def includes_of(src):
    """{file: [(line, '<' or '"', path)]} for all C and C++ files under src."""
    found = {}
    for name in files_under(src, (".c", ".h", ".cc")):
        lines = enumerate(read(os.path.join(src, name)).split("\n"), 1)
        hits = ((number, INCLUDE.match(line)) for number, line in lines)
        found[name] = [(number, *hit.groups()) for number, hit in hits if hit]
    return found


def cycles(graph):
    """Sets of files that include each other in a ring (strongly connected, more than one, or a file
    that includes itself). graph: {file: [files]}."""
    index, low, stack, on_stack, found = {}, {}, [], set(), []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        on_stack.add(node)
        for other in graph.get(node, []):
            if other not in graph:
                continue
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in on_stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            ring = []
            while True:
                ring.append(stack.pop())
                on_stack.discard(ring[-1])
                if ring[-1] == node:
                    break
            if len(ring) > 1 or node in graph.get(node, []):
                found.append(sorted(ring))

    for node in graph:
        if node not in index:
            visit(node)
    return found


def graph_of(includes):
    """The graph of quoted includes alone."""
    return {name: [path for _, mark, path in rows if mark == '"']
            for name, rows in includes.items()}
