/* The other end of notify_ping. */
#include "report.h"

enum { PING = 1 };

volatile uint64_t *shared;

void init(void) {}

void notified(microkit_channel channel)
{
    *shared = mix(*shared, channel);
    microkit_notify(PING);
}
