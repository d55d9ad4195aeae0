/* Bare metal at EL1 on QEMU's virt board: a stack, a vector for svc, and main(). */
    .section .text.start, "ax"
    .global _start
_start:
    adrp x0, stack_top
    add x0, x0, :lo12:stack_top
    mov sp, x0
    adrp x0, vectors
    add x0, x0, :lo12:vectors
    msr vbar_el1, x0
    mov x0, #(3 << 20)
    msr cpacr_el1, x0
    isb
    bl main
    /* PSCI SYSTEM_OFF: QEMU ends. */
    movz x0, #0x8400, lsl #16
    movk x0, #8
    hvc #0
1:  b 1b

    .balign 2048
vectors:
    .org vectors + 0x200
    /* Synchronous, from this level. What the C side gets and changes is the caller's x0..x8. */
    sub sp, sp, #192
    stp x0, x1, [sp]
    stp x2, x3, [sp, #16]
    stp x4, x5, [sp, #32]
    stp x6, x7, [sp, #48]
    stp x8, x9, [sp, #64]
    stp x10, x11, [sp, #80]
    stp x12, x13, [sp, #96]
    stp x14, x15, [sp, #112]
    stp x16, x17, [sp, #128]
    stp x18, x30, [sp, #144]
    mrs x0, esr_el1
    mrs x1, elr_el1
    mov x2, sp
    bl on_exception
    ldp x0, x1, [sp]
    ldp x2, x3, [sp, #16]
    ldp x4, x5, [sp, #32]
    ldp x6, x7, [sp, #48]
    ldp x8, x9, [sp, #64]
    ldp x10, x11, [sp, #80]
    ldp x12, x13, [sp, #96]
    ldp x14, x15, [sp, #112]
    ldp x16, x17, [sp, #128]
    ldp x18, x30, [sp, #144]
    add sp, sp, #192
    eret
    .org vectors + 0x800

    .bss
    .balign 16
    .skip 65536
stack_top:
