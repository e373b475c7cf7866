#!/usr/bin/env python3
"""Unpacks the mail corpora once (into the build directory) and runs one judge over them.

run.py PROGRAM CACHE [ARCHIVE...]: the corpora are at $POSTROAD_CORPORA or ../shared/corpora beside
the repository; without them nothing is judged, and it says so (77: skipped)."""

import os
import pathlib
import subprocess
import sys

MAIL = ["mail-formats", "mail-made", "mail-reports", "mail-bulk"]


def unpacked(archive, cache):
    folder = cache / archive.name.removesuffix(".tar.zst")
    if not (folder / ".done").exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["tar", "-I", "zstd -d --long=27", "-xf", archive, "-C", folder], check=True)
        (folder / ".done").touch()
    return folder


def main():
    program, cache, wanted = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
    top = pathlib.Path(__file__).resolve().parents[2]
    corpora = pathlib.Path(os.environ.get("POSTROAD_CORPORA", top.parent / "shared" / "corpora"))
    archives = [a for group in MAIL for a in sorted(corpora.glob(f"{group}/*.tar.zst"))]
    if not archives:
        print(f"SKIP: no corpora at {corpora}")
        return 77
    if wanted == ["isemail"]:
        folders = [unpacked(a, cache) for a in archives if a.name.startswith("isemail.")]
        found = [x for folder in folders for x in sorted(folder.rglob("tests*.xml"))]
    else:
        found = [unpacked(a, cache) for a in archives]
    if wanted == ["seven"]:
        program = pathlib.Path(__file__).with_name("seven.py"), program
        return subprocess.run([sys.executable, *program, *found]).returncode
    return subprocess.run([program, *found]).returncode


if __name__ == "__main__":
    sys.exit(main())
