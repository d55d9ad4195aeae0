"""nbgrader's part of a hub with virtbook: where assignments and hand-ins are exchanged, and the name of the course."""

import os

c = get_config()  # noqa: F821, nbgrader defines it

COURSE = os.environ.get("VIRTBOOK_COURSE", "/srv/virtbook")

c.CourseDirectory.course_id = "virtbook"
# Everybody may enter this folder and write in it (mode 1777): nbgrader gives what is in it the rights that it needs.
c.Exchange.root = f"{COURSE}/exchange"
c.ClearSolutions.code_stub = {"typescript": "// YOUR CODE HERE"}
c.Execute.timeout = 120
