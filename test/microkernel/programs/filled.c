/* What the description fills in: a region's content and its length, the number of a channel, and no floating point. */
#include <stdint.h>
#include <microkit.h>

uintptr_t text;
uint64_t text_bytes;
uint64_t partner = 99;

void init(void)
{
    microkit_dbg_puts("filled: ");
    for (uint64_t i = 0; i < text_bytes; i++) {
        microkit_dbg_putc(((const char *)text)[i]);
    }
    microkit_dbg_puts("filled: after it ");
    microkit_dbg_put32(((const uint8_t *)text)[text_bytes]);
    microkit_dbg_puts(", partner ");
    microkit_dbg_put32((uint32_t)partner);
    microkit_dbg_puts("\n");
    microkit_notify((microkit_channel)partner);
}

void notified(microkit_channel channel)
{
    (void)channel;
}
