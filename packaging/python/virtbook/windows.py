"""Windows has no exec: Python stays, and must pass on what would have reached the program."""

import ctypes
import os
import subprocess
import threading
from ctypes import wintypes

INFINITE = 0xFFFFFFFF


def run(command):
    """Runs the program to its end and gives its status. It is ended when Jupyter ends."""
    # Ctrl-C reaches both by the console. The program decides what to do.
    child = subprocess.Popen(command)
    threading.Thread(target=_end_with_client, args=(child,), daemon=True).start()
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue


def _end_with_client(child):
    """Jupyter puts a handle of itself into JPY_PARENT_PID. The handle is signalled when the process has ended."""
    handle = os.environ.get("JPY_PARENT_PID", "")
    if not handle.isdigit() or int(handle) <= 1:
        return
    wait = ctypes.windll.kernel32.WaitForSingleObject
    wait.argtypes = [wintypes.HANDLE, wintypes.DWORD]
    wait.restype = wintypes.DWORD
    if wait(int(handle), INFINITE) == 0:
        child.kill()
