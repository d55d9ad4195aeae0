/* System registers, barriers, devices, and the window through which the kernel sees physical memory. */
#ifndef KERNEL_ARCH_H
#define KERNEL_ARCH_H

#include "kernel/types.h"

/* Physical memory appears at this offset in the kernel's address space. */
#define KERNEL_WINDOW 0x8000000000ULL
#define RAM_BASE 0x40000000ULL /* guest memory */
#define KERNEL_PHYS 0x60000000ULL
#define RAM_END 0xc0000000ULL

#define GICD_PHYS 0x08000000ULL
#define GICC_PHYS 0x08010000ULL
#define GICH_PHYS 0x08030000ULL
#define UART_PHYS 0x09000000ULL

static inline void *phys_to_virt(word paddr)
{
    return (void *)(paddr + KERNEL_WINDOW);
}

static inline word virt_to_phys(const void *p)
{
    return (word)p - KERNEL_WINDOW;
}

static inline uint32_t mmio_read(word paddr)
{
    return *(volatile uint32_t *)phys_to_virt(paddr);
}

static inline void mmio_write(word paddr, uint32_t value)
{
    *(volatile uint32_t *)phys_to_virt(paddr) = value;
}

static inline void mmio_write8(word paddr, uint8_t value)
{
    *(volatile uint8_t *)phys_to_virt(paddr) = value;
}

#define read_sysreg(name)                                  \
    ({                                                     \
        word value_;                                       \
        __asm__ volatile("mrs %0, " #name : "=r"(value_)); \
        value_;                                            \
    })
#define write_sysreg(name, value) __asm__ volatile("msr " #name ", %0" ::"r"((word)(value)) : "memory")

static inline void isb(void)
{
    __asm__ volatile("isb" ::: "memory");
}

static inline void dsb(void)
{
    __asm__ volatile("dsb sy" ::: "memory");
}

static inline void wait_for_interrupt(void)
{
    __asm__ volatile("dsb sy\n\twfi" ::: "memory");
}

/* exceptions.S */
void fpu_save(struct fpu_state *state);
void fpu_load(const struct fpu_state *state);
_Noreturn void enter_user(struct tcb *thread);

#endif
