/* Runs when the fuzzer, of higher priority, waits for something: has it started again, many times. */
#include "say.h"

void init(void)
{
    for (unsigned i = 0; i < 100; i++) {
        microkit_ppcall(2, microkit_msginfo_new(0, 0));
    }
    say("nudger: done, faults ", (uint32_t)microkit_mr_get(0));
}

void notified(microkit_channel ch)
{
    (void)ch;
}
