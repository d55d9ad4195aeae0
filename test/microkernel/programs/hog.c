/* Computes without end, and says when it was not let to for a while. */
#include "say.h"

#define TICKS_PER_MS 62500

static uint64_t now(void)
{
    uint64_t value;
    __asm__ volatile("mrs %0, cntpct_el0" : "=r"(value));
    return value;
}

void init(void)
{
    uint64_t start = now(), last = start;
    microkit_dbg_puts("hog: starting\n");
    for (unsigned gaps = 0; gaps < 4;) {
        uint64_t t = now();
        if (t - last > 20 * TICKS_PER_MS) {
            say("hog: gap of ms ", (uint32_t)((t - last) / TICKS_PER_MS));
            gaps++;
        }
        last = t;
    }
    say("hog: ends after ms ", (uint32_t)((last - start) / TICKS_PER_MS));
}

void notified(microkit_channel ch)
{
    (void)ch;
}
