/* Where a protection domain's thread starts: its stack is there, its memory is cleared. */
    .section .text.start, "ax"
    .global _start
    .type _start, %function
_start:
    mov     x29, xzr
    mov     x30, xzr
    b       main
    .size _start, . - _start
