/* Hypercalls, and loads that a hypervisor emulates. To be booted at EL2. */
#include "bench.h"

#define NOWHERE 0x80000000ull /* past the end of RAM */

static inline u64 hypercall(u64 argument)
{
    register u64 x0 __asm__("x0") = 1;
    register u64 x1 __asm__("x1") = argument;
    __asm__ volatile("hvc #0" : "+r"(x0) : "r"(x1) : "memory");
    return x0;
}

u64 work(u64 rounds)
{
    u64 sum = 0;
    /* Stage 1 maps this, stage 2 does not. */
    level1[FREE_AREA >> 30] = NOWHERE | NO_EXECUTE | NORMAL | SHAREABLE | ACCESSED | VALID_BLOCK;
    DSB();
    for (u64 i = 0; i < rounds * 100; i++) {
        for (int calls = 0; calls < 8; calls++) sum += hypercall(sum);
        sum = mix(sum, *(volatile u64 *)(FREE_AREA + i % 4096 * 8));
    }
    return sum;
}
