/* The kernel's clock: the physical counter, and the hypervisor's timer for the next event. */
#include "kernel/kernel.h"

void timer_init(void)
{
    /* Guests and protection domains may read the physical counter. */
    write_sysreg(cnthctl_el2, 3);
    write_sysreg(cntvoff_el2, 0);
    write_sysreg(cnthp_cval_el2, ~0ULL);
    write_sysreg(cnthp_ctl_el2, 1);
    isb();
    irq_unmask(IRQ_HYP_TIMER);
}

word timer_now(void)
{
    isb();
    return read_sysreg(cntpct_el0);
}

/* Microseconds as ticks; saturates far beyond any run. */
word timer_us(word microseconds)
{
    word per_second = read_sysreg(cntfrq_el0);
    if (microseconds > ~0ULL / per_second) {
        return ~0ULL >> 2;
    }
    return microseconds * per_second / 1000000;
}

/* Ticks as microseconds, without what is left of one. */
word timer_in_us(word ticks)
{
    word per_second = read_sysreg(cntfrq_el0);
    return ticks / per_second * 1000000 + ticks % per_second * 1000000 / per_second;
}

void timer_set(word deadline)
{
    write_sysreg(cnthp_cval_el2, deadline);
    isb();
}

#include "kernel/end.h"
