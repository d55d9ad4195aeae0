#include <microkit.h>

void init(void)
{
    microkit_dbg_puts("HELLO: I am a protection domain\n");
}

void notified(microkit_channel channel)
{
    (void)channel;
}
