/*
 * The receiver: takes what the guest has written when the bell rings.
 */
#include <stdint.h>
#include <microkit.h>
#include "mailbox.h"

/* Set by the system tool to where the mailbox is mapped. */
uintptr_t mailbox_vaddr;

/* The text as it was when the bell rang, and its length. */
char text[MAILBOX_TEXT];
uint64_t received;

void init(void)
{
}

void notified(microkit_channel channel)
{
    const volatile struct mailbox *mailbox = (const volatile struct mailbox *)mailbox_vaddr;

    (void)channel;
    for (received = 0; received < mailbox->length; received++) {
        text[received] = mailbox->text[received];
    }
    microkit_dbg_puts("RECEIVER: the bell has rung\n");
}
