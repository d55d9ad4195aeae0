#include <microkit.h>
#include "text.h"

/* In start.S. */
int answer(void);

void init(void)
{
    say_number("HELLO: the answer is ", answer());
}

/* The monitor of the virtual machine has no reason to call. */
microkit_msginfo protected(microkit_channel channel, microkit_msginfo message)
{
    (void)channel;
    return message;
}

void notified(microkit_channel channel)
{
    (void)channel;
}
