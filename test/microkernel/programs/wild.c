/* Does what is not allowed, one thing after the other. Whoever handles its faults lets it go on after each. */
#include "say.h"

#define TRY(what)                       \
    do {                                \
        what;                           \
        say("wild: went on ", ++steps); \
    } while (0)

static unsigned steps;

static void store(seL4_Word address)
{
    *(volatile uint32_t *)address = 1;
}

void init(void)
{
    seL4_Word badge;
    TRY(store(0x38));
    TRY(__asm__ volatile("mov x7, #77\n\tsvc #0" :: : "x7", "memory"));
    TRY(__asm__ volatile(".word 0"));
    TRY(__asm__ volatile("brk #1"));
    TRY(__asm__ volatile("mrs x0, sctlr_el1" :: : "x0"));
    TRY(__asm__ volatile("smc #0"));
    TRY(__asm__ volatile("hvc #0"));
    TRY(__asm__ volatile("mrs x0, cntvct_el0" :: : "x0"));
    TRY(store(0x200000));
    TRY(store(0x8060000000));
    TRY(store(0xffffffff80600000));
    TRY(seL4_Recv(300, &badge, 4));
    ((void (*)(void))0x8060000000)();
    microkit_dbg_puts("wild: entered the kernel\n");
}

void notified(microkit_channel ch)
{
    (void)ch;
}
