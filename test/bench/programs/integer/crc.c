/* CRC-32 (polynomial 0x04c11db7, reflected), a byte at a time by table. */
#include "bench.h"

enum { SIZE = 1 << 18 };
static u8 data[SIZE];
static u32 table[256];

u64 work(u64 rounds)
{
    u64 state = 99;
    for (u32 i = 0; i < SIZE; i++) data[i] = (u8)(random_next(&state) >> 32);
    for (u32 i = 0; i < 256; i++) {
        u32 value = i;
        for (int bit = 0; bit < 8; bit++) value = value >> 1 ^ (value & 1 ? 0xedb88320u : 0);
        table[i] = value;
    }
    u64 sum = 0;
    u32 crc = ~0u;
    for (u64 round = 0; round < rounds; round++) {
        for (u32 i = 0; i < SIZE; i++) crc = crc >> 8 ^ table[(crc ^ data[i]) & 255];
        sum = mix(sum, ~crc);
    }
    return sum;
}
