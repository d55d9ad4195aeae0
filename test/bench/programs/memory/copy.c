/* Copies of many sizes, at odd addresses too, within and beyond what a cache would hold. */
#include "bench.h"

enum { SIZE = 4 << 20 };
static u8 from[SIZE + 64], to[SIZE + 64];

u64 work(u64 rounds)
{
    static const u32 sizes[] = { 16, 100, 1000, 4096, 65536, SIZE };
    u64 sum = 0, state = 11;
    for (u32 i = 0; i < SIZE; i += 8) *(u64 *)(from + i) = random_next(&state);
    for (u64 round = 0; round < rounds; round++) {
        for (u32 kind = 0; kind < sizeof sizes / sizeof *sizes; kind++) {
            u32 size = sizes[kind];
            /* 1 MiB of each of the small sizes, one of the largest. */
            u32 times = size >= 1 << 20 ? 1 : (1 << 20) / size;
            for (u32 i = 0; i < times; i++) {
                u64 chance = random_next(&state);
                u32 room = SIZE - size + 1;
                memcpy(to + (chance >> 32) % room + (chance & 15), from + (u32)chance % room, size);
            }
            sum = mix(sum, *(u64 *)(to + (round * 4096 + kind * 64) % SIZE));
        }
    }
    return sum;
}
