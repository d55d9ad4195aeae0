#pragma once

#include <stddef.h>
#include <stdint.h>

/* Copy `size` bytes between ranges that do not overlap. For guest images: tens of megabytes, so by whole lines. */
void memory_copy(uintptr_t destination, uintptr_t source, size_t size);
