/* One picture laid over another, with bytes in vector registers that widen, are multiplied and narrow again. */
#include "bench.h"

enum { SIZE = 1 << 18 };
static u8 below[SIZE], above[SIZE], opacity[SIZE];

u64 work(u64 rounds)
{
    u64 sum = 0, state = 41;
    for (int i = 0; i < SIZE; i++) {
        u64 chance = random_next(&state);
        below[i] = (u8)chance, above[i] = (u8)(chance >> 16), opacity[i] = (u8)(chance >> 32);
    }
    for (u64 round = 0; round < rounds; round++) {
        for (int i = 0; i < SIZE; i++) {
            u16 value = (u16)(above[i] * opacity[i] + below[i] * (255 - opacity[i]) + 128);
            below[i] = (u8)((value + (value >> 8)) >> 8);
        }
        u32 total = 0;
        for (int i = 0; i < SIZE; i++) {
            total += below[i];
            above[i] += 37;
        }
        sum = mix(sum, total);
    }
    return sum;
}
