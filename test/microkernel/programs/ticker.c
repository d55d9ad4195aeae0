/* Signals channel 1 every few milliseconds, for as long as it is let. */
#include <microkit.h>

#define TICKS 125000 /* 2 ms */

static uint64_t now(void)
{
    uint64_t value;
    __asm__ volatile("mrs %0, cntpct_el0" : "=r"(value));
    return value;
}

void init(void)
{
    for (uint64_t last = now();;) {
        if (now() - last >= TICKS) {
            last = now();
            microkit_notify(1);
        }
    }
}

void notified(microkit_channel ch)
{
    (void)ch;
}
