/* The image's first byte. Only processor 0 goes on. */
    .section .text.start, "ax"
    .global _start
    .type _start, %function
_start:
    mrs     x0, mpidr_el1
    and     x0, x0, #0xff
    cbnz    x0, park
    adrp    x0, stack_top
    add     x0, x0, :lo12:stack_top
    mov     sp, x0
    adr     x0, _start
    b       loader_main
park:
    wfe
    b       park
    .size _start, . - _start

/* void jump_relocated(uintptr_t entry) */
    .text
    .global jump_relocated
    .type jump_relocated, %function
jump_relocated:
    dsb     sy
    ic      iallu
    dsb     sy
    isb
    br      x0
    .size jump_relocated, . - jump_relocated

/* void clean_caches(void): every data cache line by set and way, up to the level of coherency. */
    .global clean_caches
    .type clean_caches, %function
clean_caches:
    dsb     sy
    mrs     x0, clidr_el1
    ubfx    x3, x0, #24, #3         /* level of coherency */
    mov     x10, #0                 /* level, from 0 */
1:  cmp     x10, x3
    b.hs    4f
    add     x2, x10, x10, lsl #1
    lsr     x1, x0, x2
    and     x1, x1, #7
    cmp     x1, #2                  /* a data or unified cache? */
    b.lo    3f
    lsl     x11, x10, #1
    msr     csselr_el1, x11
    isb
    mrs     x1, ccsidr_el1
    and     x2, x1, #7
    add     x2, x2, #4              /* log2 of the line size */
    ubfx    x4, x1, #3, #10         /* ways - 1 */
    clz     w5, w4                  /* shift of the way number */
    ubfx    x7, x1, #13, #15        /* sets - 1 */
2:  mov     x9, x4
5:  lsl     x6, x9, x5
    orr     x6, x6, x11
    lsl     x8, x7, x2
    orr     x6, x6, x8
    dc      cisw, x6
    subs    x9, x9, #1
    b.ge    5b
    subs    x7, x7, #1
    b.ge    2b
3:  add     x10, x10, #1
    b       1b
4:  msr     csselr_el1, xzr
    dsb     sy
    isb
    ret
    .size clean_caches, . - clean_caches

/* _Noreturn void enter_kernel(const uint64_t args[8], uint64_t entry, uint64_t table)
 * Turns the MMU on with this table and goes to the kernel with its arguments. */
    .global enter_kernel
    .type enter_kernel, %function
enter_kernel:
    mov     x19, x0
    mov     x20, x1
    mov     x21, x2
    bl      clean_caches
    ic      iallu
    dsb     sy
    isb
    ldr     x0, =0xff440c0400
    msr     mair_el2, x0
    ldr     x0, =0x80823510
    msr     tcr_el2, x0
    msr     ttbr0_el2, x21
    isb
    tlbi    alle2
    dsb     sy
    isb
    mrs     x0, sctlr_el2
    ldr     x1, =0x1005             /* M, C, I */
    orr     x0, x0, x1
    bic     x0, x0, #0x2            /* A: unaligned accesses are fine */
    bic     x0, x0, #0x2000000      /* EE: little-endian */
    msr     sctlr_el2, x0
    isb
    mov     x16, x20
    mov     x8, x19
    ldp     x0, x1, [x8, #0]
    ldp     x2, x3, [x8, #16]
    ldp     x4, x5, [x8, #32]
    ldp     x6, x7, [x8, #48]
    br      x16
    .size enter_kernel, . - enter_kernel
    .ltorg

    .section .bss.stack, "aw", %nobits
    .balign 16
    .skip 4096
stack_top:
