/* The kernel's first instructions: the loader comes here at EL2 with the MMU on and its eight arguments in x0..x7. */
    .section .text.start, "ax"
    .global _start
    .type _start, %function
_start:
    msr     spsel, #1
    msr     daifset, #15
    adrp    x9, kernel_stack_top
    add     sp, x9, :lo12:kernel_stack_top
    adrp    x9, _bss
    add     x9, x9, :lo12:_bss
    adrp    x10, _bss_end_cleared
    add     x10, x10, :lo12:_bss_end_cleared
1:  cmp     x9, x10
    b.hs    2f
    str     xzr, [x9], #8
    b       1b
2:  adrp    x9, vectors
    add     x9, x9, :lo12:vectors
    msr     vbar_el2, x9
    isb
    b       kernel_main
    .size _start, . - _start

/* The page below the stack is not mapped: an overflow ends in the data abort vector. */
    .section .stack, "aw", %nobits
    .balign 4096
    .global kernel_stack_guard
kernel_stack_guard:
    .skip 4096
    .skip 16384
    .global kernel_stack_top
kernel_stack_top:
    .skip 4096
panic_stack_top:
    .global panic_stack_top
