/* The debug console: a PL011, written to by polling. */
#include <stdarg.h>

#include "kernel/kernel.h"

#define UART_DR (UART_PHYS + 0x00)
#define UART_FR (UART_PHYS + 0x18)
#define UART_FR_TXFF (1U << 5)

void console_putc(char c)
{
    if (c == '\n') {
        console_putc('\r');
    }
    while (mmio_read(UART_FR) & UART_FR_TXFF) {
    }
    mmio_write(UART_DR, (unsigned char)c);
}

static void print_string(const char *s)
{
    while (*s) {
        console_putc(*s++);
    }
}

static void print_number(word value, unsigned base)
{
    char digits[20];
    unsigned n = 0;
    do {
        digits[n++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    while (n) {
        console_putc(digits[--n]);
    }
}

/* %s %c %d %u %x, with l for 64-bit words. */
static void vprint(const char *format, va_list args)
{
    for (; *format; format++) {
        if (*format != '%') {
            console_putc(*format);
            continue;
        }
        format++;
        bool wide = *format == 'l';
        if (wide) {
            format++;
        }
        switch (*format) {
        case 's':
            print_string(va_arg(args, const char *));
            break;
        case 'c':
            console_putc((char)va_arg(args, int));
            break;
        case 'd': {
            int64_t value = wide ? va_arg(args, int64_t) : va_arg(args, int);
            if (value < 0) {
                console_putc('-');
            }
            print_number(value < 0 ? 0 - (word)value : (word)value, 10);
            break;
        }
        case 'u':
            print_number(wide ? va_arg(args, word) : va_arg(args, unsigned), 10);
            break;
        case 'x':
            print_number(wide ? va_arg(args, word) : va_arg(args, unsigned), 16);
            break;
        default:
            console_putc(*format);
            break;
        }
    }
}

void kprintf(const char *format, ...)
{
#ifdef CONFIG_PRINTING
    va_list args;
    va_start(args, format);
    vprint(format, args);
    va_end(args);
#else
    (void)format;
#endif
}

#define COLOUR_OFF "\033[0m"
#define BOLD COLOUR_OFF "\033[1m"
#define GREEN COLOUR_OFF "\033[32m"

/* In seL4's colours. */
void user_error(const char *where, const char *format, ...)
{
#ifdef CONFIG_PRINTING
    kprintf(BOLD "<<" GREEN "seL4(CPU 0)" BOLD " [%s T0x%lx \"%s\" @%lx]: ", where, (word)current, current->name,
            current->fault_ip);
    va_list args;
    va_start(args, format);
    vprint(format, args);
    va_end(args);
    kprintf(">>" COLOUR_OFF "\n");
#else
    (void)where;
    (void)format;
#endif
}

/* The one message that the release configuration prints too: the machine stops here, and somebody will ask why. */
_Noreturn void panic(const char *format, ...)
{
    print_string("\nKERNEL PANIC: ");
    va_list args;
    va_start(args, format);
    vprint(format, args);
    va_end(args);
    print_string("\nhalting...\n");
    for (;;) {
        wait_for_interrupt();
    }
}

#include "kernel/end.h"
