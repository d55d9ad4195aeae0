/*
 * The kernel's own address space: physical memory in one window, of which only the kernel's code can be executed, and
 * the three devices and the console that it drives. Users cannot see it at all: their translations are stage 2's.
 */
#include "kernel/kernel.h"

#define TABLE 3ULL
#define PAGE 3ULL
#define BLOCK 1ULL
#define ATTR_DEVICE (0ULL << 2)
#define ATTR_NORMAL (4ULL << 2)
#define AP_RES1 (1ULL << 6)
#define AP_READ_ONLY (1ULL << 7)
#define INNER_SHAREABLE (3ULL << 8)
#define ACCESSED (1ULL << 10)
#define EXECUTE_NEVER (1ULL << 54)

#define NORMAL_DATA (ATTR_NORMAL | AP_RES1 | INNER_SHAREABLE | ACCESSED | EXECUTE_NEVER)
#define DEVICE_DATA (ATTR_DEVICE | AP_RES1 | ACCESSED | EXECUTE_NEVER)

enum { TABLE_WORDS = 512 };

static word level0[TABLE_WORDS] __attribute__((aligned(4096)));
static word level1[TABLE_WORDS] __attribute__((aligned(4096)));
static word level2_devices[TABLE_WORDS] __attribute__((aligned(4096)));
static word level2_memory[TABLE_WORDS] __attribute__((aligned(4096)));
static word level3_kernel[TABLE_WORDS] __attribute__((aligned(4096)));

extern char _text[], _text_end[], _rodata_end[], kernel_stack_guard[];

static unsigned index2(word paddr)
{
    return (paddr >> 21) & (TABLE_WORDS - 1);
}

/* The 2 MiB that hold the kernel, page by page. */
static void map_kernel(void)
{
    word text = virt_to_phys(_text), text_end = virt_to_phys(_text_end), rodata_end = virt_to_phys(_rodata_end);
    word guard = virt_to_phys(kernel_stack_guard);
    for (unsigned i = 0; i < TABLE_WORDS; i++) {
        word paddr = KERNEL_PHYS + i * PAGE_SIZE;
        word entry = paddr | PAGE | NORMAL_DATA;
        if (paddr >= text && paddr < text_end) {
            entry = (entry | AP_READ_ONLY) & ~EXECUTE_NEVER;
        } else if (paddr >= text_end && paddr < rodata_end) {
            entry |= AP_READ_ONLY;
        } else if (paddr == guard) {
            entry = 0;
        }
        level3_kernel[i] = entry;
    }
}

void mmu_init(void)
{
    map_kernel();
    static const word devices[] = { GICD_PHYS, GICC_PHYS, GICH_PHYS, UART_PHYS };
    for (unsigned i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
        word block = devices[i] & ~(LARGE_PAGE_SIZE - 1);
        level2_devices[index2(block)] = block | BLOCK | DEVICE_DATA;
    }
    for (unsigned i = 0; i < TABLE_WORDS; i++) {
        level2_memory[i] = (RAM_BASE + i * LARGE_PAGE_SIZE) | BLOCK | NORMAL_DATA;
    }
    level2_memory[index2(KERNEL_PHYS)] = virt_to_phys(level3_kernel) | TABLE;
    level1[0] = virt_to_phys(level2_devices) | TABLE;
    level1[1] = virt_to_phys(level2_memory) | TABLE;
    level1[2] = 0x80000000ULL | BLOCK | NORMAL_DATA;
    level0[KERNEL_WINDOW >> 39] = virt_to_phys(level1) | TABLE;
    dsb();
    write_sysreg(ttbr0_el2, virt_to_phys(level0));
    isb();
    __asm__ volatile("tlbi alle2\n\tdsb sy\n\tisb" ::: "memory");
}

#include "kernel/end.h"
