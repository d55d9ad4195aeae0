#include <microkit.h>
#include "text.h"

void say_number(const char *what, int number)
{
    char digits[3] = { (char)('0' + number / 10), (char)('0' + number % 10), 0 };
    microkit_dbg_puts(what);
    microkit_dbg_puts(digits);
    microkit_dbg_puts("\n");
}
