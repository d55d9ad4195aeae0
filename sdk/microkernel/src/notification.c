/* Notifications: badges that are collected until somebody takes them. */
#include "kernel/kernel.h"

static void deliver(struct tcb *thread, word badge)
{
    thread->regs[REG_CAP] = badge;
    thread->regs[REG_INFO] = 0;
}

void notification_signal(struct notification *notification, word badge)
{
    struct tcb *bound = notification->bound;
    notification->ever |= badge;
    if (notification->head) {
        struct tcb *thread = notification->head;
        wait_remove(&notification->head, &notification->tail, thread);
        thread->notification = NULL;
        deliver(thread, badge);
        sc_lend(notification, thread);
        sched_set_state(thread, THREAD_RUNNING);
        sched_wake(thread);
    } else if (bound && bound->state == THREAD_BLOCKED_RECEIVE && !notification->active) {
        ipc_cancel(bound);
        deliver(bound, badge);
        sc_lend(notification, bound);
        sched_set_state(bound, THREAD_RUNNING);
        sched_wake(bound);
    } else {
        notification->pending |= badge;
        notification->active = true;
    }
}

/* Takes what has been signalled, if anything. */
bool notification_poll(struct tcb *thread, struct notification *notification)
{
    if (!notification->active) {
        return false;
    }
    deliver(thread, notification->pending);
    notification->pending = 0;
    notification->active = false;
    sc_lend(notification, thread);
    sched_wake(thread);
    return true;
}

void notification_wait(struct tcb *thread, struct notification *notification, bool blocking)
{
    if (notification_poll(thread, notification)) {
        return;
    }
    if (!blocking) {
        thread->regs[REG_CAP] = 0;
        return;
    }
    sc_give_back(notification, thread);
    sched_set_state(thread, THREAD_BLOCKED_NOTIFICATION);
    thread->notification = notification;
    wait_append(&notification->head, &notification->tail, thread);
}

void notification_cancel(struct tcb *thread)
{
    struct notification *notification = thread->notification;
    wait_remove(&notification->head, &notification->tail, thread);
    thread->notification = NULL;
}

void notification_bind(struct notification *notification, struct tcb *thread)
{
    notification->bound = thread;
    thread->bound = notification;
}

void notification_unbind(struct tcb *thread)
{
    if (thread->bound) {
        thread->bound->bound = NULL;
        thread->bound = NULL;
    }
}

#include "kernel/end.h"
