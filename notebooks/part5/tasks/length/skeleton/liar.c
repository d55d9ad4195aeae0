/*
 * In the place of the guest: says of its text that it is longer than the mailbox.
 */
#include <stdint.h>
#include <microkit.h>
#include "mailbox.h"

#define RECEIVER_CHANNEL 1
#define RACER_CHANNEL 2

/* Set by the system tool to where the mailbox is mapped. */
uintptr_t mailbox_vaddr;

static const uint32_t lengths[] = { MAILBOX_TEXT + 1, MAILBOX_SIZE + 1, 1u << 31, UINT32_MAX };

/* How many lies have been told. */
uint64_t told;

static void send(uint32_t length)
{
    volatile struct mailbox *mailbox = (volatile struct mailbox *)mailbox_vaddr;

    mailbox->length = length;
    /* The receiver is more urgent: it is done when this returns. */
    microkit_notify(RECEIVER_CHANNEL);
}

void init(void)
{
    volatile struct mailbox *mailbox = (volatile struct mailbox *)mailbox_vaddr;

    for (uint32_t i = 0; i < MAILBOX_TEXT; i++) {
        mailbox->text[i] = 'x';
    }
    for (told = 0; told < sizeof(lengths) / sizeof(lengths[0]); told++) {
        send(lengths[told]);
    }
    send(MAILBOX_TEXT);
    /* A pause, to look at what has come of it. */
    for (volatile uint32_t i = 0; i < 20000000; i++) {
    }
    microkit_notify(RACER_CHANNEL);
}

void notified(microkit_channel channel)
{
    (void)channel;
}
