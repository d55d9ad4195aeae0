/* Says its name and waits. */
#include <microkit.h>

void init(void)
{
    microkit_dbg_puts(microkit_name);
    microkit_dbg_puts(": starting\n");
}

void notified(microkit_channel ch)
{
    (void)ch;
}
