/* What a compiler may call for plain C. Weak, and in an object of their own: a program that has its own keeps them. */
#include <stddef.h>

void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);

/* Through volatile, or the compiler would recognise the loops and call these very functions. */

__attribute__((weak)) void *memcpy(void *to, const void *from, size_t n)
{
    volatile unsigned char *p = to;
    const unsigned char *q = from;
    if ((((size_t)to | (size_t)from) & 7) == 0) {
        for (; n >= 8; n -= 8, p += 8, q += 8) {
            *(volatile unsigned long *)(volatile void *)p = *(const unsigned long *)(const void *)q;
        }
    }
    while (n--) {
        *p++ = *q++;
    }
    return to;
}

__attribute__((weak)) void *memmove(void *to, const void *from, size_t n)
{
    volatile unsigned char *p = to;
    const volatile unsigned char *q = from;
    if ((size_t)to <= (size_t)from) {
        while (n--) {
            *p++ = *q++;
        }
    } else {
        while (n--) {
            p[n] = q[n];
        }
    }
    return to;
}

__attribute__((weak)) void *memset(void *to, int c, size_t n)
{
    volatile unsigned char *p = to;
    unsigned long pattern = (unsigned char)c * 0x0101010101010101UL;
    if (((size_t)to & 7) == 0) {
        for (; n >= 8; n -= 8, p += 8) {
            *(volatile unsigned long *)(volatile void *)p = pattern;
        }
    }
    while (n--) {
        *p++ = (unsigned char)c;
    }
    return to;
}

__attribute__((weak)) int memcmp(const void *a, const void *b, size_t n)
{
    const volatile unsigned char *p = a, *q = b;
    for (; n--; p++, q++) {
        if (*p != *q) {
            return *p < *q ? -1 : 1;
        }
    }
    return 0;
}
