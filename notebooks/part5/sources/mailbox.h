/*
 * The mailbox: a page that a guest shares with the program that it writes to. The guest writes the text, then its length, and
 * rings the bell. Nothing in it can be trusted: the guest may write to it at any time.
 */
#pragma once

#include <stdint.h>

/* Guest-physical addresses. */
#define MAILBOX_ADDRESS 0x50000000
#define MAILBOX_SIZE 0x1000
#define BELL_ADDRESS 0x50001000
#define BELL_SIZE 4

#define MAILBOX_TEXT (MAILBOX_SIZE - sizeof(uint32_t)) /* characters */

struct mailbox {
    uint32_t length; /* characters of the text */
    char text[MAILBOX_TEXT];
};
