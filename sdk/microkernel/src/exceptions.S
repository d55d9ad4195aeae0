/*
 * In and out of the kernel. While a thread runs, SP_EL2 points to its register frame (struct tcb, first member), so an
 * exception can save x0 and x1 without a scratch register. In the kernel, SP_EL2 is the one kernel stack: the kernel
 * runs with interrupts masked from entry to exit and never blocks.
 */
    .set FRAME_SP, 31 * 8
    .set FRAME_PC, 32 * 8
    .set FRAME_SPSR, 33 * 8
    .set FRAME_TPIDR_EL0, 34 * 8
    .set FRAME_TPIDRRO_EL0, 35 * 8

    .macro vector target
    .balign 128
    b       \target
    .endm

    .macro broken_vector number
    .balign 128
    mov     x0, #\number
    b       kernel_broken
    .endm

    .section .text.vectors, "ax"
    .balign 2048
    .global vectors
vectors:
    broken_vector 0     /* current EL with SP0: never used */
    broken_vector 1
    broken_vector 2
    broken_vector 3
    broken_vector 4     /* current EL: a bug in the kernel */
    broken_vector 5
    broken_vector 6
    broken_vector 7
    vector  lower_sync  /* lower EL, AArch64 */
    vector  lower_irq
    broken_vector 10    /* FIQ: no interrupt is signalled so */
    vector  lower_serror
    vector  lower_sync  /* lower EL, AArch32: a guest may have such programs */
    vector  lower_irq
    broken_vector 14
    vector  lower_serror
    .balign 128

    .text
kernel_broken:
    adrp    x9, panic_stack_top
    add     x9, x9, :lo12:panic_stack_top
    mov     sp, x9
    mrs     x1, esr_el2
    mrs     x2, elr_el2
    mrs     x3, far_el2
    b       kernel_exception

    .macro save_frame
    stp     x0, x1, [sp, #0]
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    stp     x8, x9, [sp, #64]
    stp     x10, x11, [sp, #80]
    stp     x12, x13, [sp, #96]
    stp     x14, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
    stp     x18, x19, [sp, #144]
    stp     x20, x21, [sp, #160]
    stp     x22, x23, [sp, #176]
    stp     x24, x25, [sp, #192]
    stp     x26, x27, [sp, #208]
    stp     x28, x29, [sp, #224]
    mrs     x9, sp_el0
    mrs     x10, elr_el2
    mrs     x11, spsr_el2
    mrs     x12, tpidr_el0
    mrs     x13, tpidrro_el0
    stp     x30, x9, [sp, #240]
    stp     x10, x11, [sp, #FRAME_PC]
    stp     x12, x13, [sp, #FRAME_TPIDR_EL0]
    adrp    x9, kernel_stack_top
    add     x9, x9, :lo12:kernel_stack_top
    mov     sp, x9
    .endm

lower_sync:
    save_frame
    mrs     x0, esr_el2
    bl      trap_sync
    b       .

lower_irq:
    save_frame
    bl      trap_irq
    b       .

lower_serror:
    save_frame
    mrs     x0, esr_el2
    bl      trap_serror
    b       .

/* void enter_user(struct tcb *thread) */
    .global enter_user
    .type enter_user, %function
enter_user:
    mov     sp, x0
    ldp     x10, x11, [sp, #FRAME_PC]
    ldp     x12, x13, [sp, #FRAME_TPIDR_EL0]
    ldp     x30, x9, [sp, #240]
    msr     elr_el2, x10
    msr     spsr_el2, x11
    msr     tpidr_el0, x12
    msr     tpidrro_el0, x13
    msr     sp_el0, x9
    ldp     x0, x1, [sp, #0]
    ldp     x2, x3, [sp, #16]
    ldp     x4, x5, [sp, #32]
    ldp     x6, x7, [sp, #48]
    ldp     x8, x9, [sp, #64]
    ldp     x10, x11, [sp, #80]
    ldp     x12, x13, [sp, #96]
    ldp     x14, x15, [sp, #112]
    ldp     x16, x17, [sp, #128]
    ldp     x18, x19, [sp, #144]
    ldp     x20, x21, [sp, #160]
    ldp     x22, x23, [sp, #176]
    ldp     x24, x25, [sp, #192]
    ldp     x26, x27, [sp, #208]
    ldp     x28, x29, [sp, #224]
    eret
    .size enter_user, . - enter_user

/* void fpu_save(struct fpu_state *), void fpu_load(const struct fpu_state *) */
    .arch_extension fp
    .arch_extension simd
    .macro fpu_all op
    \op     q0, q1, [x0, #0]
    \op     q2, q3, [x0, #32]
    \op     q4, q5, [x0, #64]
    \op     q6, q7, [x0, #96]
    \op     q8, q9, [x0, #128]
    \op     q10, q11, [x0, #160]
    \op     q12, q13, [x0, #192]
    \op     q14, q15, [x0, #224]
    \op     q16, q17, [x0, #256]
    \op     q18, q19, [x0, #288]
    \op     q20, q21, [x0, #320]
    \op     q22, q23, [x0, #352]
    \op     q24, q25, [x0, #384]
    \op     q26, q27, [x0, #416]
    \op     q28, q29, [x0, #448]
    \op     q30, q31, [x0, #480]
    .endm

    .global fpu_save
    .type fpu_save, %function
fpu_save:
    fpu_all stp
    mrs     x1, fpsr
    mrs     x2, fpcr
    str     x1, [x0, #512]
    str     x2, [x0, #520]
    ret
    .size fpu_save, . - fpu_save

    .global fpu_load
    .type fpu_load, %function
fpu_load:
    fpu_all ldp
    ldr     x1, [x0, #512]
    ldr     x2, [x0, #520]
    msr     fpsr, x1
    msr     fpcr, x2
    ret
    .size fpu_load, . - fpu_load
