"""The installed kernel, driven by the Jupyter project's own test suite and clients.

    pip install jupyter_kernel_test nbclient
    virtbook install --sys-prefix
    python -m unittest discover test/python

VIRTBOOK_KERNEL names the kernelspec to test, `virtbook` unless set.
"""

import os
import unittest

import jupyter_kernel_test
import nbformat
from jupyter_client.manager import AsyncKernelManager, start_new_kernel
from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

KERNEL = os.environ.get("VIRTBOOK_KERNEL", "virtbook")


class KernelProtocol(jupyter_kernel_test.KernelTests):
    """Each attribute switches one of the suite's tests on."""

    kernel_name = KERNEL
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('test')"
    completion_samples = [{"text": "console.ass", "matches": {"assert"}}]
    complete_code_samples = ["1", "let a = 1", "function f(x: number) {\n  return x * 2;\n}"]
    incomplete_code_samples = ["let a =", "function f(x: number) {", "[1, 2", "`text"]
    invalid_code_samples = ["let 1a = 2", "a ] b"]
    code_generate_error = "throw new RangeError('too far')"
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": "'a'.repeat(3)", "result": "'aaa'"},
        {"code": "6 * 7", "result": "42"},
        {"code": "60 * 7", "result": "420"},
    ]
    code_display_data = [
        {"code": "import {display} from 'tslab'; display.html('<b>bold</b>')", "mime": "text/html"},
    ]
    supported_history_operations = ("tail", "range", "search")
    # Matches one distinct cell, which the suite has run often enough when it asks for three.
    code_history_pattern = "6 * 7"
    code_inspect_sample = "parseInt"


class IopubWelcome(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = KERNEL
    support_iopub_welcome = True


class Interrupts(unittest.TestCase):
    """One kernel for all: its start takes longer than the rest."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.manager, cls.client = start_new_kernel(kernel_name=KERNEL)
        cls.addClassCleanup(cls.manager.shutdown_kernel)
        cls.addClassCleanup(cls.client.stop_channels)

    def test_interrupt_of_a_loop(self) -> None:
        self.client.execute("1", reply=True, timeout=60)
        message = self.client.execute("console.log('on'); while (true) {}")
        while True:
            output = self.client.get_iopub_msg(timeout=60)
            if output["msg_type"] == "stream" and output["parent_header"].get("msg_id") == message:
                break
        self.manager.interrupt_kernel()
        reply = self.client.get_shell_msg(timeout=60)
        self.assertEqual(reply["content"]["ename"], "KeyboardInterrupt")

    def test_input(self) -> None:
        message = self.client.execute("await input('name? ')", allow_stdin=True)
        question = self.client.get_stdin_msg(timeout=60)
        self.assertEqual(question["content"], {"prompt": "name? ", "password": False})
        self.client.input("Ada")
        self.assertEqual(self.client.get_shell_msg(timeout=60)["content"]["status"], "ok")
        outputs = []
        while True:
            output = self.client.get_iopub_msg(timeout=60)
            if output["parent_header"].get("msg_id") != message:
                continue
            outputs.append(output)
            if output["content"].get("execution_state") == "idle":
                break
        results = [o["content"]["data"]["text/plain"] for o in outputs if o["msg_type"] == "execute_result"]
        self.assertEqual(results, ["'Ada'"])

    def test_restart_forgets_variables(self) -> None:
        self.client.execute("let kept = 1", reply=True, timeout=60)
        self.manager.restart_kernel()
        self.client.wait_for_ready(timeout=60)
        reply = self.client.execute("kept", reply=True, timeout=60)
        self.assertEqual(reply["content"]["ename"], "TypeScriptError")


class Notebooks(unittest.TestCase):
    """Notebooks that one kernel runs, which the first of them starts."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.manager = AsyncKernelManager(kernel_name=KERNEL)
        cls.addClassCleanup(run_sync(cls.manager.shutdown_kernel), now=True)

    def run_cells(self, *sources: str, **options):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
        client = NotebookClient(notebook, km=self.manager, timeout=600, **options)
        try:
            client.execute()
        finally:
            client.kc.stop_channels()
        return notebook

    def test_a_burst_of_lines_arrives_whole_and_in_order(self) -> None:
        notebook = self.run_cells("for (let i = 0; i < 50000; i++) console.log(i)")
        text = "".join(output["text"] for output in notebook.cells[0].outputs)
        self.assertEqual(text.split(), [str(i) for i in range(50000)])

    def test_displays_are_updated_in_earlier_cells(self) -> None:
        notebook = self.run_cells(
            "import {newDisplay} from 'tslab'; const shown = newDisplay(); shown.text('before')",
            "shown.text('after')",
        )
        self.assertEqual(notebook.cells[0].outputs[0]["data"]["text/plain"], "after")

    def test_errors_stop_the_notebook(self) -> None:
        with self.assertRaisesRegex(CellExecutionError, "RangeError"):
            self.run_cells("throw new RangeError('too far')", "1")

    def test_errors_can_be_kept(self) -> None:
        notebook = self.run_cells("throw new RangeError('too far')", "6 * 7", allow_errors=True)
        self.assertEqual(notebook.cells[0].outputs[0]["ename"], "RangeError")
        self.assertEqual(notebook.cells[1].outputs[0]["data"]["text/plain"], "42")

    def test_input_is_refused_at_once(self) -> None:
        notebook = self.run_cells("await input('name? ')", allow_errors=True)
        self.assertEqual(notebook.cells[0].outputs[0]["ename"], "InputRefused")


if __name__ == "__main__":
    unittest.main()
