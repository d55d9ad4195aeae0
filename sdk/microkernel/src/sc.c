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

static struct result unbind_object(const struct invocation *call)
{
    struct sc *sc = call->cap->sc;
    if (INFO_EXTRA_CAPS(call->thread->regs[REG_INFO]) < 1) {
        return result_error(ERROR_TRUNCATED_MESSAGE);
    }
    const struct cap *object = cspace_lookup(call->thread, message_extra_cap(call->thread, 0));
    if (object && object->type == CAP_TCB && object->tcb == sc->tcb) {
        sc_unbind(sc);
    } else if (object && object->type == CAP_NOTIFICATION && object->notification == sc->notification) {
        sc->notification->sc = NULL;
        sc->notification = NULL;
    } else {
        return result_error(ERROR_ILLEGAL_OPERATION);
    }
    return result_ok();
}

static struct result bind(const struct invocation *call)
{
    struct sc *sc = call->cap->sc;
    if (INFO_EXTRA_CAPS(call->thread->regs[REG_INFO]) < 1) {
        return result_error(ERROR_TRUNCATED_MESSAGE);
    }
    const struct cap *object = cspace_lookup(call->thread, message_extra_cap(call->thread, 0));
    if (!object || (object->type != CAP_TCB && object->type != CAP_NOTIFICATION)) {
        return result_capability(1);
    }
    if (sc->tcb || sc->notification) {
        return result_error(ERROR_ILLEGAL_OPERATION);
    }
    if (object->type == CAP_TCB) {
        if (object->tcb->sc) {
            return result_error(ERROR_ILLEGAL_OPERATION);
        }
        sc_donate(sc, object->tcb);
        sched_wake(object->tcb);
    } else {
        if (object->notification->sc) {
            return result_error(ERROR_ILLEGAL_OPERATION);
        }
        sc->notification = object->notification;
        object->notification->sc = sc;
    }
    return result_ok();
}

enum { SC_BIND = 31, SC_UNBIND = 32, SC_UNBIND_OBJECT = 33 };

struct result sc_invoke(const struct invocation *call)
{
    struct sc *sc = call->cap->sc;
    switch (call->label) {
    case SC_BIND:
        return bind(call);
    case SC_UNBIND:
        sc_unbind(sc);
        if (sc->notification) {
            sc->notification->sc = NULL;
            sc->notification = NULL;
        }
        return result_ok();
    case SC_UNBIND_OBJECT:
        return unbind_object(call);
    default:
        return result_error(ERROR_ILLEGAL_OPERATION);
    }
}

#include "kernel/end.h"
