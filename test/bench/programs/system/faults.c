/* Pages mapped when they are first touched, by the handler of the fault, and unmapped all at once. */
#include "bench.h"

enum { PAGES = 128, WORDS = 512 };
static u64 middle[TABLE_SIZE] __attribute__((aligned(4096)));
static u64 bottom[TABLE_SIZE] __attribute__((aligned(4096)));
static u64 pages[PAGES][WORDS] __attribute__((aligned(4096)));
static u64 faults;

HANDLER void on_exception(struct frame *frame, u64 kind)
{
    u64 page = (READ(FAR_EL1) - FREE_AREA) >> 12;
    if (kind != SAME_SYNC || READ(ESR_EL1) >> 26 != EC_DATA_ABORT_SAME || page >= PAGES) unexpected(frame, kind);
    bottom[page] = (u64)pages[page] | NO_EXECUTE | NORMAL | SHAREABLE | ACCESSED | VALID_PAGE;
    DSB();
    faults++;
}

u64 work(u64 rounds)
{
    volatile u64 *area = (volatile u64 *)FREE_AREA;
    u64 sum = 0;
    level1[FREE_AREA >> 30] = (u64)middle | VALID_TABLE;
    middle[0] = (u64)bottom | VALID_TABLE;
    for (u64 round = 0; round < rounds; round++) {
        for (u64 i = 0; i < PAGES; i++) {
            u64 page = (i * 37 + round) % PAGES;
            sum += area[page * WORDS]++;
        }
        for (int page = 0; page < PAGES; page++) bottom[page] = 0;
        DSB();
        __asm__ volatile("tlbi vmalle1" : : : "memory");
        DSB();
        ISB();
    }
    return mix(sum, faults);
}
