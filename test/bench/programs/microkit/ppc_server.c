/* Takes the second word into the checksum that is the first, and answers with the label of the call. */
#include "report.h"

void init(void) {}

void notified(microkit_channel channel) { (void)channel; }

microkit_msginfo protected(microkit_channel channel, microkit_msginfo message)
{
    (void)channel;
    microkit_mr_set(0, mix(microkit_mr_get(0), microkit_mr_get(1)));
    return microkit_msginfo_new(microkit_msginfo_get_label(message), 1);
}
