/* The memory that kernel objects are made of: given out at boot, never taken back. */
#include "kernel/kernel.h"

static word pool_next, pool_end;

void pool_init(word paddr, word size)
{
    pool_next = paddr;
    pool_end = paddr + size;
    memset(phys_to_virt(paddr), 0, size);
}

void *pool_alloc(size_t size, size_t alignment)
{
    word start = (pool_next + alignment - 1) & ~(alignment - 1);
    if (start + size > pool_end) {
        panic("the object pool is too small: it ends at 0x%lx, and 0x%lx bytes more are needed", pool_end,
              start + size - pool_end);
    }
    pool_next = start + size;
    return phys_to_virt(start);
}

#include "kernel/end.h"
