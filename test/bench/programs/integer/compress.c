/* Compression of text by references to what came before (Lempel and Ziv, 1977), and back again. */
#include "bench.h"

enum { SIZE = 1 << 17, TABLE = 1 << 13, SHORTEST = 4, LONGEST = SHORTEST + 127, FARTHEST = 65535 };
static u8 text[SIZE], packed[SIZE + SIZE / 64 + 16], unpacked[SIZE];
static u32 last_seen[TABLE];

static u32 four_bytes(const u8 *at) { return at[0] | (u32)at[1] << 8 | (u32)at[2] << 16 | (u32)at[3] << 24; }

/* A byte below 128: so many literals and one more follow. From 128: a reference, with 16 bits of distance. */
static u32 compress(void)
{
    u8 *out = packed;
    u32 literals = 0, at = 0;
    memset(last_seen, 0xff, sizeof last_seen);
    while (at < SIZE) {
        u32 length = 0, distance = 0;
        if (at + SHORTEST <= SIZE) {
            u32 slot = (four_bytes(text + at) * 2654435761u) >> 19;
            u32 before = last_seen[slot];
            last_seen[slot] = at;
            if (before != ~0u && at - before <= FARTHEST) {
                distance = at - before;
                while (at + length < SIZE && length < LONGEST && text[before + length] == text[at + length]) length++;
            }
        }
        if (length >= SHORTEST) literals = 0;
        else if (literals == 0 || literals == 128) literals = 1, *out++ = 0;
        else literals++, out[-(int)literals]++;
        if (length >= SHORTEST) {
            *out++ = (u8)(128 + length - SHORTEST);
            *out++ = (u8)distance;
            *out++ = (u8)(distance >> 8);
            at += length;
        } else {
            *out++ = text[at++];
        }
    }
    return (u32)(out - packed);
}

static u32 decompress(u32 size)
{
    const u8 *in = packed, *end = packed + size;
    u8 *out = unpacked;
    while (in < end) {
        u32 code = *in++;
        if (code < 128) {
            for (u32 i = 0; i <= code; i++) *out++ = *in++;
        } else {
            const u8 *from = out - (in[0] | (u32)in[1] << 8);
            in += 2;
            for (u32 i = 0; i < code - 128 + SHORTEST; i++) *out++ = *from++;
        }
    }
    return (u32)(out - unpacked);
}

/* Words of a small vocabulary, some far more frequent than others. */
static void write_text(u64 *state)
{
    for (u32 at = 0; at < SIZE;) {
        u64 chance = random_next(state);
        u32 word = (u32)(chance >> 8 & 1023) & (u32)(chance >> 24 & 1023);
        u32 length = 2 + word % 9;
        for (u32 i = 0; i < length && at < SIZE; i++)
            text[at++] = (u8)('a' + (word * 31 + i * i * 7 + word / (i + 1)) % 26);
        if (at < SIZE) text[at++] = ' ';
    }
}

u64 work(u64 rounds)
{
    u64 sum = 0, state = 5;
    for (u64 round = 0; round < rounds; round++) {
        write_text(&state);
        u32 size = compress();
        if (decompress(size) != SIZE) return 0;
        for (u32 i = 0; i < SIZE; i++) {
            if (text[i] != unpacked[i]) return 0;
        }
        sum = mix(sum, size);
    }
    return sum;
}
