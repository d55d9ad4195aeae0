/* Endpoints and replies: send, call, receive, answer. */
#include "kernel/kernel.h"

static void endpoint_append(struct endpoint *endpoint, struct tcb *thread, bool receiver)
{
    endpoint->receivers = receiver;
    thread->endpoint = endpoint;
    wait_append(&endpoint->head, &endpoint->tail, thread);
}

static struct tcb *endpoint_take(struct endpoint *endpoint)
{
    struct tcb *thread = endpoint->head;
    wait_remove(&endpoint->head, &endpoint->tail, thread);
    thread->endpoint = NULL;
    return thread;
}

/* The caller waits for its answer; a server without a scheduling context runs on the caller's. */
static void reply_push(struct tcb *caller, struct tcb *server, struct reply *reply, bool may_donate)
{
    struct sc *sc = caller->sc;
    sched_set_state(caller, THREAD_BLOCKED_REPLY);
    caller->reply = reply;
    reply->caller = caller;
    reply->sc = NULL;
    if (may_donate && sc && !server->sc) {
        reply->sc = sc;
        sc_donate(sc, server);
    }
}

static void reply_unlink(struct reply *reply)
{
    reply->caller->reply = NULL;
    reply->caller = NULL;
    reply->sc = NULL;
}

/* Nobody will use the reply object for whoever it holds: that thread stops. */
void reply_cancel(struct reply *reply)
{
    struct tcb *caller = reply->caller;
    if (caller->state == THREAD_BLOCKED_REPLY) {
        caller->fault.kind = FAULT_NONE;
        reply_unlink(reply);
        sched_set_state(caller, THREAD_INACTIVE);
    } else {
        ipc_cancel(caller);
    }
}

/* After a message went from `sender`, which is in no queue: what becomes of the two. */
static void sender_done(struct tcb *sender, struct tcb *receiver, struct reply *reply, bool is_call, bool may_call,
                        bool may_donate)
{
    if (is_call || sender->fault.kind != FAULT_NONE) {
        if (reply && may_call) {
            reply_push(sender, receiver, reply, may_donate);
        } else {
            sched_set_state(sender, THREAD_INACTIVE);
        }
    } else if (may_donate && sender->sc && !receiver->sc) {
        sc_donate(sender->sc, receiver);
    }
}

void ipc_send(struct tcb *thread, struct endpoint *endpoint, word badge, bool blocking, bool is_call, bool may_call,
              bool may_donate)
{
    if (!endpoint->head || !endpoint->receivers) {
        if (blocking) {
            thread->send_badge = badge;
            thread->send_is_call = is_call;
            thread->send_may_call = may_call;
            sched_set_state(thread, THREAD_BLOCKED_SEND);
            endpoint_append(endpoint, thread, false);
        }
        return;
    }
    struct tcb *receiver = endpoint_take(endpoint);
    struct reply *reply = receiver->reply;
    if (reply) {
        reply_unlink(reply);
    }
    message_transfer(thread, receiver, badge);
    sender_done(thread, receiver, reply, is_call, may_call, may_donate);
    sched_set_state(receiver, THREAD_RUNNING);
    sched_wake(receiver);
}

void ipc_receive(struct tcb *thread, struct endpoint *endpoint, bool blocking, struct reply *reply)
{
    if (reply && reply->caller && reply->caller != thread) {
        user_error("receiveIPC/142", "Reply object already has unexecuted reply!");
        reply_cancel(reply);
    }
    if (thread->bound && notification_poll(thread, thread->bound)) {
        return;
    }
    if (!endpoint->head || endpoint->receivers) {
        if (!blocking) {
            thread->regs[REG_CAP] = 0;
            return;
        }
        sc_give_back(thread->bound, thread);
        sched_set_state(thread, THREAD_BLOCKED_RECEIVE);
        thread->reply = reply;
        if (reply) {
            reply->caller = thread;
        }
        endpoint_append(endpoint, thread, true);
        return;
    }
    struct tcb *sender = endpoint_take(endpoint);
    message_transfer(sender, thread, sender->send_badge);
    bool call = sender->send_is_call || sender->fault.kind != FAULT_NONE;
    if (call) {
        sender_done(sender, thread, reply, sender->send_is_call, sender->send_may_call, true);
    } else {
        sched_set_state(sender, THREAD_RUNNING);
        sched_wake(sender);
    }
}

/* Takes a thread out of whatever it waits for. Its state is the caller's to set. */
void ipc_cancel(struct tcb *thread)
{
    switch (thread->state) {
    case THREAD_BLOCKED_SEND:
    case THREAD_BLOCKED_RECEIVE:
        wait_remove(&thread->endpoint->head, &thread->endpoint->tail, thread);
        thread->endpoint = NULL;
        if (thread->reply) {
            reply_unlink(thread->reply);
        }
        break;
    case THREAD_BLOCKED_NOTIFICATION:
        notification_cancel(thread);
        break;
    case THREAD_BLOCKED_REPLY:
        reply_unlink(thread->reply);
        break;
    default:
        return;
    }
    thread->fault.kind = FAULT_NONE;
    sched_set_state(thread, THREAD_INACTIVE);
}

/* Answers the caller that the reply object holds, if there is one, with what `from` says. */
void reply_answer(struct tcb *from, struct reply *reply)
{
    struct tcb *caller = reply->caller;
    if (!caller || caller->state != THREAD_BLOCKED_REPLY) {
        return;
    }
    struct sc *sc = reply->sc;
    reply_unlink(reply);
    if (sc && sc->tcb == from && !caller->sc) {
        sc_donate(sc, caller);
    }
    if (caller->fault.kind == FAULT_NONE) {
        message_transfer(from, caller, 0);
        sched_set_state(caller, THREAD_RUNNING);
    } else {
        bool restart = fault_take_reply(from, caller);
        caller->fault.kind = FAULT_NONE;
        sched_set_state(caller, restart ? THREAD_RESTART : THREAD_INACTIVE);
    }
    sched_wake(caller);
}

#include "kernel/end.h"
