/* The monitor's words: nothing in the release configuration. */
#include "monitor.h"

void puts(const char *s)
{
#ifdef CONFIG_PRINTING
    seL4_DebugPutString(s);
#else
    (void)s;
#endif
}

static void put_hex(seL4_Uint64 value, unsigned digits)
{
    char text[19];
    text[0] = '0';
    text[1] = 'x';
    text[2 + digits] = 0;
    for (unsigned i = digits; i-- > 0; value >>= 4) {
        text[2 + i] = "0123456789abcdef"[value & 0xf];
    }
    puts(text);
}

void puthex32(seL4_Uint32 value)
{
    put_hex(value, 8);
}

void puthex64(seL4_Uint64 value)
{
    put_hex(value, 16);
}
