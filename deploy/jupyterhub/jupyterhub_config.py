"""A hub for a course with virtbook: see README.md. Load it from your own jupyterhub_config.py, or copy it."""

import os
import sys
from pathlib import Path

c = get_config()  # noqa: F821, JupyterHub defines it

HERE = Path(__file__).resolve().parent
# What `virtbook grade prepare` has made for all, and the course of nbgrader.
COURSE = os.environ.get("VIRTBOOK_COURSE", "/srv/virtbook")

c.JupyterHub.bind_url = os.environ.get("VIRTBOOK_HUB_URL", "http://127.0.0.1:8000")
# A user's server starts by a script that shares the prepared part of virtbook's cache with all others.
c.Spawner.cmd = [str(HERE / "start-user.sh"), str(Path(sys.executable).parent / "jupyterhub-singleuser")]
c.Spawner.environment = {
    "VIRTBOOK_SHARED_CACHE": f"{COURSE}/cache",
    # Where nbgrader's configuration of the course is: exchange and name of the course.
    "JUPYTER_CONFIG_PATH": str(HERE),
    "VIRTBOOK_COURSE": COURSE,
    # glibc keeps 40 to 90 MB of each server that were in use once.
    "MALLOC_ARENA_MAX": "2",
}
# A kernel with a machine in it takes about 300 MB. Those that nobody has used for half an hour end.
c.Spawner.args = [
    "--MappingKernelManager.cull_idle_timeout=1800",
    "--MappingKernelManager.cull_interval=120",
    "--MappingKernelManager.cull_connected=True",
]
# A boot of Linux is not what a user should wait for when many log in at once.
c.JupyterHub.concurrent_spawn_limit = 20
c.Spawner.start_timeout = 120
