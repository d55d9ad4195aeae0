/*
 * The worker: counts prime numbers, and never sleeps.
 */
#include <stdbool.h>
#include <stdint.h>
#include <microkit.h>

/* How many it has found. */
uint64_t found;

static bool is_prime(uint64_t number)
{
    for (uint64_t divisor = 2; divisor * divisor <= number; divisor++) {
        if (number % divisor == 0) {
            return false;
        }
    }
    return true;
}

void init(void)
{
    for (uint64_t number = 2;; number++) {
        if (is_prime(number)) {
            found++;
        }
    }
}

void notified(microkit_channel channel)
{
    (void)channel;
}
