/* Threads that could run. Only those of the domain whose turn it is are chosen from. */
#include "kernel/kernel.h"

static struct {
    struct {
        struct tcb *head, *tail;
    } queues[NUM_PRIORITIES];
    word bits[NUM_PRIORITIES / 64];
} domains[SYSTEM_DOMAINS];

void ready_insert(struct tcb *t, bool front)
{
    if (t->in_ready || t->in_release) {
        return;
    }
    unsigned d = t->domain, p = t->priority;
    t->in_ready = true;
    t->sched_prev = front ? NULL : domains[d].queues[p].tail;
    t->sched_next = front ? domains[d].queues[p].head : NULL;
    *(t->sched_prev ? &t->sched_prev->sched_next : &domains[d].queues[p].head) = t;
    *(t->sched_next ? &t->sched_next->sched_prev : &domains[d].queues[p].tail) = t;
    domains[d].bits[p / 64] |= 1ULL << (p % 64);
}

void ready_remove(struct tcb *t)
{
    unsigned d = t->domain, p = t->priority;
    *(t->sched_prev ? &t->sched_prev->sched_next : &domains[d].queues[p].head) = t->sched_next;
    *(t->sched_next ? &t->sched_next->sched_prev : &domains[d].queues[p].tail) = t->sched_prev;
    if (!domains[d].queues[p].head) {
        domains[d].bits[p / 64] &= ~(1ULL << (p % 64));
    }
    t->in_ready = false;
}

struct tcb *ready_first(unsigned priority)
{
    return domains[domain_current].queues[priority].head;
}

struct tcb *ready_highest(void)
{
    const word *bits = domains[domain_current].bits;
    for (int i = NUM_PRIORITIES / 64 - 1; i >= 0; i--) {
        if (bits[i]) {
            return ready_first((unsigned)i * 64 + 63 - (unsigned)__builtin_clzll(bits[i]));
        }
    }
    return NULL;
}

void ready_dump(void)
{
    for (unsigned d = 0; d < SYSTEM_DOMAINS; d++) {
        for (unsigned p = NUM_PRIORITIES; p-- > 0;) {
            for (struct tcb *t = domains[d].queues[p].head; t; t = t->sched_next) {
                kprintf("ready: \"%s\" priority %u domain %u\n", t->name, p, d);
            }
        }
    }
}

#include "kernel/end.h"
