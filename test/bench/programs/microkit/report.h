/* What the systems print, and what they make checksums of. The benchmark writes rounds.h: how often the work is done. */
#pragma once
#include <microkit.h>
#include <stdint.h>
#include "rounds.h"

/* Takes a value into a checksum, in which order matters. */
static inline uint64_t mix(uint64_t sum, uint64_t value)
{
    return (((sum << 5) | (sum >> 59)) ^ value) * 0x9e3779b97f4a7c15u;
}

static inline void print_sum(uint64_t sum)
{
    char line[] = "sum 0123456789abcdef\n";
    for (int i = 0; i < 16; i++) line[4 + i] = "0123456789abcdef"[sum >> (60 - 4 * i) & 15];
    microkit_dbg_puts(line);
}
