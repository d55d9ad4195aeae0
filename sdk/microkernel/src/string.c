/* What the compiler expects to exist. */
#include "kernel/kernel.h"

void *memset(void *to, int c, size_t n)
{
    unsigned char *p = to;
    word pattern = (word)(unsigned char)c * 0x0101010101010101ULL;
    if (((word)p & 7) == 0) {
        for (; n >= 8; n -= 8, p += 8) {
            *(volatile word *)(void *)p = pattern;
        }
    }
    while (n--) {
        *(volatile unsigned char *)p++ = (unsigned char)c;
    }
    return to;
}

void *memcpy(void *to, const void *from, size_t n)
{
    volatile unsigned char *p = to;
    const unsigned char *q = from;
    while (n--) {
        *p++ = *q++;
    }
    return to;
}

#include "kernel/end.h"
