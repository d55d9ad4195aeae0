/* Adds up what it is sent, and answers with the longest message there is. Echoes notifications. */
#include "say.h"

void init(void)
{
    microkit_dbg_puts("server: starting\n");
}

void notified(microkit_channel ch)
{
    say("server: notified on ", ch);
    microkit_notify(ch);
}

microkit_msginfo protected(microkit_channel ch, microkit_msginfo message)
{
    seL4_Word sum = 0;
    for (unsigned i = 0; i < microkit_msginfo_get_count(message); i++) {
        sum += microkit_mr_get((seL4_Uint8)i);
    }
    microkit_mr_set(0, sum);
    microkit_mr_set(7, ch);
    microkit_mr_set(119, microkit_msginfo_get_label(message));
    return microkit_msginfo_new(42, 120);
}
