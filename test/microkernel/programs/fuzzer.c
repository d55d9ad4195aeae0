/*
 * Makes one system call after the other, of any kind, on any capability, with any words: many that a program could mean,
 * some that none would. Its memory survives its restarts, so the sequence goes on.
 */
#include <microkit.h>

static uint64_t state = 0x9e3779b97f4a7c15;
static unsigned starts;

static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static uint64_t some_capability(void)
{
    static const uint16_t held[] = { 1, 3, 4, 10, 11, 74, 75, 138, 139 };
    uint64_t r = next();
    switch (r % 8) {
    case 0:
        return next();
    case 1:
        return next() % 600;
    default:
        return held[(r >> 8) % (sizeof(held) / sizeof(held[0]))];
    }
}

static uint64_t some_word(void)
{
    uint64_t r = next();
    switch (r % 6) {
    case 0:
        return next();
    case 1:
        return 0x8060000000 + (next() & 0xffff);
    case 2:
        return some_capability();
    case 3:
        return 0x200000 + (next() & 0x1ffc);
    default:
        return (r >> 8) % 64;
    }
}

/* Not those that print or halt. */
static uint64_t some_number(void)
{
    uint64_t r = next();
    int64_t number = -1 - (int64_t)(r % 17);
    if (r % 100 == 99) {
        return next();
    }
    return number == -12 || number == -13 || number == -14 || number == -16 ? (uint64_t)-1 : (uint64_t)number;
}

void init(void)
{
    uint64_t x[9];
    if (starts++ == 0) {
        microkit_dbg_puts("fuzzer: starting\n");
    }
    for (;;) {
        seL4_Word *buffer = (seL4_Word *)__sel4_ipc_buffer;
        for (unsigned i = 0; i < 8; i++) {
            buffer[next() % 128] = some_word();
        }
        for (unsigned i = 0; i < 9; i++) {
            x[i] = some_word();
        }
        x[0] = some_capability();
        x[1] = (next() % 60) << 12 | (next() & 0x1ff);
        x[6] = some_capability();
        x[7] = some_number();
        x[8] = some_capability();
        __asm__ volatile("mov x9, %0\n\t"
                         "ldp x0, x1, [x9]\n\t"
                         "ldp x2, x3, [x9, #16]\n\t"
                         "ldp x4, x5, [x9, #32]\n\t"
                         "ldp x6, x7, [x9, #48]\n\t"
                         "ldr x8, [x9, #64]\n\t"
                         "svc #0" ::"r"(x)
                         : "memory", "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9");
    }
}

void notified(microkit_channel ch)
{
    (void)ch;
}
