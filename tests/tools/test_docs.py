"""The checks of the documentation say no when they should."""

import os
import sys
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tools"))
from lib import docs  # noqa: E402

ROWS = "".join(f"| {i} | x | not yet | |\n" for i in docs.WANTED)


class Tree(unittest.TestCase):
    def complaints(self, check, files):
        with tempfile.TemporaryDirectory() as top:
            for path, text in files.items():
                full = os.path.join(top, path)
                os.makedirs(os.path.dirname(full), exist_ok=True)
                with open(full, "w", encoding="utf-8") as f:
                    f.write(text)
            return check(top)

    def requirements(self, text, **files):
        files = {name.replace("_", "/") + ".c": "" for name in files}
        return self.complaints(docs.check_requirements, {"docs/REQUIREMENTS.md": text, **files})

    def test_requirements(self):
        self.assertEqual(self.requirements(ROWS), [])
        self.assertEqual(self.requirements(ROWS.replace("| P4 | x | not yet | |\n", "")),
                         ["docs/REQUIREMENTS.md: no row for P4"])
        self.assertIn("second row", self.requirements(ROWS + "| S1 | x | not yet | |\n")[0])

    def test_named_files_are_there(self):
        files = {"src/io/a.c": "", "docs/A.md": "`a.c`, `io/a.c`, `src/io/a.c`, `x.json`, `A_B.c`"}
        self.assertEqual(self.complaints(docs.check_files, files), [])
        files["docs/A.md"] = "one\n`b.c`"
        self.assertEqual(self.complaints(docs.check_files, files),
                         ["docs/A.md:2: b.c is not there"])

    def test_what_is_done_names_code_and_test(self):
        def with_s1(row):
            return ROWS.replace("| S1 | x | not yet | |", row)
        done = with_s1("| S1 | x | `src/a.c` | `tests/a.c` |")
        self.assertEqual(self.requirements(done, src_a=1, tests_a=1), [])
        self.assertIn("is not there", self.requirements(done, src_a=1)[0])
        self.assertIn("names no test",
                      self.requirements(with_s1("| S1 | x | `src/a.c` | |"), src_a=1)[0])
        self.assertIn("names no code",
                      self.requirements(with_s1("| S1 | x | | `tests/a.c` |"), tests_a=1)[0])

    def test_links(self):
        files = {"docs/a.md": "# One two\n[b](b.md) [x](https://example.org/x) [top](#one-two)\n",
                 "docs/b.md": "[a](a.md#one-two)\n```\n[no](link)\n```\n"}
        self.assertEqual(self.complaints(docs.check_links, files), [])
        files["docs/b.md"] = "\n[c](c.md) [a](a.md#three) [self](#none)\n"
        self.assertEqual(self.complaints(docs.check_links, files),
                         ["docs/b.md:2: c.md: is not there",
                          "docs/b.md:2: a.md#three: no such heading",
                          "docs/b.md:2: #none: no such heading"])

    def glossary(self, rows):
        text = "| word | meaning |\n| --- | --- |\n" + rows
        return self.complaints(docs.check_glossary, {"docs/GLOSSARY.md": text})

    def test_glossary(self):
        self.assertEqual(self.glossary("| a | x |\n| B | y |\n"), [])
        self.assertIn("out of order", self.glossary("| b | x |\n| a | y |\n")[0])
        self.assertIn("stands twice", self.glossary("| a | x |\n| a | y |\n")[0])
        self.assertIn("no meaning", self.glossary("| a | |\n")[0])
        self.assertIn("no words", self.glossary("")[0])

    def operations(self, page):
        return self.complaints(docs.check_operations, {
            "docs/OPERATIONS.md": page,
            "src/server/command/a.c": '{.words = "account add",',
            "src/server/config.c": 'CFG_INT("workers", 64, CFGF_NONE)',
            "src/io/io.c": 'metric_of("postroad_x_total"); log_event(l, LOG_INFO, "io.up", "");'})

    def test_operations(self):
        page = "| `postroad account add` | |\n`workers` `postroad_x_total` `io.up`\n"
        self.assertEqual(self.operations(page), [])
        for name in ("account add", "workers", "postroad_x_total", "io.up"):
            self.assertIn(f"{name} is not named", self.operations(page.replace(name, "-"))[0])
        self.assertIn("there is no postroad account eat",
                      self.operations(page + "| `postroad account eat` | |\n")[0])


if __name__ == "__main__":
    unittest.main()
