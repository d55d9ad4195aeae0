/* Calls and notifies the server on channel 1, and then what is not there. */
#include "say.h"

static unsigned echoes;

void init(void)
{
    microkit_dbg_puts("client: starting\n");
    for (seL4_Uint8 i = 0; i < 10; i++) {
        microkit_mr_set(i, i + 1);
    }
    microkit_msginfo answer = microkit_ppcall(1, microkit_msginfo_new(7, 10));
    say("client: sum ", (uint32_t)microkit_mr_get(0));
    say("client: the server's channel ", (uint32_t)microkit_mr_get(7));
    say("client: my label ", (uint32_t)microkit_mr_get(119));
    say("client: its label ", (uint32_t)microkit_msginfo_get_label(answer));
    say("client: its count ", (uint32_t)microkit_msginfo_get_count(answer));
    answer = microkit_ppcall(5, microkit_msginfo_new(0, 5));
    say("client: nobody's label ", (uint32_t)microkit_msginfo_get_label(answer));
    microkit_notify(5);
    microkit_irq_ack(5);
    microkit_notify(1);
}

void notified(microkit_channel ch)
{
    say("client: notified on ", ch);
    if (++echoes < 3) {
        microkit_deferred_notify(1);
    } else {
        microkit_ppcall(100000, microkit_msginfo_new(0, 0));
        microkit_dbg_puts("client: still here\n");
    }
}
