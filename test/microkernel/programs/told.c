/* Says how often it was told something. */
#include "say.h"

static uint32_t times;

void init(void)
{
    microkit_dbg_puts("told: starting\n");
}

void notified(microkit_channel ch)
{
    (void)ch;
    say("told: ", ++times);
}
