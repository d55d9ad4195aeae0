/* Methods of threads. */
#include "kernel/kernel.h"

enum {
    TCB_READ_REGISTERS = 2,
    TCB_WRITE_REGISTERS = 3,
    TCB_COPY_REGISTERS = 4,
    TCB_SET_PRIORITY = 6,
    TCB_SET_MC_PRIORITY = 7,
    TCB_SET_SCHED_PARAMS = 8,
    TCB_SUSPEND = 12,
    TCB_RESUME = 13,
    TCB_BIND_NOTIFICATION = 14,
    TCB_UNBIND_NOTIFICATION = 15,
    TCB_SET_TLS_BASE = 16,
    TCB_SET_FLAGS = 17,
};

static struct result truncated(const char *where, const char *what)
{
    user_error(where, "TCB %s: Truncated message.", what);
    return result_error(ERROR_TRUNCATED_MESSAGE);
}

/* Where a thread goes on. One that waits, or is in a system call, executes the instruction that it is in again. */
static word where_it_is(const struct tcb *thread)
{
    return thread->state == THREAD_RUNNING && thread != current ? thread->regs[FRAME_PC] : thread->fault_ip;
}

static struct result read_registers(const struct invocation *call)
{
    struct tcb *target = call->cap->tcb;
    if (call->length < 2) {
        return truncated("decodeReadRegisters/912", "ReadRegisters");
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
    unsigned n = 0;
    for (unsigned i = 0; i < count; i++) {
        uint8_t index = thread_context_order[i];
        n = message_set(call->thread, i, index == FRAME_PC ? where_it_is(target) : target->regs[index]);
    }
    return (struct result){ .error = ERROR_NONE, .count = n, .answered = true };
}

static void set_register(struct tcb *thread, uint8_t index, word value)
{
    if (index == FRAME_SPSR) {
        value = thread_sanitise_spsr(thread, value);
    } else if (index == FRAME_PC) {
        thread->fault_ip = value;
    }
    thread->regs[index] = value;
}

static struct result write_registers(const struct invocation *call)
{
    struct tcb *target = call->cap->tcb;
    if (call->length < 2) {
        return truncated("decodeWriteRegisters/960", "WriteRegisters");
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
        set_register(target, thread_context_order[i], message_get(call->thread, i + 2));
    }
    if (flags & 1) {
        thread_restart(target);
    }
    return result_ok();
}

/* In the order of seL4_UserContext, the first are those that a system call and a function may change. */
enum { COPY_SUSPEND_SOURCE = 1, COPY_RESUME_TARGET = 2, COPY_FRAME = 4, COPY_INTEGER = 8, FRAME_REGISTERS = 17 };

static struct result copy_registers(const struct invocation *call)
{
    struct tcb *target = call->cap->tcb;
    if (call->length < 1 || INFO_EXTRA_CAPS(call->thread->regs[REG_INFO]) < 1) {
        return truncated("decodeCopyRegisters/963", "CopyRegisters");
    }
    word flags = message_get(call->thread, 0);
    const struct cap *cap = cspace_lookup(call->thread, message_extra_cap(call->thread, 0));
    if (!cap || cap->type != CAP_TCB) {
        user_error("decodeCopyRegisters/977", "TCB CopyRegisters: Invalid source TCB.");
        return result_capability(1);
    }
    struct tcb *source = cap->tcb;
    if (flags & COPY_SUSPEND_SOURCE) {
        thread_suspend(source);
    }
    if (flags & COPY_RESUME_TARGET) {
        thread_restart(target);
    }
    for (unsigned i = 0; i < FRAME_WORDS; i++) {
        uint8_t index = thread_context_order[i];
        if (flags & (i < FRAME_REGISTERS ? COPY_FRAME : COPY_INTEGER)) {
            set_register(target, index, index == FRAME_PC ? where_it_is(source) : source->regs[index]);
        }
    }
    return result_ok();
}

/* Priorities are granted by a thread whose own maximum covers them. NULL where the first capability is of no thread. */
static const struct tcb *authority_of(const struct invocation *call, const char *where, const char *what)
{
    const struct cap *cap = cspace_lookup(call->thread, message_extra_cap(call->thread, 0));
    if (!cap || cap->type != CAP_TCB) {
        user_error(where, "%s: authority cap not a TCB.", what);
        return NULL;
    }
    return cap->tcb;
}

static bool may_grant(const struct tcb *authority, word priority, const char *where, const char *what)
{
    if (priority <= authority->mcp) {
        return true;
    }
    user_error(where, "TCB %s %lu too high (max %u).", what, priority, authority->mcp);
    return false;
}

static struct result set_priority(const struct invocation *call, bool maximum)
{
    if (call->length < 1 || INFO_EXTRA_CAPS(call->thread->regs[REG_INFO]) < 1) {
        return truncated("decodeSetPriority/1217", maximum ? "SetMCPriority" : "SetPriority");
    }
    const struct tcb *authority =
        authority_of(call, "decodeSetPriority/1226", maximum ? "TCB SetMCPriority" : "Set priority");
    if (!authority) {
        return result_capability(1);
    }
    word priority = message_get(call->thread, 0);
    if (!may_grant(authority, priority, "decodeSetPriority/1235",
                   maximum ? "SetMCPriority: Requested maximum controlled priority"
                           : "SetPriority: Requested priority")) {
        return result_range(0, authority->mcp);
    }
    if (maximum) {
        call->cap->tcb->mcp = (uint8_t)priority;
    } else {
        sched_set_priority(call->cap->tcb, (uint8_t)priority);
    }
    return result_ok();
}

/* The scheduling context that a thread gets; an empty slot takes it away. */
static struct result change_sc(const struct invocation *call, const struct cap *cap)
{
    struct tcb *target = call->cap->tcb;
    if (cap->type == CAP_SC) {
        if (target->sc == cap->sc) {
            return result_ok();
        }
        enum error refusal = sc_refusal(cap->sc, target);
        if (refusal == ERROR_NONE) {
            sc_bind(cap->sc, target);
        }
        return result_error(refusal);
    }
    if (target == call->thread) {
        user_error("decodeSetSchedParams/1409", "TCB SetSchedParams: Cannot change sched_context of current thread");
        return result_error(ERROR_ILLEGAL_OPERATION);
    }
    if (target->sc) {
        sc_unbind(target->sc);
    }
    return result_ok();
}

static bool is_fault_handler(const struct cap *cap)
{
    return cap->type == CAP_NULL || (cap->type == CAP_ENDPOINT && cap->rights & SYSTEM_CAP_WRITE &&
                                     cap->rights & (SYSTEM_CAP_GRANT | SYSTEM_CAP_GRANT_REPLY));
}

static struct result set_sched_params(const struct invocation *call)
{
    struct tcb *target = call->cap->tcb;
    if (call->length < 2 || INFO_EXTRA_CAPS(call->thread->regs[REG_INFO]) < 3) {
        return truncated("decodeSetSchedParams/1345", "SetSchedParams");
    }
    const struct tcb *authority = authority_of(call, "decodeSetSchedParams/1360", "TCB SetSchedParams");
    if (!authority) {
        return result_capability(1);
    }
    word mcp = message_get(call->thread, 0), priority = message_get(call->thread, 1);
    if (!may_grant(authority, mcp, "decodeSetSchedParams/1369",
                   "SetSchedParams: Requested maximum controlled priority") ||
        !may_grant(authority, priority, "decodeSetSchedParams/1376", "SetSchedParams: Requested priority")) {
        return result_range(0, authority->mcp);
    }
    const struct cap *sc = cspace_lookup(call->thread, message_extra_cap(call->thread, 1));
    if (!sc || (sc->type != CAP_SC && sc->type != CAP_NULL)) {
        user_error("decodeSetSchedParams/1415", "TCB Configure: sched context cap invalid.");
        return result_capability(2);
    }
    const struct cap *handler = cspace_lookup(call->thread, message_extra_cap(call->thread, 2));
    if (!handler || !is_fault_handler(handler)) {
        user_error("decodeSetSchedParams/1422", "TCB Configure: fault endpoint cap invalid.");
        return result_capability(3);
    }
    struct result result = change_sc(call, sc);
    if (result.error == ERROR_NONE) {
        target->fault_endpoint = handler->type == CAP_NULL ? NULL : handler->endpoint;
        target->fault_badge = handler->badge;
        target->mcp = (uint8_t)mcp;
        sched_set_priority(target, (uint8_t)priority);
    }
    return result;
}

static struct result set_tls_base(const struct invocation *call)
{
    if (call->length < 1) {
        return truncated("decodeSetTLSBase/787", "SetTLSBase");
    }
    call->cap->tcb->regs[FRAME_TPIDR_EL0] = message_get(call->thread, 0);
    return result_ok();
}

enum { FLAG_FPU_DISABLED = 1 };

/* Answers with the flags as they are then. */
static struct result set_flags(const struct invocation *call)
{
    struct tcb *target = call->cap->tcb;
    if (call->length < 2) {
        return truncated("decodeSetFlags/831", "SetFlags");
    }
    word flags = target->without_fpu ? FLAG_FPU_DISABLED : 0;
    flags &= ~message_get(call->thread, 0);
    flags |= message_get(call->thread, 1) & FLAG_FPU_DISABLED;
    target->without_fpu = flags & FLAG_FPU_DISABLED;
    if (target->without_fpu) {
        fpu_release(target);
    }
    return result_value(flags);
}

static struct result bind_notification(const struct invocation *call)
{
    if (INFO_EXTRA_CAPS(call->thread->regs[REG_INFO]) < 1) {
        return truncated("decodeBindNotification/1628", "BindNotification");
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
    case TCB_COPY_REGISTERS:
        return copy_registers(call);
    case TCB_SET_SCHED_PARAMS:
        return set_sched_params(call);
    case TCB_SET_TLS_BASE:
        return set_tls_base(call);
    case TCB_SET_FLAGS:
        return set_flags(call);
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
