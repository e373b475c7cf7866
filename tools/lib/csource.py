"""Reads C well enough to measure it: tokens, comments, functions, declarations at file scope."""

import re
from dataclasses import dataclass, field

TOKEN = re.compile(
    r"""(?P<blank>[ \t\r\f\v]+|\\\n)
      | (?P<newline>\n)
      | (?P<comment>/\*.*?\*/|//[^\n]*)
      | (?P<string>(?:u8|u|U|L)?"(?:[^"\\\n]|\\.)*")
      | (?P<char>(?:u8|u|U|L)?'(?:[^'\\\n]|\\.)*')
      | (?P<word>[A-Za-z_]\w*)
      | (?P<number>\.?\d(?:[\w.]|[eEpP][+-])*)
      | (?P<mark>&&|\|\||\.\.\.|<<=|>>=|->|\+\+|--|[-+*/%&|^=!<>]=|<<|>>|.)""",
    re.X | re.S,
)
CONTROL = {"if", "for", "while", "switch"}
BRANCHES = {"if", "for", "while", "case", "&&", "||", "?"}
OPENING = {"(": ")", "[": "]", "{": "}"}
NOT_NAMES = {"__attribute__", "_Alignas", "_Alignof", "typeof", "__typeof__", "_Static_assert"}


@dataclass
class Token:
    text: str
    line: int
    kind: str


@dataclass
class Function:
    name: str
    line: int
    last_line: int
    params: int
    complexity: int
    nesting: int
    tokens: list = field(repr=False, default_factory=list)

    @property
    def lines(self):
        return self.last_line - self.line + 1


@dataclass
class Declaration:
    """Something at file scope; kind: prototype, variable, inline (a body), other."""

    kind: str
    name: str
    line: int
    const: bool = False
    static: bool = False


@dataclass
class Source:
    text: str
    tokens: list
    comment_lines: set  # lines on which a comment stands
    functions: list
    declarations: list
    local_statics: list


def tokenize(text):
    """Tokens without blanks; a preprocessor line becomes one token of kind 'directive'."""
    tokens, comments = [], set()
    line, at, line_is_blank = 1, 0, True
    while at < len(text):
        if line_is_blank and (m := re.compile(r"[ \t]*#").match(text, at)):
            end = at
            while True:  # to the end of the line that does not go on; comments may span lines
                end = text.find("\n", end)
                end = len(text) if end < 0 else end
                if text[end - 1] != "\\" or end == len(text):
                    break
                end += 1
            directive = text[at:end]
            opened = directive.rfind("/*")
            if opened > directive.rfind("*/"):
                end = text.find("*/", end) + 2
                directive = text[at:end]
            tokens.append(Token(directive, line, "directive"))
            line += directive.count("\n")
            at = end
            continue
        m = TOKEN.match(text, at)
        kind, body = m.lastgroup, m.group()
        if kind == "comment":
            comments.update(range(line, line + body.count("\n") + 1))
        elif kind not in ("blank", "newline"):
            tokens.append(Token(body, line, kind))
        if kind == "newline":
            line_is_blank = True
        elif kind not in ("blank", "comment"):
            line_is_blank = False
        line += body.count("\n")
        at = m.end()
    return tokens, comments


def closing(tokens, at):
    """Index of what closes the bracket at tokens[at]."""
    depth = 0
    for i in range(at, len(tokens)):
        if tokens[i].text in OPENING:
            depth += 1
        elif tokens[i].text in (")", "]", "}"):
            depth -= 1
            if depth == 0:
                return i
    return len(tokens) - 1


