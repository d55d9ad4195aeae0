/* First in, first out: the threads that wait at an endpoint or a notification. */
#include "kernel/kernel.h"

void wait_append(struct tcb **head, struct tcb **tail, struct tcb *thread)
{
    thread->wait_prev = *tail;
    thread->wait_next = NULL;
    *(*tail ? &(*tail)->wait_next : head) = thread;
    *tail = thread;
}

void wait_remove(struct tcb **head, struct tcb **tail, struct tcb *thread)
{
    *(thread->wait_prev ? &thread->wait_prev->wait_next : head) = thread->wait_next;
    *(thread->wait_next ? &thread->wait_next->wait_prev : tail) = thread->wait_prev;
    thread->wait_next = thread->wait_prev = NULL;
}

#include "kernel/end.h"
