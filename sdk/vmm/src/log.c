/* Formatted console output through the SDK's debug functions. */
#include <stdbool.h>
#include <stdint.h>
#include <microkit.h>
#include <libvmm/log.h>

static void print_number(uint64_t value, unsigned base)
{
    char digits[21];
    unsigned at = sizeof(digits) - 1;

    digits[at] = '\0';
    do {
        digits[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    microkit_dbg_puts(&digits[at]);
}

/* One conversion, `format` just after its %. Returns what follows it. */
static const char *print_conversion(const char *format, va_list *arguments)
{
    bool is_long = false;

    while (*format == 'l') {
        is_long = true;
        format++;
    }
    switch (*format) {
    case '\0':
        microkit_dbg_putc('%');
        return format;
    case '%':
        microkit_dbg_putc('%');
        break;
    case 'c':
        microkit_dbg_putc(va_arg(*arguments, int));
        break;
    case 's':
        microkit_dbg_puts(va_arg(*arguments, const char *));
        break;
    case 'd': {
        int64_t value = is_long ? va_arg(*arguments, long) : va_arg(*arguments, int);

        if (value < 0) {
            microkit_dbg_putc('-');
        }
        print_number(value < 0 ? -(uint64_t)value : (uint64_t)value, 10);
        break;
    }
    case 'u':
    case 'x':
        print_number(is_long ? va_arg(*arguments, unsigned long) : va_arg(*arguments, unsigned int),
                     *format == 'x' ? 16 : 10);
        break;
    default:
        microkit_dbg_putc('%');
        microkit_dbg_putc(*format);
        break;
    }
    return format + 1;
}

static void print_formatted(const char *format, va_list *arguments)
{
    while (*format != '\0') {
        if (*format == '%') {
            format = print_conversion(format + 1, arguments);
        } else {
            microkit_dbg_putc(*format++);
        }
    }
}

void log_text(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_formatted(format, &arguments);
    va_end(arguments);
}

void log_info(const char *format, ...)
{
    va_list arguments;

    log_text("%s|INFO: ", microkit_name);
    va_start(arguments, format);
    print_formatted(format, &arguments);
    va_end(arguments);
    log_text("\n");
}

void log_error(const char *format, ...)
{
    va_list arguments;

    log_text("%s|ERROR: ", microkit_name);
    va_start(arguments, format);
    print_formatted(format, &arguments);
    va_end(arguments);
    log_text("\n");
}
