/* Quicksort of random words by recursion, with insertion sort for what is short. */
#include "bench.h"

enum { COUNT = 1 << 16, SHORT = 12 };
static u32 values[COUNT];

static void insertion_sort(u32 *first, u32 *last)
{
    for (u32 *next = first + 1; next <= last; next++) {
        u32 value = *next;
        u32 *place = next;
        for (; place > first && place[-1] > value; place--) *place = place[-1];
        *place = value;
    }
}

static void quicksort(u32 *first, u32 *last)
{
    while (last - first > SHORT) {
        u32 a = *first, b = first[(last - first) / 2], c = *last;
        u32 pivot = a < b ? (b < c ? b : a < c ? c : a) : (a < c ? a : b < c ? c : b);
        u32 *low = first, *high = last;
        while (low <= high) {
            while (*low < pivot) low++;
            while (*high > pivot) high--;
            if (low > high) break;
            u32 swapped = *low;
            *low++ = *high;
            *high-- = swapped;
        }
        quicksort(first, high);
        first = low;
    }
    insertion_sort(first, last);
}

u64 work(u64 rounds)
{
    u64 sum = 0, state = 42;
    for (u64 round = 0; round < rounds; round++) {
        for (u32 i = 0; i < COUNT; i++) values[i] = (u32)random_next(&state);
        quicksort(values, values + COUNT - 1);
        for (u32 i = 1; i < COUNT; i++) {
            if (values[i - 1] > values[i]) return 0;
        }
        for (u32 i = 0; i < COUNT; i += 1024) sum = mix(sum, values[i]);
    }
    return sum;
}
