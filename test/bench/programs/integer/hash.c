/* A hash table with open addressing: words are counted, looked up and removed. */
#include "bench.h"

enum { SLOTS = 1 << 16, OPERATIONS = 1 << 17, KEYS = 1 << 15 };
struct entry {
    u64 key;
    u64 count;
};
static struct entry slots[SLOTS];

static u32 place_of(u64 key) { return (u32)((key * 0xff51afd7ed558ccdu) >> 48); }

/* The slot of a key, or the free one where it belongs. */
static struct entry *find(u64 key)
{
    u32 at = place_of(key);
    while (slots[at].key != 0 && slots[at].key != key) at = (at + 1) % SLOTS;
    return &slots[at];
}

/* Entries after the gap move up, unless that would put them before their place. */
static void discard(struct entry *gone)
{
    u32 gap = (u32)(gone - slots);
    for (u32 at = (gap + 1) % SLOTS; slots[at].key != 0; at = (at + 1) % SLOTS) {
        u32 wanted = place_of(slots[at].key);
        if ((at - wanted) % SLOTS < (at - gap) % SLOTS) continue;
        slots[gap] = slots[at];
        gap = at;
    }
    slots[gap].key = 0;
    slots[gap].count = 0;
}

u64 work(u64 rounds)
{
    u64 sum = 0, state = 7;
    for (u64 round = 0; round < rounds; round++) {
        for (u32 i = 0; i < OPERATIONS; i++) {
            u64 chance = random_next(&state);
            u64 key = (chance >> 20) % KEYS + 1;
            struct entry *entry = find(key);
            if ((chance & 7) == 0) {
                if (entry->key) {
                    sum += entry->count;
                    discard(entry);
                }
            } else {
                entry->key = key;
                entry->count++;
            }
        }
        sum = mix(sum, find(round % KEYS + 1)->count);
    }
    return sum;
}
