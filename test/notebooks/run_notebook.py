"""Runs a notebook with nbclient and the installed kernel, and checks the format of notebooks.

    run_notebook.py run NOTEBOOK OUT     executes NOTEBOOK in OUT's folder
    run_notebook.py validate NOTEBOOK    fails unless it is a valid notebook
"""

import os
import sys

import nbformat
from nbclient import NotebookClient


def main(command: str, path: str, out: str = "") -> None:
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    if command == "run":
        resources = {"metadata": {"path": os.path.dirname(out)}}
        NotebookClient(notebook, kernel_name="virtbook", timeout=600, resources=resources).execute()
        nbformat.validate(notebook)
        nbformat.write(notebook, out)


main(*sys.argv[1:])
