"""The house's chapters in Jupyter: nbconvert executes each, nbval compares it with another run, and a third has the same bytes."""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import nbformat

KERNEL = os.environ.get("VIRTBOOK_KERNEL", "virtbook")
CHAPTERS = Path(__file__).parents[2] / "notebooks"


class Chapters(unittest.TestCase):
    def run_module(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", *arguments], cwd=self.folder, capture_output=True, text=True, timeout=900
        )
        self.assertEqual(done.returncode, 0, done.stdout[-4000:] + done.stderr[-4000:])
        return done.stdout + done.stderr

    def executed(self, source: str, name: str) -> nbformat.NotebookNode:
        self.run_module(
            "jupyter", "nbconvert", "--to", "notebook", "--execute", source, "--output", name, "--ExecutePreprocessor.timeout=600"
        )
        return nbformat.read(self.folder / name, as_version=4)

    def is_the_same_again(self, chapter: str) -> None:
        # A reader's folder: the notebook alone.
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        notebook = nbformat.read(CHAPTERS / chapter / f"{chapter}.ipynb", as_version=4)
        notebook.metadata["kernelspec"] = {"name": KERNEL, "display_name": KERNEL, "language": "typescript"}
        nbformat.write(notebook, self.folder / f"{chapter}.ipynb")
        first = self.executed(f"{chapter}.ipynb", "first.ipynb")
        cells = [cell for cell in first.cells if cell.cell_type == "code"]
        report = self.run_module(
            "pytest", "--nbval", "--nbval-cell-timeout=600", "-p", "no:cacheprovider", "first.ipynb"
        )
        self.assertIn(f"{len(cells)} passed", report)
        second = self.executed(f"{chapter}.ipynb", "second.ipynb")
        for one, other in zip(cells, (cell for cell in second.cells if cell.cell_type == "code"), strict=True):
            self.assertEqual(merged(one), merged(other), one.source)

    def test_part1(self) -> None:
        self.is_the_same_again("part1")

    def test_part2(self) -> None:
        self.is_the_same_again("part2")

    def test_part3(self) -> None:
        self.is_the_same_again("part3")

    def test_part4(self) -> None:
        self.is_the_same_again("part4")

    def test_part5(self) -> None:
        self.is_the_same_again("part5")


def merged(cell: nbformat.NotebookNode) -> list[dict[str, object]]:
    """A cell's outputs. Text comes in as many pieces as the front end's pace makes of it: pieces in a row are one."""
    outputs: list[dict[str, object]] = []
    for output in cell.outputs:
        last = outputs[-1] if outputs else {}
        if output.output_type == "stream" and last.get("name") == output.name:
            last["text"] = str(last["text"]) + output.text
        else:
            outputs.append(dict(output))
    return outputs
