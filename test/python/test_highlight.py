"""The lexer that the Python package brings: every cell of the chapters, and corners of magics."""

import json
import unittest
from pathlib import Path

from pygments.token import Comment, Error, Name, String

ROOT = Path(__file__).resolve().parents[2]
import sys  # noqa: E402

sys.path.insert(0, str(ROOT / "packaging" / "python" / "virtbook"))
from highlight import VirtbookLexer  # noqa: E402


def tokens(text):
    return list(VirtbookLexer(ensurenl=False, stripnl=False).get_tokens(text))


def kinds_of(text, value):
    return {kind for kind, each in tokens(text) if each == value}


class Highlight(unittest.TestCase):
    def test_cells_of_the_chapters(self):
        notebooks = sorted(ROOT.glob("notebooks/part*/part*.ipynb"))
        self.assertGreater(len(notebooks), 0)
        for path in notebooks:
            for cell in json.loads(path.read_text("utf-8"))["cells"]:
                source = "".join(cell["source"])
                if cell["cell_type"] != "code":
                    continue
                with self.subTest(notebook=path.name, cell=cell["id"]):
                    found = tokens(source)
                    self.assertEqual("".join(value for _, value in found), source)
                    self.assertEqual([value for kind, value in found if kind is Error], [])

    def test_bodies_have_their_own_language(self):
        self.assertEqual(kinds_of("%%system a.system\n<system><!-- for with --></system>", "<system"), {Name.Tag})
        self.assertIn(Comment.Multiline, kinds_of("%%file a.c\n/* for */\nint x;", "/* for */"))
        self.assertEqual(kinds_of("%%file notes.txt\n<system>", "<system"), set())

    def test_lines_of_magics(self):
        cell = '# note\n%run a --until "x y"\nconst a = 1;'
        self.assertEqual(kinds_of(cell, "run"), {Name.Function})
        self.assertEqual(kinds_of(cell, "--until"), {Name.Attribute})
        self.assertEqual(kinds_of(cell, '"x y"'), {String})
        self.assertEqual(kinds_of(cell, "# note\n"), {Comment})


if __name__ == "__main__":
    unittest.main()
