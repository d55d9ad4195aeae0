/* Placing the guest's images. */
#include <stdbool.h>
#include <libvmm/linux.h>
#include <libvmm/log.h>
#include "memory.h"

/* First word of a flattened device tree, big-endian. Source: Devicetree Specification 0.4, section 5.2. */
#define DTB_MAGIC_LITTLE_ENDIAN 0xedfe0dd0u
#define DTB_HEADER_SIZE 40

struct range {
    uintptr_t start;
    uintptr_t end;
};

/* False if the range does not fit below the end of the address space. */
static bool make_range(struct range *range, uintptr_t start, size_t size)
{
    range->start = start;
    return !__builtin_add_overflow(start, size, &range->end);
}

static bool overlap(const struct range *a, const struct range *b)
{
    return a->start < b->end && b->start < a->end;
}

/* Images come from .incbin and may lie on any byte. */
static uint32_t read_word(uintptr_t address)
{
    const uint8_t *byte = (const uint8_t *)address;

    return (uint32_t)byte[0] | (uint32_t)byte[1] << 8 | (uint32_t)byte[2] << 16 | (uint32_t)byte[3] << 24;
}

uintptr_t linux_setup_images(uintptr_t ram_start, uintptr_t kernel, size_t kernel_size, uintptr_t dtb,
                             uintptr_t dtb_dest, size_t dtb_size, uintptr_t initrd, uintptr_t initrd_dest,
                             size_t initrd_size)
{
    struct linux_image_header header;

    if (kernel_size < sizeof(header)) {
        log_error("Guest kernel image is too short (0x%lx bytes) for an Arm64 Image", kernel_size);
        return 0;
    }
    memory_copy((uintptr_t)&header, kernel, sizeof(header));
    if (header.magic != LINUX_IMAGE_MAGIC) {
        log_error("Guest kernel image has magic 0x%x instead of 0x%x: is it an uncompressed Arm64 Image?", header.magic,
                  LINUX_IMAGE_MAGIC);
        return 0;
    }
    if (dtb_size < DTB_HEADER_SIZE || read_word(dtb) != DTB_MAGIC_LITTLE_ENDIAN) {
        log_error("Guest DTB is not a flattened device tree");
        return 0;
    }

    uintptr_t kernel_dest;
    struct range kernel_range, dtb_range, initrd_range;
    size_t kernel_extent = header.image_size > kernel_size ? header.image_size : kernel_size;

    if (__builtin_add_overflow(ram_start, header.text_offset, &kernel_dest) ||
        !make_range(&kernel_range, kernel_dest, kernel_extent) || !make_range(&dtb_range, dtb_dest, dtb_size) ||
        !make_range(&initrd_range, initrd_dest, initrd_size)) {
        log_error("Guest images do not fit into the address space");
        return 0;
    }
    if (overlap(&kernel_range, &dtb_range) || overlap(&kernel_range, &initrd_range) ||
        overlap(&dtb_range, &initrd_range)) {
        log_error("Guest images overlap: kernel 0x%lx..0x%lx, DTB 0x%lx..0x%lx, initial RAM disk 0x%lx..0x%lx",
                  kernel_range.start, kernel_range.end, dtb_range.start, dtb_range.end, initrd_range.start,
                  initrd_range.end);
        return 0;
    }

    log_info("Copying guest kernel image to 0x%lx (0x%lx bytes)", kernel_dest, kernel_size);
    memory_copy(kernel_dest, kernel, kernel_size);
    log_info("Copying guest DTB to 0x%lx (0x%lx bytes)", dtb_dest, dtb_size);
    memory_copy(dtb_dest, dtb, dtb_size);
    log_info("Copying guest initial RAM disk to 0x%lx (0x%lx bytes)", initrd_dest, initrd_size);
    memory_copy(initrd_dest, initrd, initrd_size);
    return kernel_dest;
}
