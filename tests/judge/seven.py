#!/usr/bin/env python3
"""Messages before and after their conversion to 7 bits, by Python's own parser: the same parts, the
same fields but for encodings, the same content in each.

seven.py PROGRAM DIRECTORY...: PROGRAM is built from seven.c."""

import email
import email.errors
import email.policy
import subprocess
import sys

POLICY = email.policy.compat32
CHANGED = {"content-transfer-encoding"}
ADDED = {"mime-version", "content-type"}  # where they were not there


def pairs(program, folders):
    """(name, before, after or None) of every message."""
    with subprocess.Popen([program, *folders], stdout=subprocess.PIPE) as child:
        for line in child.stdout:
            before, after, name = line.decode(errors="replace").rstrip("\n").split(" ", 2)
            first = child.stdout.read(int(before))
            yield name, first, None if after == "-" else child.stdout.read(int(after))
    if child.returncode != 0:
        raise SystemExit(f"{program} ended with {child.returncode}")


def fields(part):
    return [(k.lower(), v) for k, v in part.raw_items() if k.lower() not in CHANGED]


def content(part):
    """The decoded bytes; without the line ends at the end, which belong to whatever follows."""
    return part.get_payload(decode=True).rstrip(b"\r\n")


def is_global(part):
    return part.get_content_type().startswith("message/global")


def is_odd(part):
    """The two parsers do not even agree where its header ends."""
    found = any(isinstance(d, email.errors.MissingHeaderBodySeparatorDefect) for d in part.defects)
    return found or (part.is_multipart() and any(map(is_odd, part.get_payload())))


def different(before, after):
    """What differs, or None. What lies in message/global is compared as a whole."""
    old, new = fields(before), fields(after)
    there = {name for name, _ in old}
    new = [f for f in new if f[0] in there or f[0] not in ADDED]
    if old != new:
        return f"fields {set(old) ^ set(new)}"
    if is_global(before):
        return None
    if before.is_multipart() != after.is_multipart():
        return "one has parts"
    if not before.is_multipart():
        return None if content(before) == content(after) else "content"
    if len(before.get_payload()) != len(after.get_payload()):
        return "number of parts"
    return next(filter(None, map(different, before.get_payload(), after.get_payload())), None)


def main():
    compared = refused = odd = 0
    faults = []
    for name, before, after in pairs(sys.argv[1], sys.argv[2:]):
        if after is None:
            refused += 1
            continue
        old, new = (email.message_from_bytes(x, policy=POLICY) for x in (before, after))
        if is_odd(old):
            odd += 1
            continue
        compared += 1
        what = different(old, new)
        if not after.isascii() or what:
            faults.append(f"{name}: {what or 'not of 7 bits'}")
    print(f"{compared} messages compared, {refused} refused, {odd} odd, {len(faults)} differ")
    print(*faults[:50], sep="\n")
    return 1 if faults or not compared else 0


if __name__ == "__main__":
    sys.exit(main())
