/* Drives the UART: what is typed comes back. */
#include "say.h"

/* In .data, where the system tool can write it whatever the compiler thinks of zeros. */
uintptr_t uart __attribute__((section(".data")));

#define REG(offset) (*(volatile uint32_t *)(uart + (offset)))
#define DR 0x00
#define FR 0x18
#define IMSC 0x38
#define ICR 0x44
#define FR_RXFE (1U << 4)

void init(void)
{
    REG(IMSC) = 0x50;
    REG(ICR) = 0x7ff;
    microkit_dbg_puts("echo: starting\n");
}

void notified(microkit_channel ch)
{
    while (!(REG(FR) & FR_RXFE)) {
        say("echo: ", REG(DR) & 0xff);
    }
    REG(ICR) = 0x7ff;
    microkit_deferred_irq_ack(ch);
}
