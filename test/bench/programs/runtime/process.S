// Where a process begins: its arguments are on the stack.

    .text
    .global _start
_start:
    mov     x0, sp
    bl      run
