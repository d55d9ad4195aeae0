/*
 * In the place of a guest on another processor: changes the length at any time, also while the receiver reads. It is more urgent than
 * the receiver, and its budget is used up again and again.
 */
#include <stdint.h>
#include <microkit.h>
#include "mailbox.h"

#define LIAR_CHANNEL 1
#define RECEIVER_CHANNEL 2

#define HONEST 4000

/* Set by the system tool to where the mailbox is mapped. */
uintptr_t mailbox_vaddr;

void init(void)
{
}

void notified(microkit_channel channel)
{
    volatile struct mailbox *mailbox = (volatile struct mailbox *)mailbox_vaddr;
    uint32_t pause = 1;

    (void)channel;
    for (uint32_t round = 0;; round++) {
        mailbox->length = round % 2 == 0 ? HONEST : UINT32_MAX;
        microkit_notify(RECEIVER_CHANNEL);
        /* Of another length each time, so that the budget ends anywhere in a round, whatever the compiler. */
        pause = pause * 1103515245 + 12345;
        for (volatile uint32_t i = 0; i < 512 + (pause >> 16) % 1024; i++) {
        }
    }
}