class Body:
    """Walks the statements of a function for its deepest nesting."""

    def __init__(self, tokens):
        self.tokens, self.deepest, self.loops = tokens, 0, 0

    def text(self, at):
        return self.tokens[at].text if at < len(self.tokens) else ""

    def is_loop_macro(self, at):
        return (self.text(at).endswith("_EACH") and self.text(at + 1) == "("
                and self.text(closing(self.tokens, at + 1) + 1) not in (";", ",", ")"))

    def statement(self, at, depth):
        """Takes one statement from at; returns the index behind it."""
        self.deepest = max(self.deepest, depth)
        word = self.text(at)
        if word == "{":
            return self.block(at, depth)
        if word == "if":
            return self.if_chain(at, depth)
        if word == "do":
            at = self.statement(at + 1, depth + 1)
            return self.to_semicolon(at, depth)
        if word in CONTROL or self.is_loop_macro(at):
            self.loops += word not in CONTROL
            return self.statement(closing(self.tokens, at + 1) + 1, depth + 1)
        if word in ("case", "default") or (self.text(at + 1) == ":" and word.isidentifier()):
            return self.label(at, depth)
        return self.to_semicolon(at, depth)

    def if_chain(self, at, depth):
        at = self.statement(closing(self.tokens, at + 1) + 1, depth + 1)
        while self.text(at) == "else":
            if self.text(at + 1) != "if":
                return self.statement(at + 1, depth + 1)
            at = self.statement(closing(self.tokens, at + 2) + 1, depth + 1)
        return at

    def label(self, at, depth):
        while at < len(self.tokens) and self.text(at) != ":":
            at = closing(self.tokens, at) + 1 if self.text(at) in OPENING else at + 1
        at += 1
        return at if self.text(at) == "}" else self.statement(at, depth)

    def block(self, at, depth):
        end = closing(self.tokens, at)
        at += 1
        while at < end:
            at = max(self.statement(at, depth), at + 1)
        return end + 1

    def to_semicolon(self, at, depth):
        while at < len(self.tokens) and self.text(at) not in (";", "}"):
            at = closing(self.tokens, at) + 1 if self.text(at) in OPENING else at + 1
        return at + 1 if self.text(at) == ";" else at


def count_params(tokens):
    """How many parameters the list between its brackets has; "..." is not one."""
    inner = tokens[1:-1]
    if not inner or [t.text for t in inner] == ["void"]:
        return 0
    count, depth = 1, 0
    for t in inner:
        if t.text in OPENING:
            depth += 1
        elif t.text in (")", "]", "}"):
            depth -= 1
        elif t.text == "," and depth == 0:
            count += 1
    return count - (inner[-1].text == "...")


def without_attributes(tokens):
    """The declaration without __attribute__((...)) and without AUTO(...), MUST_USE and such."""
    kept, i = [], 0
    while i < len(tokens):
        if tokens[i].text in NOT_NAMES or tokens[i].text == "AUTO":
            follows = i + 1 < len(tokens) and tokens[i + 1].text == "("
            i = closing(tokens, i + 1) + 1 if follows else i + 1
        else:
            kept.append(tokens[i])
            i += 1
    return kept


def without_bodies(tokens):
    """The declaration without bodies of struct, union and enum, and without its initializer."""
    kept, i = [], 0
    while i < len(tokens) and tokens[i].text != "=":
        if tokens[i].text == "{":
            i = closing(tokens, i) + 1
        elif tokens[i].text == "_Atomic" and i + 1 < len(tokens) and tokens[i + 1].text == "(":
            tokens = tokens[:i] + tokens[i + 2:closing(tokens, i + 1)] \
                + tokens[closing(tokens, i + 1) + 1:]
        else:
            kept.append(tokens[i])
            i += 1
    return kept


def name_and_params(tokens):
    """(index of the name, index of its "(") of a function declarator, or None."""
    for i in range(1, len(tokens)):
        if tokens[i].text in ("=", "["):
            return None
        if tokens[i].text == "(":
            if i + 1 < len(tokens) and tokens[i + 1].text == "*":
                return None  # a pointer to a function
            return (i - 1, i) if tokens[i - 1].kind == "word" else None
    return None


def is_const(tokens):
    """Whether the declared object itself cannot change: const behind the last "*" of what stands
    before its "=" or "[" or name."""
    head = []
    for t in tokens:
        if t.text in ("=", "["):
            break
        head.append(t.text)
    stars = [i for i, text in enumerate(head) if text == "*"]
    return "const" in head[stars[-1]:] if stars else "const" in head


