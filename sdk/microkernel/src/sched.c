/*
 * Which thread runs: the first of the highest priority that is ready and whose scheduling context has budget.
 *
 * The running thread is in no queue. A thread that is woken runs at once if its priority is higher, goes to the end of
 * its queue if it is equal to the running one's, and to the front if it is lower: so of threads of one priority that a
 * higher one starts in turn, the last started runs first.
 */
#include "kernel/kernel.h"

struct tcb idle_thread = { .name = "idle" };
struct tcb *current = &idle_thread;
word kernel_time;

static struct tcb *release_head; /* threads without budget, by the time at which it comes back */

static struct tcb *action; /* woken, not yet in a queue */
static bool choose;        /* the running thread may no longer be the one */
static struct sc *charged; /* what the running time is charged to */
static word consumed;      /* ticks that are not charged yet */

static void release_insert(struct tcb *t)
{
    if (t->in_release) {
        return;
    }
    if (t->in_ready) {
        ready_remove(t);
    }
    struct tcb *before = NULL, *after = release_head;
    while (after && sc_head_time(after->sc) <= sc_head_time(t->sc)) {
        before = after;
        after = after->sched_next;
    }
    t->in_release = true;
    t->sched_prev = before;
    t->sched_next = after;
    *(before ? &before->sched_next : &release_head) = t;
    if (after) {
        after->sched_prev = t;
    }
}

static void release_remove(struct tcb *t)
{
    *(t->sched_prev ? &t->sched_prev->sched_next : &release_head) = t->sched_next;
    if (t->sched_next) {
        t->sched_next->sched_prev = t->sched_prev;
    }
    t->in_release = false;
}

static bool runnable(const struct tcb *t)
{
    return t->state == THREAD_RUNNING || t->state == THREAD_RESTART;
}

bool sched_schedulable(const struct tcb *t)
{
    return runnable(t) && t->sc && !t->in_release;
}

void sched_dequeue(struct tcb *t)
{
    if (t->in_ready) {
        ready_remove(t);
    }
    if (t->in_release) {
        release_remove(t);
    }
    if (action == t) {
        action = NULL;
        choose = true;
    }
}

void sched_reschedule(void)
{
    if (action && sched_schedulable(action)) {
        ready_insert(action, true);
    }
    action = NULL;
    choose = true;
}

void sched_wake(struct tcb *t)
{
    if (!sched_schedulable(t)) {
        return;
    }
    if (t == current) {
        return;
    }
    if (t->sc != charged) {
        sc_unblock(t->sc, kernel_time);
    }
    if (!sc_ready(t->sc, kernel_time)) {
        release_insert(t);
    } else if (t->domain != domain_current) {
        ready_insert(t, true);
    } else if (t->in_ready || t == action) {
        choose = true;
    } else if (action || choose) {
        sched_reschedule();
        ready_insert(t, true);
    } else {
        action = t;
    }
}

void sched_set_state(struct tcb *t, enum thread_state state)
{
    t->state = state;
    if (!runnable(t)) {
        sched_dequeue(t);
        if (t == current) {
            sched_reschedule();
        }
    }
}

void sched_set_priority(struct tcb *t, uint8_t priority)
{
    bool queued = t->in_ready;
    if (queued) {
        ready_remove(t);
    }
    t->priority = priority;
    if (queued) {
        ready_insert(t, false);
    }
    sched_reschedule();
}

void sched_yield(void)
{
    if (current->sc && current->sc == charged) {
        charged->consumed += consumed;
        /* What is left of the budget is given up for this period. */
        consumed = sc_head_amount(charged);
        sc_charge(charged, consumed, kernel_time);
        consumed = 0;
    }
    ready_insert(current, false);
    sched_reschedule();
}

void sched_yield_to(struct tcb *thread)
{
    sched_dequeue(thread);
    if (thread->priority < current->priority) {
        ready_insert(thread, true);
        return;
    }
    ready_insert(current, true);
    ready_insert(thread, true);
    sched_reschedule();
}

