/* Address spaces taken in turn by their ASIDs, each with pages of its own at the same addresses. */
#include "bench.h"

enum { SPACES = 8, PAGES = 16, WORDS = 512 };
static u64 tables[SPACES][3][TABLE_SIZE] __attribute__((aligned(4096)));
static u64 pages[SPACES][PAGES][WORDS] __attribute__((aligned(4096)));

static u64 make_space(u64 space)
{
    u64 *top = tables[space][0], *middle = tables[space][1], *bottom = tables[space][2];
    memcpy(top, level1, sizeof level1);
    top[FREE_AREA >> 30] = (u64)middle | VALID_TABLE;
    middle[0] = (u64)bottom | VALID_TABLE;
    for (int page = 0; page < PAGES; page++) {
        bottom[page] = (u64)pages[space][page] | NOT_GLOBAL | NO_EXECUTE | NORMAL | SHAREABLE | ACCESSED | VALID_PAGE;
    }
    return (u64)top | (space + 1) << 48;
}

u64 work(u64 rounds)
{
    u64 roots[SPACES];
    volatile u64 *area = (volatile u64 *)FREE_AREA;
    u64 sum = 0;
    for (u64 space = 0; space < SPACES; space++) {
        roots[space] = make_space(space);
        for (int page = 0; page < PAGES; page++) pages[space][page][page] = space + 1;
    }
    DSB();
    for (u64 i = 0; i < rounds * 1000; i++) {
        WRITE(TTBR0_EL1, roots[i % SPACES]);
        ISB();
        for (int page = 0; page < PAGES; page++) sum += area[page * WORDS + page]++;
    }
    return mix(sum, pages[3][5][5]);
}
