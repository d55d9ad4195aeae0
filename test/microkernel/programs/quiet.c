/* Prints by itself, after what would print in the debug configuration: a signal to nobody, and the debug console. */
#include <microkit.h>

uintptr_t uart __attribute__((section(".data")));

void init(void)
{
    microkit_dbg_puts("not in release\n");
    microkit_notify(5);
    *(volatile uint32_t *)uart = 'Q';
    *(volatile uint32_t *)0x38 = 0;
}

void notified(microkit_channel ch)
{
    (void)ch;
}
