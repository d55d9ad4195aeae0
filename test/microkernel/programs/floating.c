/* Computes with a vector register when it is notified. */
#include <microkit.h>

void init(void)
{
    microkit_dbg_puts("floating: starting\n");
}

void notified(microkit_channel channel)
{
    (void)channel;
    __asm__ volatile("fmov d0, #1.0" : : : "v0");
    microkit_dbg_puts("floating: computed\n");
}
