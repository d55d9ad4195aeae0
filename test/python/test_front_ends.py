"""Programs that people run notebooks with, on a notebook whose magics need no machine.

VIRTBOOK_KERNEL names the kernelspec to test, `virtbook` unless set.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import nbformat
from jupyter_client.manager import KernelManager

KERNEL = os.environ.get("VIRTBOOK_KERNEL", "virtbook")
CELLS = [
    "%%file hello.txt\nhello from a magic",
    "%env GREETING=hello",
    "import { readFileSync } from 'fs'\nreadFileSync('hello.txt', 'utf8').trim()",
    "import { display } from 'tslab'\ndisplay.html('<b>bold</b>')\nconsole.log('printed')",
    "6 * 7",
]
# The first cell has the tag `parameters`.
PARAMETRIC = [
    "let count: number = 1; // how many\nlet text = 'default';\nlet kept = 2;",
    "console.log(JSON.stringify({ count, text, kept, nothing, list, large }, (_key, value) =>\n"
    "  typeof value === 'bigint' || value === Infinity ? String(value) : value))",
]


class FrontEnds(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
        notebook.metadata["kernelspec"] = {"name": KERNEL, "display_name": KERNEL, "language": "typescript"}
        nbformat.write(notebook, self.folder / "in.ipynb")

    def run_module(self, *arguments: str, env: dict[str, str] | None = None) -> str:
        done = subprocess.run(
            [sys.executable, "-m", *arguments], cwd=self.folder, capture_output=True, text=True, timeout=600, env=env
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def execute(self) -> nbformat.NotebookNode:
        self.run_module("jupyter", "nbconvert", "--to", "notebook", "--execute", "in.ipynb", "--output", "out.ipynb")
        return nbformat.read(self.folder / "out.ipynb", as_version=4)

    def check(self, notebook: nbformat.NotebookNode) -> None:
        nbformat.validate(notebook)
        self.assertEqual([cell["execution_count"] for cell in notebook.cells], [1, 2, 3, 4, 5])
        self.assertEqual(notebook.cells[2].outputs[0]["data"]["text/plain"], "'hello from a magic'")
        self.assertEqual(notebook.cells[4].outputs[0]["data"]["text/plain"], "42")
        kinds = [output["output_type"] for output in notebook.cells[3].outputs]
        self.assertEqual(sorted(kinds), ["display_data", "stream"])

    def test_papermill(self) -> None:
        self.run_module("papermill", "in.ipynb", "out.ipynb", "--no-progress-bar")
        self.check(nbformat.read(self.folder / "out.ipynb", as_version=4))

    def with_wheel(self) -> dict[str, str]:
        """An environment in which the Python package is installed, as its wheel installs it."""
        source = Path(__file__).parents[2] / "packaging" / "python"
        site = self.folder / "site"
        shutil.copytree(source / "virtbook", site / "virtbook")
        information = site / "virtbook-0.dist-info"
        information.mkdir()
        shutil.copy(source / "entry_points.txt", information)
        (information / "METADATA").write_text("Metadata-Version: 2.1\nName: virtbook\nVersion: 0\n")
        return {**os.environ, "PYTHONPATH": str(site)}

    def test_papermill_passes_parameters(self) -> None:
        cells = [nbformat.v4.new_code_cell(code) for code in PARAMETRIC]
        cells[0].metadata["tags"] = ["parameters"]
        notebook = nbformat.v4.new_notebook(cells=cells)
        notebook.metadata["kernelspec"] = {"name": KERNEL, "display_name": KERNEL, "language": "typescript"}
        nbformat.write(notebook, self.folder / "parameters.ipynb")
        (self.folder / "more.yaml").write_text("nothing: null\nlist: [1, true, {a: .inf}]\nlarge: 9007199254740993\n")
        environment = self.with_wheel()
        words = ["-p", "count", "3", "-p", "text", 'a "quoted" \\ line\nü', "-f", "more.yaml"]
        self.run_module("papermill", "parameters.ipynb", "out.ipynb", "--no-progress-bar", *words, env=environment)
        out = nbformat.read(self.folder / "out.ipynb", as_version=4)
        self.assertEqual(out.cells[1].metadata["tags"], ["injected-parameters"])
        expected = {"count": 3, "text": 'a "quoted" \\ line\nü', "kept": 2, "nothing": None, "list": [1, True, {"a": "Infinity"}]}
        shown = json.loads("".join(out.cells[2].outputs[0]["text"]))
        self.assertEqual(shown, {**expected, "large": "9007199254740993"})
        helped = self.run_module("papermill", "--help-notebook", "parameters.ipynb", env=environment)
        self.assertRegex(helped, r"count: number \(default 1\)\s+how many")

    def test_nbconvert_executes_and_makes_a_page_and_a_script(self) -> None:
        self.check(self.execute())
        self.run_module("jupyter", "nbconvert", "--to", "html", "out.ipynb")
        page = (self.folder / "out.html").read_text()
        self.assertIn("<b>bold</b>", page)
        self.assertIn("printed", page)
        # The exporter and the file's ending come from language_info.
        self.run_module("jupyter", "nbconvert", "--to", "script", "out.ipynb")
        self.assertIn("6 * 7", (self.folder / "out.ts").read_text())

    def test_nbconvert_colours_cells_in_their_language(self) -> None:
        sources = ["%%system a.system\n<system><!-- for --></system>", "%%file a.c\n#include <microkit.h>", "const a = 1;"]
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(each) for each in sources])
        # What a run of the kernel in the wheel leaves in a notebook.
        notebook.metadata["language_info"] = {"name": "typescript", "pygments_lexer": "virtbook"}
        nbformat.write(notebook, self.folder / "colours.ipynb")
        self.run_module("jupyter", "nbconvert", "--to", "html", "colours.ipynb", env=self.with_wheel())
        page = (self.folder / "colours.html").read_text("utf-8")
        for coloured in (
            '<span class="nt">&lt;system',
            '<span class="cm">&lt;!-- for --&gt;</span>',
            '<span class="cp">#include</span>',
            '<span class="kd">const</span>',
        ):
            self.assertIn(coloured, page)

    def test_nbval_finds_the_same_outputs_again(self) -> None:
        notebook = self.execute()
        report = self.run_module("pytest", "--nbval", "-p", "no:cacheprovider", "out.ipynb")
        self.assertIn(f"{len(CELLS)} passed", report)
        # And notices when they are not: otherwise the line above would mean nothing.
        notebook.cells[4].outputs[0]["data"]["text/plain"] = "43"
        nbformat.write(notebook, self.folder / "wrong.ipynb")
        with self.assertRaisesRegex(AssertionError, "1 failed"):
            self.run_module("pytest", "--nbval", "-p", "no:cacheprovider", "wrong.ipynb")


class Clients(unittest.TestCase):
    def talk_to(self, manager: KernelManager) -> None:
        manager.start_kernel()
        self.addCleanup(manager.shutdown_kernel, now=True)
        client = manager.client()
        client.start_channels()
        self.addCleanup(client.stop_channels)
        client.wait_for_ready(timeout=60)
        self.assertEqual(client.execute("%env A=1", reply=True, timeout=60)["content"]["status"], "ok")
        deadline = time.monotonic() + 60
        while not client.hb_channel.is_beating() and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertTrue(client.hb_channel.is_beating())

    def test_encryption(self) -> None:
        manager = KernelManager(kernel_name=KERNEL, transport_encryption="required")
        self.talk_to(manager)
        self.assertIn("curve_publickey", Path(manager.connection_file).read_text())

    @unittest.skipIf(sys.platform == "win32", "Windows has no such sockets")
    def test_ipc(self) -> None:
        self.talk_to(KernelManager(kernel_name=KERNEL, transport="ipc"))


if __name__ == "__main__":
    unittest.main()
