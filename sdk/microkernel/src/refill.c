/*
 * Budgets as a sporadic server: time that is used comes back one period later. A context whose budget is its period
 * never waits; its budget is only a time slice.
 */
#include "kernel/kernel.h"

word sc_min_budget;

static struct refill *at(struct sc *sc, unsigned i)
{
    return &sc->refills[(sc->head + i) % SC_REFILLS];
}

static void pop(struct sc *sc)
{
    sc->head = (sc->head + 1) % SC_REFILLS;
    sc->count--;
}

static void append(struct sc *sc, word time, word amount)
{
    if (sc->count == SC_REFILLS) {
        /* No room: the last refill grows and comes later, which never gives more than is due. */
        struct refill *tail = at(sc, sc->count - 1);
        tail->time = time;
        tail->amount += amount;
        return;
    }
    *at(sc, sc->count) = (struct refill){ time, amount };
    sc->count++;
}

void sc_init(struct sc *sc, word budget, word period, word now)
{
    sc->budget = budget;
    sc->period = period;
    sc->round_robin = budget >= period;
    sc->head = 0;
    sc->count = 1;
    sc->refills[0] = (struct refill){ now, budget };
}

word sc_head_time(const struct sc *sc)
{
    return sc->refills[sc->head].time;
}

word sc_head_amount(const struct sc *sc)
{
    return sc->refills[sc->head].amount;
}

bool sc_ready(const struct sc *sc, word now)
{
    return sc->round_robin || sc_head_time(sc) <= now;
}

/* Takes `used` ticks off the budget. */
void sc_charge(struct sc *sc, word used, word now)
{
    if (sc->round_robin) {
        struct refill *slice = at(sc, 0);
        slice->time = now;
        slice->amount = used + sc_min_budget > slice->amount ? sc->budget : slice->amount - used;
        return;
    }
    while (used) {
        struct refill *head = at(sc, 0);
        word take = used < head->amount ? used : head->amount;
        word back = head->time + sc->period;
        head->amount -= take;
        head->time += take;
        used -= take;
        if (head->amount == 0) {
            pop(sc);
        }
        append(sc, back, take);
        if (take == 0) {
            break;
        }
    }
    /* Too little to be worth a switch: it is added to what comes next. */
    while (sc->count > 1 && sc_head_amount(sc) < sc_min_budget) {
        word rest = sc_head_amount(sc);
        pop(sc);
        at(sc, 0)->amount += rest;
    }
}

/* The thread starts to run after a pause: budget that was there all along counts from now. */
void sc_unblock(struct sc *sc, word now)
{
    if (sc->round_robin || sc_head_time(sc) > now) {
        return;
    }
    at(sc, 0)->time = now;
    while (sc->count > 1 && at(sc, 1)->time <= now + sc_head_amount(sc)) {
        word amount = sc_head_amount(sc);
        pop(sc);
        at(sc, 0)->time = now;
        at(sc, 0)->amount += amount;
    }
}

#include "kernel/end.h"
