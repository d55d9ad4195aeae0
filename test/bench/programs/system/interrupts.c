/* Interrupts of the virtual timer, due at once: programmed, delivered, acknowledged and ended. */
#include "bench.h"

enum { TIMER = 27, DISTRIBUTOR = 0x08000000, CPU_INTERFACE = 0x08010000 };
#define REGISTER(base, offset) (*(volatile u32 *)((base) + (offset)))
static volatile u64 taken;

HANDLER void on_exception(struct frame *frame, u64 kind)
{
    if (kind != SAME_IRQ) unexpected(frame, kind);
    u32 id = REGISTER(CPU_INTERFACE, 0x00c); /* GICC_IAR */
    if (id != TIMER) unexpected(frame, id);
    WRITE(CNTV_CTL_EL0, 0);
    taken++;
    REGISTER(CPU_INTERFACE, 0x010) = id; /* GICC_EOIR */
}

u64 work(u64 rounds)
{
    u64 sum = 0;
    REGISTER(DISTRIBUTOR, 0x100) = 1u << TIMER; /* GICD_ISENABLER0 */
    REGISTER(DISTRIBUTOR, 0x000) = 1;
    REGISTER(CPU_INTERFACE, 0x004) = 0xff; /* GICC_PMR: every priority */
    REGISTER(CPU_INTERFACE, 0x000) = 1;
    WRITE(CNTV_CVAL_EL0, 0);
    __asm__ volatile("msr DAIFClr, #2" : : : "memory");
    for (u64 i = 0; i < rounds * 100; i++) {
        u64 before = taken;
        WRITE(CNTV_CTL_EL0, 1);
        ISB();
        while (taken == before) continue;
        sum = mix(sum, taken);
    }
    return sum;
}
