"""The graded part 4 as a course goes: released by its teacher, handed in by three students, graded by nbgrader."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import nbformat
from nbgrader.api import Gradebook

ROOT = Path(__file__).resolve().parents[2]
COURSE = ROOT / "notebooks" / "part4" / "graded"
STUB = "// YOUR CODE HERE"


class Grading(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.course = Path(folder.name) / "course"
        shutil.copytree(COURSE, self.course)

        # As in an activated environment: nbgrader calls alembic by its name, and so do we.
        scripts = str(Path(sys.executable).parent)
        path = mock.patch.dict(os.environ, PATH=os.pathsep.join([scripts, os.environ["PATH"]]))
        path.start()
        self.addCleanup(path.stop)

    def nbgrader(self, *arguments: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *arguments], cwd=self.course, capture_output=True, text=True, timeout=900
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def hand_in(self, student: str, solutions: dict[str, str]) -> None:
        """Hands in what was released, with these in place of cells."""
        notebook = nbformat.read(self.course / "release" / "part4" / "part4.ipynb", as_version=4)
        for cell in notebook.cells:
            cell.source = solutions.get(cell.metadata.get("nbgrader", {}).get("grade_id", ""), cell.source)
        folder = self.course / "submitted" / student / "part4"
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / "part4.ipynb")

    def virtbook_grade(self, *students: str) -> dict[str, dict[str, float]]:
        """The same marks, by a kernel without Python."""
        done = subprocess.run(
            ["node", ROOT / "bin" / "virtbook.js", "grade", "--json", "--source", "source/part4/part4.ipynb"]
            + [f"submitted/{student}/part4/part4.ipynb" for student in students],
            cwd=self.course, capture_output=True, text=True, timeout=900,
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        graded = json.loads(done.stdout)["notebooks"]
        self.assertEqual([notebook["restored"] for notebook in graded], [[] for _ in students])
        return {
            student: {cell["id"]: cell["points"] for cell in notebook["cells"]} for student, notebook in zip(students, graded, strict=True)
        }

    def test_full_partial_and_no_marks(self) -> None:
        source = nbformat.read(self.course / "source" / "part4" / "part4.ipynb", as_version=4)
        answers = {
            cell.metadata["nbgrader"]["grade_id"]: cell.source
            for cell in source.cells
            if cell.metadata.get("nbgrader", {}).get("solution")
        }
        self.nbgrader("generate_assignment", "part4")
        released = (self.course / "release" / "part4" / "part4.ipynb").read_text()
        self.assertEqual(released.count(STUB), len(answers))
        self.assertNotIn("guest_ram_vaddr\\\"", released)
        self.assertNotIn("received[i]", released)

        self.hand_in("full", answers)
        # The letters in the wrong order: the word is another one, and some guesses look right all the same.
        backwards = answers["server"].replace("word[i] = received[i]", "word[i] = received[WORD_LENGTH - 1 - i]")
        self.assertNotEqual(backwards, answers["server"])
        self.hand_in("partial", {**answers, "server": backwards})
        self.hand_in("nothing", {})
        self.nbgrader("autograde", "part4", "--create")
        with Gradebook(f"sqlite:///{self.course / 'gradebook.db'}") as book:
            marks = {
                student: {grade.name: grade.auto_score for grade in book.find_submission_notebook("part4", "part4", student).grades}
                for student in ("full", "partial", "nothing")
            }
        self.assertEqual(
            marks,
            {
                "full": {"boots": 2, "reaches": 3, "plays": 4},
                "partial": {"boots": 2, "reaches": 3, "plays": 2},
                "nothing": {"boots": 0, "reaches": 0, "plays": 0},
            },
        )
        self.assertEqual(self.virtbook_grade("full", "partial", "nothing"), marks)
        self.nbgrader("generate_feedback", "part4")
        feedback = (self.course / "feedback" / "nothing" / "part4" / "part4.html").read_text()
        # What the student sees of a description that was not completed.
        self.assertRegex(feedback, r"system:\d+:\d+")


if __name__ == "__main__":
    unittest.main()
