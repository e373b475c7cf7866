#!/usr/bin/env python3
"""compare.py A.jsonl B.jsonl: sets the lines of two servers side by side, load by load.

Prints for each figure the median of A's lines and of B's, and how many times better A is (below
1: worse). A load that failed, lost mail or met errors is named beneath the table, and one that only
one of the files has. The exit status is 1 if there is no load in common.
"""

import argparse
import json
import statistics
import sys
from collections import defaultdict

# What is shown, in this order; of a dotted name each part is one level. True: more is better.
FIGURES = {
    "server_cpu_ms_each": False, "ops_per_s": True, "accepted_per_s": True, "mb_per_s": True,
    "p50_ms": False, "p99_ms": False, "pss_per_conn_kb": False, "announce.p50_ms": False,
    "announce.p99_ms": False, "server_pss_kb": False,
}
PREPARATION = ("warm",)  # lines of this label are no load
STEPS = ("first_ms", "median_ms")  # of each step of imap-bigbox; less is better


def read(path):
    """{label: [line, ...]}"""
    found = defaultdict(list)
    with open(path, encoding="utf-8") as f:
        for text in filter(None, map(str.strip, f)):
            line = json.loads(text)
            if "server" in line and line["label"] not in PREPARATION:
                found[line["label"]].append(line)
    return found


def figures_of(line):
    """{figure: value} of a line, without those that say nothing (nothing was counted)."""
    found = {}
    for name in FIGURES:
        value = line
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        found[name] = value
    if line.get("bench") == "imap-bigbox":
        found = {}
        for step, times in line.items():
            if isinstance(times, dict):
                found |= {f"{step}.{s}": times.get(s) for s in STEPS}
    return {name: value for name, value in found.items() if value}


def medians(lines):
    values = defaultdict(list)
    for line in lines:
        for name, value in figures_of(line).items():
            values[name].append(value)
    return {name: statistics.median(v) for name, v in values.items()}


def complaints(path, found):
    """What makes a figure doubtful."""
    for label, lines in found.items():
        for line in lines:
            wrong = [f"{name} {line[name]}" for name in
                     ("failed", "errors", "first_error", "lost", "surplus") if line.get(name)]
            if wrong:
                yield f"{path}: {label}: {', '.join(wrong)}"


def loads_of(found):
    values = [line["load1"] for lines in found.values() for line in lines if "load1" in line]
    return f"{min(values):.1f} to {max(values):.1f}" if values else "not known"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("a")
    parser.add_argument("b")
    args = parser.parse_args()
    a, b = read(args.a), read(args.b)
    common = [label for label in a if label in b]
    row = "{:24} {:28} {:>14} {:>14} {:>9} {:>5}"
    print(row.format("load", "figure", "A", "B", "A better", "runs"))
    for label in common:
        left, right = medians(a[label]), medians(b[label])
        for name in left:
            if name in right:
                better = left[name] / right[name]
                if not FIGURES.get(name, False):
                    better = 1 / better
                print(row.format(label, name, f"{left[name]:.3f}", f"{right[name]:.3f}",
                                 f"{better:.2f}", f"{len(a[label])}/{len(b[label])}"))
    print(f"\nA: {args.a}, load average {loads_of(a)}\nB: {args.b}, load average {loads_of(b)}")
    for path, found, other in ((args.a, a, b), (args.b, b, a)):
        for complaint in complaints(path, found):
            print(complaint)
        for label in found:
            if label not in other:
                print(f"{path}: {label}: not in the other file")
    quick = {line.get("quick") for found in (a, b) for lines in found.values() for line in lines}
    if len(quick) > 1:
        print("quick and full runs are mixed: memory and rates do not compare")
    return 0 if common else 1


if __name__ == "__main__":
    sys.exit(main())
