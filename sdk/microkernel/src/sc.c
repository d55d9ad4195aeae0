/* Scheduling contexts that change hands: between caller and passive server, notification and passive thread. */
#include "kernel/kernel.h"

void sc_unbind(struct sc *sc)
{
    struct tcb *thread = sc->tcb;
    if (thread) {
        sched_dequeue(thread);
        thread->sc = NULL;
        sc->tcb = NULL;
        if (thread == current) {
            sched_reschedule();
        }
    }
}

void sc_donate(struct sc *sc, struct tcb *to)
{
    sc_unbind(sc);
    sc->tcb = to;
    to->sc = sc;
}

/* A passive thread is woken by a signal: it runs on its notification's context. */
void sc_lend(struct notification *notification, struct tcb *thread)
{
    struct sc *sc = notification->sc;
    if (!thread->sc && sc && !sc->tcb) {
        sc_donate(sc, thread);
    }
}

/* ... and gives it back when it waits again. */
void sc_give_back(struct notification *notification, struct tcb *thread)
{
    if (notification && notification->sc && notification->sc == thread->sc) {
        sc_unbind(notification->sc);
    }
}

/* Contexts whose threads somebody has let go first. */
static struct sc *yielded;

static void yield_end(struct sc *sc)
{
    struct sc **link = &yielded;
    while (*link != sc) {
        link = &(*link)->yielded_after;
    }
    *link = sc->yielded_after;
    sc->yielder = NULL;
}

static struct sc *yielded_by(const struct tcb *yielder)
{
    struct sc *sc = yielded;
    while (sc && sc->yielder != yielder) {
        sc = sc->yielded_after;
    }
    return sc;
}

/* In microseconds, since somebody asked last. */
static word take_consumed(struct sc *sc)
{
    word ticks = sc->consumed;
    sc->consumed = 0;
    return timer_in_us(ticks);
}

void sc_yield_done(struct tcb *yielder)
{
    struct sc *sc = yielded_by(yielder);
    if (sc) {
        yield_end(sc);
        message_set(yielder, 0, take_consumed(sc));
        yielder->regs[REG_CAP] = 0;
        yielder->regs[REG_INFO] = INFO(ERROR_NONE, 1);
    }
}

void sc_yield_forget(const struct tcb *yielder)
{
    struct sc *sc = yielded_by(yielder);
    if (sc) {
        yield_end(sc);
    }
}

/* Its answer may come later: the thread is told when it runs again. */
static struct result yield_to(const struct invocation *call)
{
    struct sc *sc = call->cap->sc;
    struct tcb *thread = sc->tcb;
    if (!thread) {
        user_error("decodeSchedContext_YieldTo/236", "SchedContext_YieldTo: cannot yield to an inactive sched context");
        return result_error(ERROR_ILLEGAL_OPERATION);
    }
    if (thread == call->thread) {
        user_error("decodeSchedContext_YieldTo/244", "SchedContext_YieldTo: cannot seL4_SchedContext_YieldTo on self");
        return result_error(ERROR_ILLEGAL_OPERATION);
    }
    if (thread->priority > call->thread->mcp) {
        user_error("decodeSchedContext_YieldTo/250",
                   "SchedContext_YieldTo: insufficient mcp (%u) to yield to a thread with prio (%u)", call->thread->mcp,
                   thread->priority);
        return result_error(ERROR_ILLEGAL_OPERATION);
    }
    if (sc->yielder) {
        struct tcb *before = sc->yielder;
        sc_yield_done(before);
    }
    if (sched_schedulable(thread)) {
        bool later = thread->priority >= call->thread->priority;
        sched_yield_to(thread);
        if (later) {
            sc->yielder = call->thread;
            sc->yielded_after = yielded;
            yielded = sc;
        }
    }
    return result_value(sc->yielder ? 0 : take_consumed(sc));
}

static struct result truncated(const char *where, const char *what)
{
    user_error(where, "%s: Truncated message.", what);
    return result_error(ERROR_TRUNCATED_MESSAGE);
}

static struct result not_of_current(void)
{
    user_error("decodeSchedContext_UnbindObject/46", "SchedContext UnbindObject: cannot unbind sc of current thread");
    return result_error(ERROR_ILLEGAL_OPERATION);
}

static void unbind_notification(struct sc *sc)
{
    if (sc->notification) {
        sc->notification->sc = NULL;
        sc->notification = NULL;
    }
}

