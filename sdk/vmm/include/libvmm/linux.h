/*
 * Placing an Arm64 Linux kernel, its device tree and its initial RAM disk in the guest's memory.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * Header of an Arm64 `Image` file. Source: Linux, Documentation/arch/arm64/booting.rst, section 4. Little-endian.
 */
struct linux_image_header {
    uint32_t code0;
    uint32_t code1;
    uint64_t text_offset; /* bytes from a 2 MiB boundary to where the image wants to be */
    uint64_t image_size;  /* bytes in memory, .bss included; 0 in kernels before 3.17 */
    uint64_t flags;
    uint64_t reserved[3];
    uint32_t magic; /* "ARM\x64" */
    uint32_t pe_offset;
};

#define LINUX_IMAGE_MAGIC 0x644d5241u

/*
 * Copy the three images into the guest's memory, which the monitor has mapped at the guest's own addresses.
 *
 * ram_start:    where guest RAM begins, 2 MiB aligned; the kernel goes to ram_start + text_offset
 * kernel, dtb, initrd (+ sizes in bytes): the images, anywhere in the monitor's memory
 * dtb_dest, initrd_dest: where the other two go
 *
 * Returns the kernel's entry point, or 0, with a message, if the kernel has no Image magic, the device tree no
 * device tree magic, or two of them would overlap in memory.
 */
uintptr_t linux_setup_images(uintptr_t ram_start, uintptr_t kernel, size_t kernel_size, uintptr_t dtb,
                             uintptr_t dtb_dest, size_t dtb_size, uintptr_t initrd, uintptr_t initrd_dest,
                             size_t initrd_size);
