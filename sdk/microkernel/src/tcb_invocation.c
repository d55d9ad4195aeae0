/* Methods of threads. */
#include "kernel/kernel.h"

enum {
    TCB_READ_REGISTERS = 2,
    TCB_WRITE_REGISTERS = 3,
    TCB_SET_PRIORITY = 6,
    TCB_SET_MC_PRIORITY = 7,
    TCB_SUSPEND = 12,
    TCB_RESUME = 13,
    TCB_BIND_NOTIFICATION = 14,
    TCB_UNBIND_NOTIFICATION = 15,
};

static struct result read_registers(const struct invocation *call)
{
    struct tcb *target = call->cap->tcb;
    if (call->length < 2) {
        user_error("decodeReadRegisters/912", "TCB ReadRegisters: Truncated message.");
        return result_error(ERROR_TRUNCATED_MESSAGE);
    }
    word flags = message_get(call->thread, 0);
    word count = message_get(call->thread, 1);
    if (count < 1 || count > FRAME_WORDS) {
        user_error("decodeReadRegisters/922",
                   "TCB ReadRegisters: Attempted to read an invalid number of registers (%d).", (int)count);
        return result_range(1, FRAME_WORDS);
    }
    if (target == call->thread) {
        user_error("decodeReadRegisters/934", "TCB ReadRegisters: Attempted to read our own registers.");
        return result_error(ERROR_ILLEGAL_OPERATION);
    }
    if (flags & 1) {
        thread_suspend(target);
    }
    /* A thread that runs goes on at its pc; one that stopped, at the instruction that it will execute again. */
    bool running = target->state == THREAD_RUNNING;
    unsigned n = 0;
    for (unsigned i = 0; i < count; i++) {
        uint8_t index = thread_context_order[i];
        n = message_set(call->thread, i, index == FRAME_PC && !running ? target->fault_ip : target->regs[index]);
    }
    return (struct result){ .error = ERROR_NONE, .count = n, .answered = true };
}

static struct result write_registers(const struct invocation *call)
{
    struct tcb *target = call->cap->tcb;
    if (call->length < 2) {
        user_error("decodeWriteRegisters/960", "TCB WriteRegisters: Truncated message.");
        return result_error(ERROR_TRUNCATED_MESSAGE);
    }
    word flags = message_get(call->thread, 0);
    word count = message_get(call->thread, 1);
    if (call->length - 2 < count) {
        user_error("decodeWriteRegisters/968",
                   "TCB WriteRegisters: Message too short for requested write size (%d/%d).", (int)(call->length - 2),
                   (int)count);
        return result_error(ERROR_TRUNCATED_MESSAGE);
    }
    if (target == call->thread) {
        user_error("decodeWriteRegisters/979", "TCB WriteRegisters: Attempted to write our own registers.");
        return result_error(ERROR_ILLEGAL_OPERATION);
    }
    for (unsigned i = 0; i < count && i < FRAME_WORDS; i++) {
        word value = message_get(call->thread, i + 2);
        uint8_t index = thread_context_order[i];
        if (index == FRAME_SPSR) {
            value = thread_sanitise_spsr(target, value);
        } else if (index == FRAME_PC) {
            target->fault_ip = value;
        }
        target->regs[index] = value;
    }
    if (flags & 1) {
        thread_restart(target);
    }
    return result_ok();
}

/* Priorities are granted by a thread whose own maximum covers them. */
static struct result set_priority(const struct invocation *call, bool maximum)
{
    if (call->length < 1 || INFO_EXTRA_CAPS(call->thread->regs[REG_INFO]) < 1) {
        user_error("decodeSetPriority/1200", "TCB SetPriority: Truncated message.");
        return result_error(ERROR_TRUNCATED_MESSAGE);
    }
    const struct cap *authority = cspace_lookup(call->thread, message_extra_cap(call->thread, 0));
    if (!authority || authority->type != CAP_TCB) {
        user_error("decodeSetPriority/1207", "Set priority: authority cap not a TCB.");
        return result_capability(1);
    }
    word priority = message_get(call->thread, 0);
    if (priority > authority->tcb->mcp) {
        user_error("decodeSetPriority/1216", "TCB SetPriority: Requested priority %lu too high (max %u).", priority,
                   authority->tcb->mcp);
        return result_range(0, authority->tcb->mcp);
    }
    if (maximum) {
        call->cap->tcb->mcp = (uint8_t)priority;
    } else {
        sched_set_priority(call->cap->tcb, (uint8_t)priority);
    }
    return result_ok();
}

static struct result bind_notification(const struct invocation *call)
{
    if (INFO_EXTRA_CAPS(call->thread->regs[REG_INFO]) < 1) {
        return result_error(ERROR_TRUNCATED_MESSAGE);
    }
    const struct cap *cap = cspace_lookup(call->thread, message_extra_cap(call->thread, 0));
    if (!cap || cap->type != CAP_NOTIFICATION || !(cap->rights & SYSTEM_CAP_READ) || cap->notification->bound ||
        cap->notification->head || call->cap->tcb->bound) {
        user_error("decodeBindNotification/1330", "TCB BindNotification: Notification cannot be bound.");
        return result_error(ERROR_ILLEGAL_OPERATION);
    }
    notification_bind(cap->notification, call->cap->tcb);
    return result_ok();
}

struct result tcb_invoke(const struct invocation *call)
{
    struct tcb *target = call->cap->tcb;
    switch (call->label) {
    case TCB_READ_REGISTERS:
        return read_registers(call);
    case TCB_WRITE_REGISTERS:
        return write_registers(call);
    case TCB_SET_PRIORITY:
        return set_priority(call, false);
    case TCB_SET_MC_PRIORITY:
        return set_priority(call, true);
    case TCB_SUSPEND:
        thread_suspend(target);
        return result_ok();
    case TCB_RESUME:
        thread_restart(target);
        return result_ok();
    case TCB_BIND_NOTIFICATION:
        return bind_notification(call);
    case TCB_UNBIND_NOTIFICATION:
        notification_unbind(target);
        return result_ok();
    default:
        user_error("decodeTCBInvocation/870", "TCB: Illegal operation.");
        return result_error(ERROR_ILLEGAL_OPERATION);
    }
}

#include "kernel/end.h"