def variable_name(tokens):
    head = []
    for t in tokens:
        if t.text in ("=", "[", ";", ","):
            break
        head.append(t)
    if any(t.text == "(" for t in head):
        words = [t for t in head if t.kind == "word" and t.text != "const"]
        opened = [i for i, t in enumerate(head) if t.text == "("][0]
        words = [t for t in head[opened:] if t.kind == "word" and t.text != "const"]
    else:
        words = [t for t in head if t.kind == "word"]
    return words[0 if any(t.text == "(" for t in head) else -1].text if words else "?"


def classify(tokens):
    """The Declaration that ends with this ";"."""
    plain = without_bodies(without_attributes(tokens))
    first = tokens[0]
    if not plain or first.text in ("typedef", "_Static_assert"):
        return Declaration("other", "", first.line)
    static = "static" in [t.text for t in plain]
    found = name_and_params(plain)
    if found:
        return Declaration("prototype", plain[found[0]].text, plain[found[0]].line, static=static)
    words = [t.text for t in plain if t.text not in ("const", "static", "extern")]
    if words and words[0] in ("struct", "union", "enum") and len(words) <= 2:
        return Declaration("other", "", first.line)
    if len(words) < 2:
        return Declaration("other", "", first.line)
    return Declaration("variable", variable_name(plain), first.line, is_const(plain), static)


def local_statics_of(function):
    """Static variables inside a function, as Declarations."""
    found, tokens = [], function.tokens
    for i, t in enumerate(tokens):
        if t.text == "static" and tokens[i - 1].text in (";", "{", "}", ":", ")"):
            end = i
            while end < len(tokens) and tokens[end].text != ";":
                end = closing(tokens, end) + 1 if tokens[end].text in OPENING else end + 1
            declared = classify(tokens[i:end])
            if declared.kind == "variable":
                found.append(declared)
    return found


def measure(name, params, body):
    walk = Body(body)
    walk.block(0, 0)
    branches = sum(t.text in BRANCHES for t in body)
    return Function(name.text, name.line, body[-1].line, count_params(params),
                    1 + branches + walk.loops, walk.deepest, body)


def is_bare_macro(tokens, at):
    """NAME(...) at file scope that stands for a declaration of its own, with or without ";"."""
    return (re.fullmatch(r"[A-Z][A-Z0-9_]*", tokens[at].text) and at + 1 < len(tokens)
            and tokens[at + 1].text == "(")


def parse(text):
    tokens, comments = tokenize(text)
    code = [t for t in tokens if t.kind != "directive"]
    source = Source(text, tokens, comments, [], [], [])
    at = start = 0
    while at < len(code):
        text_at = code[at].text
        if at == start and text_at == ";":
            at = start = at + 1
        elif at == start and is_bare_macro(code, at):
            at = start = closing(code, at + 1) + 1
        elif text_at == ";":
            source.declarations.append(classify(code[start:at]))
            at = start = at + 1
        elif text_at == "{":
            at, start = open_brace(source, code, start, at)
        elif text_at in OPENING:
            at = closing(code, at) + 1
        else:
            at += 1
    for f in source.functions:
        source.local_statics += local_statics_of(f)
    return source


def open_brace(source, code, start, at):
    """A "{" at file scope: a function body, a type, an initializer, or extern "C"."""
    end = closing(code, at)
    head = code[start:at]
    if head and head[0].text == "extern" and len(head) == 2 and head[1].kind == "string":
        return at + 1, at + 1
    plain = without_attributes(head)
    found = name_and_params(plain)
    if found and plain[-1].text in (")", "MUST_USE"):
        name, opened = plain[found[0]], found[1]
        params = plain[opened:closing(plain, opened) + 1]
        source.functions.append(measure(name, params, code[at:end + 1]))
        source.declarations.append(Declaration("inline", name.text, name.line,
                                               static="static" in [t.text for t in head]))
        return end + 1, end + 1
    return end + 1, start
