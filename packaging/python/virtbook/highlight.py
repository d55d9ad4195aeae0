"""Colours for the cells of virtbook, by Pygments: nbconvert, Sphinx and jupytext's readers find the lexer by its entry point."""

import re

from pygments.lexer import Lexer
from pygments.lexers import BashLexer, CLexer, JsonLexer, MakefileLexer, TypeScriptLexer, XmlLexer
from pygments.token import Comment, Name, Operator, String, Text, Whitespace

MAGIC = re.compile(r"(%%?)([A-Za-z][\w-]*)(?=\s|$)")
WORD = re.compile(r"""(?P<space>\s+)|(?P<quoted>"[^"]*"|'[^']*')|(?P<option>--?[A-Za-z][\w-]*)|(?P<word>\S[^\s"']*)""")
# Of files that cells write or change.
LEXER_OF_FILE = [
    (re.compile(r"\.[ch]$"), CLexer),
    (re.compile(r"\.(system|xml|html)$"), XmlLexer),
    (re.compile(r"\.[jt]s$"), TypeScriptLexer),
    (re.compile(r"\.(json|ipynb)$"), JsonLexer),
    (re.compile(r"(\.mk|^(.*/)?Makefile)$"), MakefileLexer),
    (re.compile(r"\.sh$"), BashLexer),
]


def lexer_of_body(name, rest):
    """The lexer of the lines under a ``%%`` magic; None where they have no language that is known."""
    if name == "system":
        return XmlLexer(ensurenl=False, stripnl=False)
    words = rest.split()
    for pattern, lexer in LEXER_OF_FILE:
        if words and pattern.search(words[0]):
            return lexer(ensurenl=False, stripnl=False)
    return None


class VirtbookLexer(Lexer):
    """Cells of virtbook: magics, what is under a ``%%`` magic in its own language, and TypeScript."""

    name = "virtbook"
    aliases = ["virtbook"]
    url = "https://jupyter.org"

    def get_tokens_unprocessed(self, text):
        at = 0
        code = []
        lines = text.splitlines(keepends=True)
        begun = False
        for number, line in enumerate(lines):
            magic = MAGIC.match(line)
            if magic is None and (begun or line.strip() and not re.match(r"\s*(#|//)", line)):
                begun = True
            if magic is None:
                code.append((at, line))
                at += len(line)
                continue
            yield from self._code(code)
            code = []
            yield from self._magic(at, line)
            at += len(line)
            if magic.group(1) == "%%" and not begun:
                yield from self._body(magic.group(2), line[magic.end() :], at, "".join(lines[number + 1 :]))
                return
            begun = True
        yield from self._code(code)

    def _magic(self, at, line):
        magic = MAGIC.match(line)
        yield at, Operator, magic.group(1)
        yield at + magic.start(2), Name.Function, magic.group(2)
        for match in WORD.finditer(line, magic.end()):
            kind = {"space": Whitespace, "quoted": String, "option": Name.Attribute, "word": Text}[match.lastgroup]
            yield at + match.start(), kind, match.group()

    def _body(self, name, rest, at, body):
        lexer = lexer_of_body(name, rest)
        if lexer is None:
            yield at, Text, body
            return
        for index, kind, value in lexer.get_tokens_unprocessed(body):
            yield at + index, kind, value

    def _code(self, lines):
        """TypeScript; lines that begin with ``#`` are comments of the magics beside them."""
        pending = []
        for at, line in lines:
            if re.match(r"\s*#", line):
                yield from self._typescript(pending)
                pending = []
                yield at, Comment, line
            else:
                pending.append((at, line))
        yield from self._typescript(pending)

    def _typescript(self, lines):
        if not lines:
            return
        start = lines[0][0]
        lexer = TypeScriptLexer(ensurenl=False, stripnl=False)
        for index, kind, value in lexer.get_tokens_unprocessed("".join(line for _, line in lines)):
            yield start + index, kind, value
