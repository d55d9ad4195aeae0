/*
 * A guest of a few instructions: writes 4000 letters into the mailbox, then their number, rings the bell, and switches itself off.
 * It runs wherever it is put, with the MMU off.
 */
    .equ LETTERS, 4000

    .section .rodata
    .balign 4
    .global guest_code
guest_code:
    movz    x1, #0x5000, lsl #16        // the mailbox: its length
    add     x2, x1, #4                  // its text
    mov     w3, #0                      // letters written
    mov     w4, #26
next:
    udiv    w5, w3, w4
    msub    w5, w5, w4, w3              // the letter's place in the alphabet
    add     w5, w5, #'a'
    strb    w5, [x2, x3]
    add     w3, w3, #1
    cmp     w3, #LETTERS
    b.lo    next
    str     w3, [x1]
    add     x1, x1, #0x1000             // the bell
    str     w3, [x1]
    movz    x0, #0x8400, lsl #16        // PSCI SYSTEM_OFF
    movk    x0, #0x0008
    smc     #0
    b       .
    .global guest_code_end
guest_code_end:
