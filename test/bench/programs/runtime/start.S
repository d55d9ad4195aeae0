// From reset to C at EL1: the one file that every benchmark program begins with.
//
// The image is raw and is entered at its first byte. The word at offset 8 says how much work there is; whoever boots
// the image may change it.

    .section .start, "ax"
    .global _start
_start:
    b       reset
    .word   0
    .global rounds
rounds:
    .quad   1

reset:
    adrp    x0, stack_top
    add     x0, x0, :lo12:stack_top
    mrs     x1, CurrentEL
    cmp     x1, #(2 << 2)
    b.eq    hypervisor
el1:
    msr     SPSel, #1
    mov     sp, x0
    // C code may use vector registers from its first instruction on.
    mov     x1, #(3 << 20)
    msr     CPACR_EL1, x1
    adrp    x1, vectors
    add     x1, x1, :lo12:vectors
    msr     VBAR_EL1, x1
    isb
    bl      map_memory
    bl      run
    b       .

// Started at EL2: stays there as a minimal hypervisor and runs the program at EL1 under stage 2.
hypervisor:
    sub     x1, x0, #0x1000
    mov     sp, x1
    msr     CPTR_EL2, xzr
    bl      map_stage2
    adrp    x1, el2_vectors
    add     x1, x1, :lo12:el2_vectors
    msr     VBAR_EL2, x1
    mov     x1, #3              // EL1 may use its timers
    msr     CNTHCTL_EL2, x1
    msr     CNTVOFF_EL2, xzr
    mov     x1, #0x3c5          // EL1h, everything masked
    msr     SPSR_EL2, x1
    adr     x1, el1
    msr     ELR_EL2, x1
    adrp    x0, guest_stack_top
    add     x0, x0, :lo12:guest_stack_top
    eret

// Registers that a C function may change, and where to return to: struct frame in bench.h.
    .macro  save
    sub     sp, sp, #192
    stp     x0, x1, [sp]
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    stp     x8, x9, [sp, #64]
    stp     x10, x11, [sp, #80]
    stp     x12, x13, [sp, #96]
    stp     x14, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
    stp     x18, x29, [sp, #144]
    .endm

    .macro  vector kind
    .balign 0x80
    save
    mov     x1, #\kind
    b       el1_exception
    .endm

    .text
    .balign 0x800
vectors:
    .irp    kind, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    vector  \kind
    .endr

el1_exception:
    mrs     x2, ELR_EL1
    mrs     x3, SPSR_EL1
    stp     x30, x2, [sp, #160]
    str     x3, [sp, #176]
    mov     x0, sp
    bl      on_exception
    ldp     x30, x2, [sp, #160]
    ldr     x3, [sp, #176]
    msr     ELR_EL1, x2
    msr     SPSR_EL1, x3
    .macro  restore
    ldp     x2, x3, [sp, #16]
    ldp     x4, x5, [sp, #32]
    ldp     x6, x7, [sp, #48]
    ldp     x8, x9, [sp, #64]
    ldp     x10, x11, [sp, #80]
    ldp     x12, x13, [sp, #96]
    ldp     x14, x15, [sp, #112]
    ldp     x16, x17, [sp, #128]
    ldp     x18, x29, [sp, #144]
    ldp     x0, x1, [sp], #192
    eret
    .endm
    restore

// Only hypercalls and accesses that stage 2 does not map arrive here: from EL1, synchronous.
    .balign 0x800
el2_vectors:
    .skip   0x400
    save
    stp     x30, xzr, [sp, #160]
    mov     x0, sp
    bl      on_hypercall
    ldr     x30, [sp, #160]
    restore

// user_call(function, stack, argument): runs the function at EL0, until it makes the system call EXIT.
    .global user_call
user_call:
    stp     x29, x30, [sp, #-96]!
    stp     x19, x20, [sp, #16]
    stp     x21, x22, [sp, #32]
    stp     x23, x24, [sp, #48]
    stp     x25, x26, [sp, #64]
    stp     x27, x28, [sp, #80]
    adrp    x3, kernel_stack
    mov     x4, sp
    str     x4, [x3, :lo12:kernel_stack]
    msr     ELR_EL1, x0
    msr     SP_EL0, x1
    msr     SPSR_EL1, xzr
    mov     x0, x2
    eret

// user_exit(result): from the system call, back to where user_call was called.
    .global user_exit
user_exit:
    adrp    x3, kernel_stack
    ldr     x4, [x3, :lo12:kernel_stack]
    mov     sp, x4
    ldp     x19, x20, [sp, #16]
    ldp     x21, x22, [sp, #32]
    ldp     x23, x24, [sp, #48]
    ldp     x25, x26, [sp, #64]
    ldp     x27, x28, [sp, #80]
    ldp     x29, x30, [sp], #96
    ret

    .bss
    .balign 8
kernel_stack:
    .skip   8
    .balign 16
    .skip   0x10000
guest_stack_top:
    .skip   0x10000
stack_top:
