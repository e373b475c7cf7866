"""tools/check_layers says no when a layer, a library's wall or a cycle rule is broken."""

import os
import sys
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tools"))
from lib import layers  # noqa: E402


class Tree(unittest.TestCase):
    def complaints(self, files):
        """What check says of a tree {path: text}."""
        with tempfile.TemporaryDirectory() as src:
            for path, text in files.items():
                full = os.path.join(src, path)
                os.makedirs(os.path.dirname(full), exist_ok=True)
                with open(full, "w", encoding="utf-8") as f:
                    f.write(text)
            return [f"{name}:{line}: {why}" for name, line, why in layers.check(src)[0]]

    def one(self, files, piece):
        found = self.complaints(files)
        self.assertEqual(len(found), 1, found)
        self.assertIn(piece, found[0])

    def test_the_allowed_is_allowed(self):
        self.assertEqual(self.complaints({
            "base/str.h": "#include <stddef.h>\n",
            "store/store.h": '#include "base/str.h"\n',
            "store/rocksdb.c": '#include "store/store.h"\n#include <rocksdb/c.h>\n',
            "core/item.c": '#include "store/store.h"\n',
            "proto/http/parse.h": "",
            "proto/jmap/get.c": '#include "proto/http/parse.h"\n',
            "server/main.c": '#include "proto/jmap/get.h"\n',
            "proto/jmap/get.h": "",
        }), [])

    def test_each_layer_is_held(self):
        for own, allowed in layers.LAYERS.items():
            for other in layers.LAYERS:
                if own == other:
                    continue
                with self.subTest(own=own, other=other):
                    found = self.complaints({f"{own}/x/a.c": f'#include "{other}/y/b.h"\n',
                                             f"{other}/y/b.h": ""})
                    if other in allowed:
                        self.assertEqual(found, [])
                    else:
                        self.assertEqual(found, [f"{own}/x/a.c:1: {own} may not include {other}"])

    def test_a_layer_never_reaches_back(self):
        for own, allowed in layers.LAYERS.items():
            for other in allowed:
                self.assertNotIn(own, layers.LAYERS[other])

    def test_protocols_keep_apart(self):
        self.one({"proto/imap/a.c": '#include "proto/smtp/b.h"\n', "proto/smtp/b.h": ""},
                 "imap may not include protocol smtp")

    def test_protocols_see_no_store(self):
        for header in ("store/store.h", "store/blob.h"):
            self.one({"proto/imap/a.c": f'#include "{header}"\n', header: ""},
                     "proto may not include store")

    def test_the_line_is_told(self):
        self.one({"base/a.c": '\n\n  #  include "io/b.h"\n', "io/b.h": ""}, "base/a.c:3:")

    def test_a_library_has_its_file(self):
        self.one({"core/item.c": "#include <rocksdb/c.h>\n"}, "belongs into store/rocksdb.c")

    def test_an_unknown_library_is_told(self):
        self.one({"core/item.c": "#include <glib.h>\n"}, "no row")

    def test_includes_are_spelled_from_src_on(self):
        self.one({"core/item.c": '#include "item.h"\n', "core/item.h": ""}, "no file under src")

    def test_an_unknown_room_is_told(self):
        self.one({"misc/a.c": ""}, "misc is no layer")

    def test_cycles(self):
        self.one({"base/a.h": '#include "base/b.h"\n', "base/b.h": '#include "base/c.h"\n',
                  "base/c.h": '#include "base/a.h"\n', "base/d.h": '#include "base/a.h"\n'},
                 "include cycle: base/a.h base/b.h base/c.h")

    def test_a_file_that_includes_itself(self):
        self.one({"base/a.h": '#include "base/a.h"\n'}, "include cycle: base/a.h")


if __name__ == "__main__":
    unittest.main()