bool sched_enter(void)
{
    word now = timer_now();
    consumed += now - kernel_time;
    kernel_time = now;
    struct sc *sc = current->sc;
    if (!sc || sc != charged || sc_head_amount(sc) >= consumed + sc_min_budget) {
        return true;
    }
    sc->consumed += consumed;
    sc_charge(sc, consumed, now);
    consumed = 0;
    /* Nobody waits for a turn, or the turn may wait for the end of a line: lines that several threads write at once
     * cannot be read. */
    if (sc->round_robin && (!ready_first(current->priority) || syscall_line_open(current))) {
        return true;
    }
    if (sc_ready(sc, now)) {
        ready_insert(current, false);
    } else {
        release_insert(current);
    }
    sched_reschedule();
    return false;
}

void sched_forgive(void)
{
    kernel_time = timer_now();
}

bool sched_alone(void)
{
    return !action && !choose && !ready_highest() && !(release_head && sc_head_time(release_head->sc) <= kernel_time);
}

static void commit(struct sc *next)
{
    if (charged != next) {
        if (charged) {
            charged->consumed += consumed;
            sc_charge(charged, consumed, kernel_time);
        }
        consumed = 0;
        charged = next;
    }
}

static void release_due(void)
{
    while (release_head && sc_head_time(release_head->sc) <= kernel_time) {
        struct tcb *t = release_head;
        release_remove(t);
        if (runnable(t)) {
            sc_unblock(t->sc, kernel_time);
            ready_insert(t, false);
            choose = true;
        }
    }
}

/* When a thread gets its budget back, or the turn of this domain ends. */
static word next_event(void)
{
    word release = release_head ? sc_head_time(release_head->sc) : ~0ULL;
    return release < domain_end() ? release : domain_end();
}

/* No thread can run. Interrupts stay masked: a pending one ends the wait and is handled here. */
static void idle(void)
{
    commit(NULL);
    current = &idle_thread;
    vcpu_switch(NULL);
    timer_set(next_event());
    wait_for_interrupt();
    kernel_time = timer_now();
    irq_handle();
    sched_reschedule();
}

static struct tcb *take_first(void)
{
    for (;;) {
        domain_advance();
        release_due();
        struct tcb *t = ready_highest();
        if (!t) {
            idle();
            continue;
        }
        ready_remove(t);
        if (!sched_schedulable(t)) {
            continue;
        }
        if (sc_ready(t->sc, kernel_time)) {
            return t;
        }
        release_insert(t);
    }
}

void sched_pick(void)
{
    if (domain_advance()) {
        choose = true;
    }
    release_due();
    bool keep = sched_schedulable(current) && !current->in_ready;
    if (keep && current->domain != domain_current) {
        ready_insert(current, true);
        keep = false;
    }
    if (action && action->domain != domain_current) {
        sched_reschedule();
    }
    if (keep && action && action->priority == current->priority) {
        ready_insert(current, true);
        ready_insert(action, false);
        action = NULL;
        choose = true;
    }
    if (action || choose || !keep) {
        if (keep) {
            ready_insert(current, true);
        }
        sched_reschedule();
        struct tcb *next = take_first();
        commit(next->sc);
        current = next;
        action = NULL;
        choose = false;
    }
    commit(current->sc);
    /* A time slice need not end while nobody waits for it. */
    bool endless = current->sc->round_robin && !ready_first(current->priority);
    word slice_end = endless ? ~0ULL : kernel_time + (sc_head_amount(current->sc) - consumed);
    word event = next_event();
    timer_set(slice_end < event ? slice_end : event);
}

void sched_init(void)
{
    kernel_time = timer_now();
    sc_min_budget = timer_us(20);
}

void sched_dump(void)
{
    kprintf("Dumping all threads that are ready, or wait for budget:\n");
    kprintf("running: \"%s\" priority %u\n", current->name, current->priority);
    ready_dump();
    for (struct tcb *t = release_head; t; t = t->sched_next) {
        kprintf("released at %lu: \"%s\" priority %u\n", sc_head_time(t->sc), t->name, t->priority);
    }
}

#include "kernel/end.h"
