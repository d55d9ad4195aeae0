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
#define USER_TOP 0xffffffffffULL

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

/* The entry of the page that an address of a user is in, and how many bits of the address are within that page. */
static word page_of(const struct vspace *vspace, word vaddr, unsigned *bits)
{
    const word *table = vspace->root;
    word index = vaddr >> 30;
    for (*bits = 30;; *bits -= 9, index = (vaddr >> *bits) & 511) {
        word entry = table[index];
        bool leads_on = *bits > 12 && (entry & TABLE) == TABLE;
        if (!leads_on || !(entry & VALID)) {
            return entry;
        }
        table = phys_to_virt(ADDRESS(entry));
    }
}

enum { VSPACE_CLEAN = 36, VSPACE_INVALIDATE = 37, VSPACE_CLEAN_INVALIDATE = 38, VSPACE_UNIFY = 39 };
enum { CACHE_LINE = 64 };

static void maintain(word label, char *from, const char *to)
{
    for (char *line = from - (word)from % CACHE_LINE; line < to; line += CACHE_LINE) {
        switch (label) {
        case VSPACE_CLEAN:
            __asm__ volatile("dc cvac, %0" ::"r"(line) : "memory");
            break;
        case VSPACE_UNIFY:
            __asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ialluis" ::"r"(line) : "memory");
            break;
        default:
            /* Nothing that somebody else has written is thrown away: what is invalidated is cleaned first. */
            __asm__ volatile("dc civac, %0" ::"r"(line) : "memory");
            break;
        }
    }
    dsb();
    isb();
}

/* Cache maintenance of a range of a user's addresses, within a page. */
struct result vspace_invoke(const struct invocation *call)
{
    word label = call->label;
    if (label < VSPACE_CLEAN || label > VSPACE_UNIFY) {
        return result_error(ERROR_ILLEGAL_OPERATION);
    }
    if (call->length < 2) {
        user_error("decodeARMVSpaceRootInvocation/1321", "VSpaceRoot Flush: Truncated message.");
        return result_error(ERROR_TRUNCATED_MESSAGE);
    }
    word start = message_get(call->thread, 0), end = message_get(call->thread, 1);
    if (end <= start) {
        user_error("decodeARMVSpaceRootInvocation/1331", "VSpaceRoot Flush: Invalid range.");
        return result_argument(1);
    }
    if (end > USER_TOP) {
        user_error("decodeARMVSpaceRootInvocation/1339", "VSpaceRoot Flush: Exceed the user addressable region.");
        return result_error(ERROR_ILLEGAL_OPERATION);
    }
    unsigned bits;
    word entry = page_of(call->cap->object, start, &bits);
    word within = (1ULL << bits) - 1;
    if (!(entry & VALID)) {
        return result_ok();
    }
    if (end - 1 > (start | within)) {
        user_error("decodeARMVSpaceRootInvocation/1389",
                   "VSpaceRoot Flush: cannot cross page boundary, valid range is [0x%lx..0x%lx)", start,
                   start | within);
        return result_range(start, start | within);
    }
    /* Registers of devices are in no cache. */
    if (!(entry & MEMATTR_NORMAL)) {
        return result_ok();
    }
    char *from = phys_to_virt((ADDRESS(entry) & ~within) + (start & within));
    maintain(label, from, from + (end - start));
    return result_ok();
}

#include "kernel/end.h"
