/* A list in random order through 16 MiB: each load waits for the one before. */
#include "bench.h"

enum { NODES = 1 << 18 };
struct node {
    struct node *next;
    u64 value;
    u64 unused[6];
};
static struct node nodes[NODES];

u64 work(u64 rounds)
{
    u64 sum = 0, state = 17;
    /* A permutation with one cycle (Sattolo's). */
    for (u32 i = 0; i < NODES; i++) nodes[i].next = &nodes[i], nodes[i].value = random_next(&state);
    for (u32 i = NODES - 1; i > 0; i--) {
        u32 other = (u32)((random_next(&state) >> 32) % i);
        struct node *next = nodes[i].next;
        nodes[i].next = nodes[other].next;
        nodes[other].next = next;
    }
    struct node *node = nodes;
    for (u64 step = 0; step < rounds * 1024; step++) {
        sum += node->value;
        node = node->next;
    }
    return mix(sum, (u64)(node - nodes));
}
