#!/usr/bin/env python3
"""Writes the collection of hostile mail: make.py --trap http://HOST:PORT --out FOLDER

FOLDER gets NNN.eml, one a message, and list.json: [{name, file, html, text}], where html or text is
what the message shows, or both are null when it is the message as a whole that is hostile. Whatever
a message tries to fetch lies below the trap's address and its own number; whatever it tries to run
sets __ran in the top window and opens a dialog. README.md says how the files are written."""

import argparse
import json
import os
import re
import urllib.parse

import families

HERE = os.path.dirname(os.path.abspath(__file__))
FILES = {"script": "html", "events": "html", "css": "html", "svg": "html", "resources": "html",
         "documents": "html", "mutation": "html", "plain": "text", "charsets": "raw",
         "structures": "raw", "names": "raw", "headers": "raw", "others": "raw"}
JS = "top.__ran=window.__ran=1,alert(1)"


def blocks(path):
    """(name, text) of a file."""
    with open(path, encoding="utf-8") as f:
        for block in re.split(r"^--- ", f.read(), flags=re.MULTILINE)[1:]:
            name, _, text = block.partition("\n")
            yield name.strip(), text.rstrip("\n")


def repeated(match):
    return int(match[1]) * match[2].replace("\\n", "\n")


def filled(text, trap):
    """What stands for something is put in: see README.md."""
    text = re.sub(r"@REPEAT\((\d+),(.*?|\()\)(?=[^)]|$)", repeated, text, flags=re.DOTALL)
    text = re.sub(r"\\x([0-9a-f]{2})", lambda m: chr(int(m[1], 16)), text)
    host = urllib.parse.urlsplit(trap).netloc
    return text.replace("@T", trap).replace("@H", host).replace("@J", JS)


def message(kind, number, name, body):
    subtype = "html" if kind == "html" else "plain"
    head = (f"From: Mallory <mallory@hostile.example>\r\nTo: jane@e2e.example\r\n"
            f"Subject: {number:03} {name}\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\n"
            f"Message-ID: <{number}@hostile.example>\r\nMIME-Version: 1.0\r\n"
            f"Content-Type: text/{subtype}; charset=utf-8\r\n"
            "Content-Transfer-Encoding: 8bit\r\n\r\n")
    return head.encode() + body.encode().replace(b"\n", b"\r\n") + b"\r\n"


def everything(trap):
    """[(name, html, text, bytes)]"""
    wanted = [(name, kind, text) for file, kind in FILES.items()
              for name, text in blocks(os.path.join(HERE, file + ".txt"))]
    wanted += [(name, "html", text) for name, text in families.everything()]
    out = []
    for number, (name, kind, text) in enumerate(wanted):
        body = filled(text, f"{trap}/{number:03}")
        raw = (body.replace("\n", "\r\n").encode("latin-1") + b"\r\n" if kind == "raw"
               else message(kind, number, name, body))
        out.append((name, body if kind == "html" else None, body if kind == "text" else None, raw))
    return out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--trap", required=True)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    os.makedirs(args.out, exist_ok=True)
    rows = []
    for number, (name, html, text, raw) in enumerate(everything(args.trap)):
        file = f"{number:03}.eml"
        with open(os.path.join(args.out, file), "wb") as f:
            f.write(raw)
        rows.append({"name": name, "file": file, "html": html, "text": text})
    with open(os.path.join(args.out, "list.json"), "w", encoding="utf-8") as f:
        json.dump(rows, f)


if __name__ == "__main__":
    main()
