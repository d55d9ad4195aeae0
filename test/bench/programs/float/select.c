/* Integers to doubles, compared, and one of two chosen by the outcome: two at a time in vector registers. */
#include "bench.h"

enum { COUNT = 4096 };
static int64_t numbers[COUNT], chosen[COUNT];
static double limits[COUNT];

u64 work(u64 rounds)
{
    u64 sum = 0, state = 43;
    for (int i = 0; i < COUNT; i++) {
        numbers[i] = (int64_t)(random_next(&state) >> 30) - (1ll << 33);
        limits[i] = (double)((int64_t)(random_next(&state) >> 30) - (1ll << 33)) * 0.75;
    }
    for (u64 round = 0; round < rounds; round++) {
        for (int i = 0; i < COUNT; i++) chosen[i] = (double)numbers[i] > limits[i] ? numbers[i] + 1 : numbers[i] - 3;
        for (int i = 0; i < COUNT; i++) numbers[i] = -chosen[i];
        sum = mix(sum, (u64)numbers[round % COUNT]);
    }
    return sum;
}
