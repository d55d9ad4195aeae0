/* Products of numbers of 4096 bits, by the method of school with words of 64 bits. */
#include "bench.h"

enum { WORDS = 64 };

static void multiply(u64 *product, const u64 *a, const u64 *b)
{
    memset(product, 0, 2 * WORDS * sizeof *product);
    for (int i = 0; i < WORDS; i++) {
        u64 carry = 0;
        for (int j = 0; j < WORDS; j++) {
            unsigned __int128 value = (unsigned __int128)a[i] * b[j] + product[i + j] + carry;
            product[i + j] = (u64)value;
            carry = (u64)(value >> 64);
        }
        product[i + WORDS] = carry;
    }
}

u64 work(u64 rounds)
{
    static u64 a[WORDS], b[WORDS], product[2 * WORDS];
    u64 state = 3;
    for (int i = 0; i < WORDS; i++) a[i] = random_next(&state), b[i] = random_next(&state);
    for (u64 round = 0; round < rounds; round++) {
        multiply(product, a, b);
        for (int i = 0; i < WORDS; i++) a[i] = product[i] ^ product[i + WORDS];
    }
    u64 sum = 0;
    for (int i = 0; i < WORDS; i++) sum = mix(sum, a[i]);
    return sum;
}
