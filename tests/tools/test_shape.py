"""tools/check_shape measures what it says, and says no when a ceiling is passed."""

import os
import sys
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tools"))
from lib import csource, shape  # noqa: E402


def function(text):
    return csource.parse(text).functions[0]


class Measures(unittest.TestCase):
    def test_complexity_and_nesting(self):
        rows = [
            ("void f(void) {}", 1, 0),
            ("void f(void) { if (a) b(); }", 2, 1),
            ("void f(void) { if (a && b || c) d(); else e(); }", 4, 1),
            ("void f(void) { if (a) b(); else if (c) d(); else if (e) f(); else g(); }", 4, 1),
            ("void f(void) { for (;;) while (x) if (y) z(); }", 4, 3),
            ("void f(void) { do { if (a) b(); } while (c); d(); }", 3, 2),
            ("void f(void) { switch (a) { case 1: b(); break; case 2: default: c(); } }", 3, 1),
            ("void f(void) { switch (a) { case X: if (b) { c(); } break; } }", 3, 2),
            ("int f(void) { return a ? b : c; }", 2, 0),
            ("void f(void) { struct s x = {.a = {1, 2}, .b = g((struct t){3})}; }", 1, 0),
            ("void f(void) { { { a(); } } }", 1, 0),
            ("void f(void) { ROPE_EACH(r, p) if (p) a(); }", 3, 2),
            ("void f(void) { ROPE_EACH(r, p); }", 1, 0),
            ('void f(void) { a("if (x) { for"); b(\'{\'); /* if ( */ // while (\n }', 1, 0),
            ("void f(void) {\n#if X\n if (a)\n#endif\n b(); }", 2, 1),
            ("void f(void) { x = a == 1 ? 2 : b && c; }", 3, 0),
        ]
        for text, complexity, nesting in rows:
            with self.subTest(text=text):
                f = function(text)
                self.assertEqual((f.complexity, f.nesting), (complexity, nesting))

    def test_lines_and_parameters(self):
        f = function("\nstatic int\nf(struct str (*g)(int, int), char a[], ...)\n{\n\n x();\n}\n")
        self.assertEqual((f.name, f.line, f.lines, f.params), ("f", 3, 5, 2))
        self.assertEqual(function("void f(void) {}").params, 0)
        self.assertEqual(function("void f() {}").params, 0)

    def test_what_stands_at_file_scope(self):
        rows = [
            ("int f(void);", "prototype", "f", False),
            ("MUST_USE enum code f(struct a *b) __attribute__((x(1)));", "prototype", "f", False),
            ("struct s { int a; };", "other", "", False),
            ("struct s;", "other", "", False),
            ("enum { A = 1, B };", "other", "", False),
            ("typedef int f(void);", "other", "", False),
            ("_Static_assert(sizeof(int) == 4, \"x\");", "other", "", False),
            ("static int a;", "variable", "a", False),
            ("static const int a = 1;", "variable", "a", True),
            ("static const char *a;", "variable", "a", False),
            ("static const char *const a[] = {0};", "variable", "a", True),
            ("static char *const a = b;", "variable", "a", True),
            ("extern int a;", "variable", "a", False),
            ("static const struct s { int x; } rows[] = {{1}, {2}};", "variable", "rows", True),
            ("static struct s { const int x; } rows[] = {{1}};", "variable", "rows", False),
            ("struct s *head;", "variable", "head", False),
            ("struct s { _Atomic(int) a; int (*f)(void); };", "other", "", False),
            ("static _Atomic(struct s *) head;", "variable", "head", False),
            ("static const struct s a = {f(1)};", "variable", "a", True),
            ("static void (*hook)(const void *);", "variable", "hook", False),
            ("static _Thread_local int depth;", "variable", "depth", False),
            ("static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;", "variable", "lock", False),
        ]
        for text, kind, name, const in rows:
            with self.subTest(text=text):
                d = csource.parse("AUTO_OF(struct a *, b)\n" + text).declarations[-1]
                self.assertEqual((d.kind, d.name, d.const), (kind, name, const))

    def test_functions_are_found_among_the_rest(self):
        text = """#include "x.h"
            #define LOOP(x) for (;;) { \\
                x }
            AUTO_OF(struct a *, b)
            static const struct row rows[] = {{"if", f}, {"}", g}};
            enum e { A, B };
            static int f(void) { return 1; }
            extern "C" { int g(void) { return 2; } }
            static inline __attribute__((noreturn)) void h(int a) { for (;;); }
            struct s k(void) { return (struct s){0}; }
            """
        self.assertEqual([f.name for f in csource.parse(text).functions], ["f", "g", "h", "k"])

    def test_static_variables_in_functions(self):
        text = "void f(void) { static int a; static const int b = 1; static char c[9]; int d; }"
        self.assertEqual([(d.name, d.const) for d in csource.parse(text).local_statics],
                         [("a", False), ("b", True), ("c", False)])


