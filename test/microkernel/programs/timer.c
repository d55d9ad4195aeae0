/* The physical timer, which is left to protection domains: five ticks of 20 ms, each acknowledged. */
#include <stdint.h>
#include <microkit.h>

static int ticks;

static void start_timer(void)
{
    uint64_t frequency, now;
    __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(frequency));
    __asm__ volatile("isb; mrs %0, cntpct_el0" : "=r"(now));
    __asm__ volatile("msr cntp_cval_el0, %0" : : "r"(now + frequency / 50));
    __asm__ volatile("msr cntp_ctl_el0, %0; isb" : : "r"(1UL));
}

void init(void)
{
    microkit_dbg_puts("timer: starting\n");
    start_timer();
}

void notified(microkit_channel channel)
{
    __asm__ volatile("msr cntp_ctl_el0, xzr; isb");
    microkit_dbg_puts("timer: tick ");
    microkit_dbg_put32((uint32_t)++ticks);
    microkit_dbg_puts("\n");
    if (ticks < 5) {
        start_timer();
    }
    microkit_irq_ack(channel);
}
