#ifndef LOADER_H
#define LOADER_H

#include <stddef.h>
#include <stdint.h>

static inline uint32_t mmio_read(uint64_t address)
{
    return *(volatile uint32_t *)address;
}

static inline void mmio_write(uint64_t address, uint32_t value)
{
    *(volatile uint32_t *)address = value;
}

/* console.c */
void console_init(void);
void puts(const char *s);
void puthex32(uint32_t value);
void puthex64(uint64_t value);

/* tables.c: the level 0 table of an address space with physical memory at 0 and the kernel's window */
uint64_t *make_tables(void);

/* start.S */
_Noreturn void jump_relocated(uint64_t entry);
_Noreturn void enter_kernel(const uint64_t args[8], uint64_t entry, uint64_t table);

#endif
