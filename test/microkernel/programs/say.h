/* One line on the console: a text, and a number. */
#pragma once

#include <stdint.h>

#include <microkit.h>

static inline void say(const char *text, uint32_t number)
{
    microkit_dbg_puts(text);
    microkit_dbg_put32(number);
    microkit_dbg_puts("\n");
}
