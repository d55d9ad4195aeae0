"""A course for nbgrader: copy this folder, and run nbgrader in the copy."""

c = get_config()  # noqa: F821, nbgrader defines it

c.CourseDirectory.course_id = "virtbook"
# What a student finds in place of a solution. One text serves every kind of cell: a comment in TypeScript and C, and in a
# system description something that %%system refuses until it has been replaced.
c.ClearSolutions.code_stub = {"typescript": "// YOUR CODE HERE"}
# Seconds for one cell. A build with everything to compile and a boot of Linux take a few; a busy grader takes its time.
c.Execute.timeout = 120
