/* Computes a sum in floating point, slowly, next to others that do the same with other numbers. */
#include "say.h"

void init(void)
{
    /* From the name's last letter: each has its own. */
    double step = (double)(microkit_name[6] - '0') / 4;
    double sum = 0;
    microkit_dbg_puts(microkit_name);
    microkit_dbg_puts(": starting\n");
    for (unsigned i = 0; i < 4000000; i++) {
        sum += step;
        __asm__ volatile("" : "+w"(sum), "+w"(step));
    }
    microkit_dbg_puts(microkit_name);
    say(" has ", (uint32_t)sum);
}

void notified(microkit_channel ch)
{
    (void)ch;
}
