/*
 * The address space in which the loader hands over: physical memory where it is (the loader itself must go on when the
 * MMU comes on), and again at the kernel's window, where the kernel is linked. The kernel makes its own soon after.
 */
#include "loader.h"

#define TABLE 3ULL
#define BLOCK 1ULL
#define ATTR_DEVICE (0ULL << 2)
#define ATTR_NORMAL (4ULL << 2)
#define AP_RES1 (1ULL << 6)
#define INNER_SHAREABLE (3ULL << 8)
#define ACCESSED (1ULL << 10)
#define EXECUTE_NEVER (1ULL << 54)

#define GIB (1ULL << 30)
#define KERNEL_WINDOW 0x8000000000ULL

static uint64_t level0[512] __attribute__((aligned(4096)));
static uint64_t level1[512] __attribute__((aligned(4096)));

uint64_t *make_tables(void)
{
    for (uint64_t i = 0; i < 3; i++) {
        uint64_t attributes = i == 0 ? ATTR_DEVICE | EXECUTE_NEVER : ATTR_NORMAL | INNER_SHAREABLE;
        level1[i] = i * GIB | BLOCK | AP_RES1 | ACCESSED | attributes;
    }
    level0[0] = (uint64_t)level1 | TABLE;
    level0[KERNEL_WINDOW >> 39] = (uint64_t)level1 | TABLE;
    return level0;
}
