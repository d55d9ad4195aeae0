/* Users' address spaces: stage 2 translations of 40 bits, which are all that a protection domain has. */
#include "kernel/kernel.h"

/* T0SZ 24, start level 1 with two concatenated tables, 4 KiB granule, write-back walks, 40-bit physical addresses. */
#define VTCR 0x80023558ULL

#define VALID 1ULL
#define TABLE 3ULL
#define PAGE 3ULL
#define BLOCK 1ULL
#define MEMATTR_NORMAL (0xfULL << 2)
#define S2AP_READ (1ULL << 6)
#define S2AP_WRITE (2ULL << 6)
#define INNER_SHAREABLE (3ULL << 8)
#define ACCESSED (1ULL << 10)
#define EXECUTE_NEVER (1ULL << 54)
#define ADDRESS(entry) ((entry) & 0x000ffffffffff000ULL)

enum { ROOT_BYTES = 8192 };

static word *next_level(word *entry)
{
    if (!(*entry & VALID)) {
        *entry = virt_to_phys(pool_alloc(PAGE_SIZE, PAGE_SIZE)) | TABLE;
    } else if ((*entry & TABLE) != TABLE) {
        return NULL;
    }
    return phys_to_virt(ADDRESS(*entry));
}

static bool map_page(struct vspace *vspace, word vaddr, word paddr, bool large, word attributes)
{
    word *level2 = next_level(&vspace->root[vaddr >> 30]);
    word *entry = &level2[(vaddr >> 21) & 511];
    if (!large) {
        word *level3 = next_level(entry);
        if (!level3) {
            return false;
        }
        entry = &level3[(vaddr >> 12) & 511];
    }
    if (*entry & VALID) {
        return false;
    }
    *entry = paddr | attributes | ACCESSED | (large ? BLOCK : PAGE);
    return true;
}

bool vspace_map(struct vspace *vspace, const struct system_mapping *mapping)
{
    bool large = mapping->flags & SYSTEM_MAP_LARGE;
    word step = large ? LARGE_PAGE_SIZE : PAGE_SIZE;
    word attributes = S2AP_READ;
    attributes |= mapping->flags & SYSTEM_MAP_WRITE ? S2AP_WRITE : 0;
    attributes |= mapping->flags & SYSTEM_MAP_EXECUTE ? 0 : EXECUTE_NEVER;
    attributes |= mapping->flags & SYSTEM_MAP_CACHED ? MEMATTR_NORMAL | INNER_SHAREABLE : 0;
    for (word offset = 0; offset < mapping->size; offset += step) {
        if (!map_page(vspace, mapping->vaddr + offset, mapping->paddr + offset, large, attributes)) {
            return false;
        }
    }
    return true;
}

void vspace_init(struct vspace *vspace, unsigned vmid)
{
    vspace->root = pool_alloc(ROOT_BYTES, ROOT_BYTES);
    vspace->vttbr = (word)vmid << 48 | virt_to_phys(vspace->root);
}

void vspace_init_system(void)
{
    write_sysreg(vtcr_el2, VTCR);
    dsb();
    __asm__ volatile("tlbi alle1\n\tic iallu\n\tdsb sy\n\tisb" ::: "memory");
}

void vspace_switch(const struct vspace *vspace)
{
    static word loaded;
    if (vspace->vttbr != loaded) {
        loaded = vspace->vttbr;
        write_sysreg(vttbr_el2, loaded);
        isb();
    }
}

#include "kernel/end.h"
