/* Protected procedure calls, there and back: two words to a server of higher priority, and one from it. */
#include "report.h"

enum { SERVER = 1 };

void init(void)
{
    uint64_t sum = 0;
    microkit_dbg_puts("begin\n");
    for (uint64_t i = 0; i < ROUNDS; i++) {
        microkit_mr_set(0, sum);
        microkit_mr_set(1, i);
        microkit_msginfo answer = microkit_ppcall(SERVER, microkit_msginfo_new(i & 0xff, 2));
        uint64_t expected = mix(sum, i);
        sum = microkit_mr_get(0);
        if (sum != expected || microkit_msginfo_get_label(answer) != (i & 0xff)) {
            microkit_dbg_puts("the server's answer is wrong\n");
            return;
        }
    }
    print_sum(sum);
}

void notified(microkit_channel channel) { (void)channel; }
