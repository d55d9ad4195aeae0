/* The loader's console: a PL011. The release configuration prints nothing. */
#include "loader.h"

#define UART 0x09000000ULL
#define UART_DR (UART + 0x00)
#define UART_FR (UART + 0x18)
#define UART_CR (UART + 0x30)
#define FR_TXFF (1U << 5)
#define CR_UARTEN_TXE 0x101U

void console_init(void)
{
    mmio_write(UART_CR, mmio_read(UART_CR) | CR_UARTEN_TXE);
}

static void put(char c)
{
#ifdef CONFIG_PRINTING
    while (mmio_read(UART_FR) & FR_TXFF) {
    }
    mmio_write(UART_DR, (unsigned char)c);
#else
    (void)c;
#endif
}

void puts(const char *s)
{
    for (; *s; s++) {
        if (*s == '\n') {
            put('\r');
        }
        put(*s);
    }
}

static void put_hex(uint64_t value, int digits)
{
    puts("0x");
    while (digits--) {
        put("0123456789abcdef"[(value >> (4 * digits)) & 0xf]);
    }
}

void puthex32(uint32_t value)
{
    put_hex(value, 8);
}

void puthex64(uint64_t value)
{
    put_hex(value, 16);
}