class Tree(unittest.TestCase):
    def rules(self, files):
        with tempfile.TemporaryDirectory() as top:
            for path, text in files.items():
                full = os.path.join(top, path)
                os.makedirs(os.path.dirname(full), exist_ok=True)
                with open(full, "w", encoding="utf-8") as f:
                    f.write(text)
            return sorted((rule, name, line) for rule, name, line, _, _ in shape.check(top)[0])

    def test_each_ceiling_stops(self):
        body = "".join(f"    a{i}();\n" for i in range(79))
        deep = "if (a) " * 5 + "b();"
        rows = [
            ("function-lines", "src/a.c", 1, "void f(void) {\n" + body + "}\n"),
            ("complexity", "src/a.c", 1, "void f(void) { " + "if (a) b();\n" * 20 + "}\n"),
            ("parameters", "src/a.c", 1, "void f(A a, A b, A c, A d, A e, A f, A g) {}\n"),
            ("nesting", "src/a.c", 1, "void f(void) { " + deep + " }\n"),
            ("c-lines", "src/a.c", 1, "\n" * 801),
            ("h-lines", "src/a.h", 1, "\n" * 151),
            ("columns", "src/a.c", 1, "/*" + "x" * 97 + "*/\n"),
            ("goto", "src/a.c", 2, "void f(void) {\ngoto end; end:; }\n"),
            ("banned", "src/a.c", 1, "void f(void) { alloca(3); }\n"),
            ("mutable-global", "src/a.c", 2, "\nstatic int a;\n"),
            ("mutable-global", "src/a.c", 1, "void f(void) { static int a; }\n"),
            ("undocumented", "src/a.h", 3, "/* about what follows */\n\nint f(void);\n"),
            ("include-cycle", "src/a.h", 1, '#include "a.h"\n'),
            ("tab", "src/a.c", 1, "\tint;\n"),
            ("trailing-blank", "src/a.c", 1, "int; \n"),
            ("mark", "src/a.c", 1, "/* TODO: think */\n"),
            ("mark", "docs/a.md", 1, "FIXME\n"),
        ]
        for rule, path, line, text in rows:
            with self.subTest(rule=rule, text=text[:40]):
                self.assertEqual(self.rules({path: text}), [(rule, path, line)])

    def test_just_below_each_ceiling_passes(self):
        body = "".join(f"    a{i}();\n" for i in range(78))
        rows = [
            ("src/a.c", "void f(void) {\n" + body + "}\n"),
            ("src/a.c", "void f(void) { " + "if (a) b();\n" * 19 + "}\n"),
            ("src/a.c", "void f(int a, int b, int c, int d, int e, int f, ...)\n{}\n"),
            ("src/a.c", "void f(void) { " + "if (a) " * 4 + "b(); }\n"),
            ("src/a.c", "\n" * 800),
            ("src/a.h", "\n" * 150),
            ("src/a.c", "/*" + "x" * 96 + "*/\n"),
            ("src/a.c", "static const int a = 1;\nvoid f(void) { static const int b = 1; }\n"),
            ("src/a.h", "/* What both do. */\nint f(void);\nint g(void);\n"),
            ("src/a.c", "void f(void) { x->signal(1); }\n"),
        ]
        for path, text in rows:
            with self.subTest(text=text[:40]):
                self.assertEqual(self.rules({path: text}), [])

    def test_the_poisoned_list_is_read(self):
        files = {"src/base/banned.h": "#pragma GCC poison strfry memfrob\n",
                 "src/a.c": "void f(void) { memfrob(a, 1); }\n"}
        self.assertEqual(self.rules(files), [("banned", "src/a.c", 1)])

    def test_a_directory_holds_thirty(self):
        self.assertEqual(self.rules({f"src/a/{i}.c": "" for i in range(30)}), [])
        self.assertEqual(self.rules({f"src/a/{i}.c": "" for i in range(31)}),
                         [("files", "src/a", 1)])

    def test_exceptions(self):
        files = {"src/a.c": "static int a;\nstatic int b;\n",
                 "tools/shape.allow": "mutable-global src/a.c:a  for a reason\n"}
        self.assertEqual(self.rules(files), [("mutable-global", "src/a.c", 2)])
        files["tools/shape.allow"] = "mutable-global src/a.c  for a reason\n"
        self.assertEqual(self.rules(files), [])
        files["tools/shape.allow"] += "goto src/a.c  no longer needed\n"
        self.assertEqual(self.rules(files), [("allow", "tools/shape.allow", 2)])
        files["tools/shape.allow"] = "mutable-global src/a.c\n"
        self.assertIn(("allow", "tools/shape.allow", 1), self.rules(files))


if __name__ == "__main__":
    unittest.main()
