/* Bulk copying, and the functions that a C compiler calls on its own account. */
#include "memory.h"

#define LINE 64

static void copy_line(uintptr_t destination, uintptr_t source)
{
    uint64_t a, b, c, d, e, f, g, h;

    /* By name, since a compiler may turn a loop back into the memcpy() that it stands in for. */
    __asm__ volatile(
        "ldp %[a], %[b], [%[source]]\n"
        "ldp %[c], %[d], [%[source], #16]\n"
        "ldp %[e], %[f], [%[source], #32]\n"
        "ldp %[g], %[h], [%[source], #48]\n"
        "stp %[a], %[b], [%[destination]]\n"
        "stp %[c], %[d], [%[destination], #16]\n"
        "stp %[e], %[f], [%[destination], #32]\n"
        "stp %[g], %[h], [%[destination], #48]\n"
        : [a] "=&r"(a), [b] "=&r"(b), [c] "=&r"(c), [d] "=&r"(d), [e] "=&r"(e), [f] "=&r"(f), [g] "=&r"(g), [h] "=&r"(h)
        : [source] "r"(source), [destination] "r"(destination)
        : "memory");
}

void memory_copy(uintptr_t destination, uintptr_t source, size_t size)
{
    /* Unaligned pairs would be slow or, on Device memory, refused; images are aligned, so this costs nothing. */
    if ((destination | source) % sizeof(uint64_t) == 0) {
        while (size >= LINE) {
            copy_line(destination, source);
            destination += LINE;
            source += LINE;
            size -= LINE;
        }
    }
    while (size > 0) {
        *(volatile uint8_t *)destination++ = *(volatile const uint8_t *)source++;
        size--;
    }
}

/*
 * Freestanding compilers still emit calls to these (structure assignment, zeroing). Weak, so that a monitor or an SDK
 * that brings its own wins.
 */
__attribute__((weak)) void *memcpy(void *destination, const void *source, size_t size)
{
    memory_copy((uintptr_t)destination, (uintptr_t)source, size);
    return destination;
}

__attribute__((weak)) void *memset(void *destination, int value, size_t size)
{
    volatile uint8_t *byte = destination;

    while (size-- > 0) {
        *byte++ = (uint8_t)value;
    }
    return destination;
}