static struct result unbind_object(const struct invocation *call)
{
    struct sc *sc = call->cap->sc;
    if (INFO_EXTRA_CAPS(call->thread->regs[REG_INFO]) < 1) {
        return truncated("decodeSchedContext_UnbindObject/32", "SchedContext_Unbind");
    }
    const struct cap *object = cspace_lookup(call->thread, message_extra_cap(call->thread, 0));
    if (!object || (object->type != CAP_TCB && object->type != CAP_NOTIFICATION)) {
        user_error("decodeSchedContext_UnbindObject/60", "SchedContext_Unbind: invalid cap");
        return result_capability(1);
    }
    if (object->type == CAP_TCB ? object->tcb != sc->tcb : object->notification != sc->notification) {
        user_error("decodeSchedContext_UnbindObject/41", "SchedContext UnbindObject: object not bound");
        return result_error(ERROR_ILLEGAL_OPERATION);
    }
    if (object->type == CAP_NOTIFICATION) {
        unbind_notification(sc);
    } else if (object->tcb == call->thread) {
        return not_of_current();
    } else {
        sc_unbind(sc);
    }
    return result_ok();
}

static bool is_blocked(const struct tcb *thread)
{
    return thread->state >= THREAD_BLOCKED_RECEIVE;
}

enum error sc_refusal(const struct sc *sc, const struct tcb *thread)
{
    if (sc->tcb) {
        user_error("decodeSchedContext_Bind/100", "SchedContext_Bind: sched context already bound.");
    } else if (thread->sc) {
        user_error("decodeSchedContext_Bind/106", "SchedContext_Bind: tcb already bound.");
    } else if (is_blocked(thread) && !sc_ready(sc, kernel_time)) {
        user_error("decodeSchedContext_Bind/112",
                   "SchedContext_Bind: tcb blocked and scheduling context not schedulable.");
    } else {
        return ERROR_NONE;
    }
    return ERROR_ILLEGAL_OPERATION;
}

void sc_bind(struct sc *sc, struct tcb *thread)
{
    sc_donate(sc, thread);
    sched_wake(thread);
}

static struct result bind(const struct invocation *call)
{
    struct sc *sc = call->cap->sc;
    if (INFO_EXTRA_CAPS(call->thread->regs[REG_INFO]) < 1) {
        return truncated("decodeSchedContext_Bind/90", "SchedContext_Bind");
    }
    const struct cap *object = cspace_lookup(call->thread, message_extra_cap(call->thread, 0));
    if (!object || (object->type != CAP_TCB && object->type != CAP_NOTIFICATION)) {
        user_error("decodeSchedContext_Bind/132", "SchedContext_Bind: invalid cap.");
        return result_capability(1);
    }
    if (object->type == CAP_TCB) {
        enum error refusal = sc_refusal(sc, object->tcb);
        if (refusal == ERROR_NONE) {
            sc_bind(sc, object->tcb);
        }
        return result_error(refusal);
    }
    if (sc->notification || object->notification->sc) {
        user_error("decodeSchedContext_Bind/120", "SchedContext_Bind: %s already bound.",
                   sc->notification ? "sched context" : "notification");
        return result_error(ERROR_ILLEGAL_OPERATION);
    }
    sc->notification = object->notification;
    object->notification->sc = sc;
    return result_ok();
}

enum { SC_BIND = 31, SC_UNBIND = 32, SC_UNBIND_OBJECT = 33, SC_CONSUMED = 34, SC_YIELD_TO = 35 };

struct result sc_invoke(const struct invocation *call)
{
    struct sc *sc = call->cap->sc;
    switch (call->label) {
    case SC_BIND:
        return bind(call);
    case SC_UNBIND:
        if (sc->tcb == call->thread) {
            return not_of_current();
        }
        sc_unbind(sc);
        unbind_notification(sc);
        return result_ok();
    case SC_UNBIND_OBJECT:
        return unbind_object(call);
    case SC_CONSUMED:
        return result_value(take_consumed(sc));
    case SC_YIELD_TO:
        return yield_to(call);
    default:
        user_error("decodeSchedContextInvocation/295", "SchedContext invocation: Illegal operation attempted.");
        return result_error(ERROR_ILLEGAL_OPERATION);
    }
}

#include "kernel/end.h"
