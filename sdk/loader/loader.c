/*
 * The loader: QEMU or a boot loader puts the image somewhere and jumps to its first byte, at EL2 with the MMU off. The
 * loader says what it found, copies each region to where it belongs, and hands over to the kernel.
 */
#include "loader.h"

#include "system_image.h"

#define LINK_ADDRESS 0x70000000ULL

#define GICD 0x08000000ULL
#define GICD_TYPER (GICD + 0x004)
#define GICD_IGROUPR(n) (GICD + 0x080 + 4 * (n))
#define GICC_PMR 0x08010004ULL

extern const char _loader_end[]; /* the header starts here */

_Noreturn void loader_main(uint64_t here);
void *memcpy(void *to, const void *from, size_t n);
void *memset(void *to, int c, size_t n);

void *memcpy(void *to, const void *from, size_t n)
{
    char *p = to;
    const char *q = from;
    if ((((uint64_t)p | (uint64_t)q) & 7) == 0) {
        for (; n >= 8; n -= 8, p += 8, q += 8) {
            *(volatile uint64_t *)(void *)p = *(const uint64_t *)(const void *)q;
        }
    }
    while (n--) {
        *(volatile char *)p++ = *q++;
    }
    return to;
}

void *memset(void *to, int c, size_t n)
{
    for (volatile char *p = to; n--; p++) {
        *p = (char)c;
    }
    return to;
}

static _Noreturn void fail(const char *message)
{
    puts("LDR|ERROR: ");
    puts(message);
    puts("\n");
    for (;;) {
        __asm__ volatile("wfi");
    }
}

/* Moves the whole image to the address that it is linked for, and starts again there. */
static _Noreturn void relocate(uint64_t here, const struct loader_header *header)
{
    uint64_t size = (uint64_t)header - here + header->size;
    puts("LDR|INFO: relocating from ");
    puthex64(here);
    puts(" to ");
    puthex64(LINK_ADDRESS);
    puts("\n");
    if (here < LINK_ADDRESS + size && LINK_ADDRESS < here + size) {
        fail("relocation failed, loader destination would overlap current loader location");
    }
    memcpy((void *)LINK_ADDRESS, (const void *)here, size);
    jump_relocated(LINK_ADDRESS);
}

static void print_value(const char *label, uint64_t value)
{
    puts(label);
    puthex64(value);
}

static void print_header(const struct loader_header *h, const struct loader_region *regions)
{
    print_value("LDR|INFO: Flags:                ", h->flags);
    puts("\n");
    if (h->flags & LOADER_FLAG_HYPERVISOR) {
        puts("             seL4 configured as hypervisor\n");
    }
    print_value("LDR|INFO: Kernel:      entry:   ", h->kernel_entry);
    print_value("\nLDR|INFO: Root server: physmem: ", h->ui_p_reg_start);
    print_value(" -- ", h->ui_p_reg_end);
    print_value("\nLDR|INFO:              virtmem: ", h->ui_p_reg_start - h->pv_offset);
    print_value(" -- ", h->ui_p_reg_end - h->pv_offset);
    print_value("\nLDR|INFO:              entry  : ", h->v_entry);
    puts("\n");
    for (uint64_t i = 0; i < h->num_regions; i++) {
        puts("LDR|INFO: region: ");
        puthex32((uint32_t)i);
        print_value("   addr: ", regions[i].load_addr);
        print_value("   size: ", regions[i].size);
        print_value("   offset: ", regions[i].offset);
        print_value("   type: ", regions[i].type);
        puts("\n");
    }
}

static void copy_regions(const struct loader_header *h, const struct loader_region *regions)
{
    const char *data = (const char *)&regions[h->num_regions];
    for (uint64_t i = 0; i < h->num_regions; i++) {
        puts("LDR|INFO: copying region ");
        puthex32((uint32_t)i);
        puts("\n");
        memcpy((void *)regions[i].load_addr, data + regions[i].offset, regions[i].size);
    }
}

/* Where the machine has both security states, these writes are what lets the kernel see its interrupts. */
static void configure_gic(void)
{
    puts("LDR|INFO: Setting all interrupts to Group 1\n");
    uint32_t lines = mmio_read(GICD_TYPER) & 0x1f;
    puts("LDR|INFO: GICv2 ITLinesNumber: ");
    puthex32(lines);
    puts("\n");
    for (uint32_t i = 0; i <= lines; i++) {
        mmio_write(GICD_IGROUPR(i), 0xffffffff);
    }
    mmio_write(GICC_PMR, 0xf0);
}

static unsigned exception_level(void)
{
    uint64_t value;
    __asm__ volatile("mrs %0, CurrentEL" : "=r"(value));
    return (value >> 2) & 3;
}

static void check_exception_level(const struct loader_header *h)
{
    unsigned el = exception_level();
    puts("LDR|INFO: CurrentEL=EL");
    puts(el == 2 ? "2\n" : el == 1 ? "1\n" : "3\n");
    if ((h->flags & LOADER_FLAG_HYPERVISOR) && el != 2) {
        fail("seL4 configured as a hypervisor, but not in EL2");
    }
}

_Noreturn void loader_main(uint64_t here)
{
    const struct loader_header *header = (const struct loader_header *)_loader_end;
    console_init();
    puts("LDR|INFO: altloader for seL4 starting\n");
    if (header->magic != LOADER_MAGIC) {
        fail("mismatch on loader data structure magic number");
    }
    if (here != LINK_ADDRESS) {
        relocate(here, header);
    }
    const struct loader_region *regions = (const struct loader_region *)(header + 1);
    print_header(header, regions);
    copy_regions(header, regions);
    configure_gic();
    check_exception_level(header);
    puts("LDR|INFO: Resetting CNTVOFF\n");
    __asm__ volatile("msr cntvoff_el2, xzr");
    uint64_t args[8] = {
        header->ui_p_reg_start,    header->ui_p_reg_end,      header->pv_offset, header->v_entry, 0, 0,
        header->extra_device_addr, header->extra_device_size,
    };
    uint64_t *table = make_tables();
    puts("LDR|INFO: enabling MMU\n");
    puts("LDR|INFO: jumping to kernel\n");
    enter_kernel(args, header->kernel_entry, (uint64_t)table);
}
