/* Primes by the sieve of Eratosthenes, a byte for each odd number. */
#include "bench.h"

enum { HALF = 1 << 19 };
static u8 composite[HALF];

u64 work(u64 rounds)
{
    u64 sum = 0;
    for (u64 round = 0; round < rounds; round++) {
        u32 count = 0;
        u32 half = HALF - (u32)round;
        memset(composite, 0, half);
        for (u32 i = 1; i < half; i++) {
            if (composite[i]) continue;
            count++;
            u32 prime = 2 * i + 1;
            for (u64 multiple = (u64)prime * prime / 2; multiple < half; multiple += prime) composite[multiple] = 1;
        }
        sum = mix(sum, count);
    }
    return sum;
}
