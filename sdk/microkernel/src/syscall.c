/* System calls: which operations a trap asks for, on which capabilities. */
#include "kernel/kernel.h"

enum {
    SYS_CALL = -1,
    SYS_REPLY_RECV = -2,
    SYS_NB_SEND_RECV = -3,
    SYS_NB_SEND_WAIT = -4,
    SYS_SEND = -5,
    SYS_NB_SEND = -6,
    SYS_RECV = -7,
    SYS_NB_RECV = -8,
    SYS_WAIT = -9,
    SYS_NB_WAIT = -10,
    SYS_YIELD = -11,
    SYS_DEBUG_PUT_CHAR = -12,
    SYS_DEBUG_DUMP_SCHEDULER = -13,
    SYS_DEBUG_HALT = -14,
    SYS_DEBUG_CAP_IDENTIFY = -15,
    SYS_DEBUG_SNAPSHOT = -16,
    SYS_DEBUG_NAME_THREAD = -17,
};

const struct cap *cspace_lookup(const struct tcb *thread, word cptr)
{
    const struct cnode *cnode = thread->cspace;
    if (!cnode) {
        return NULL;
    }
    if (cnode->below) {
        /* The root of two levels has no guard. */
        const struct cap *cap = &cnode->slots[cptr >> cnode->below];
        if (cap->type != CAP_CNODE) {
            return cap;
        }
        cptr &= (1ULL << cnode->below) - 1;
        cnode = cap->cnode;
    }
    if (cptr >> cnode->radix != cnode->guard) {
        return NULL;
    }
    return &cnode->slots[cptr & ((1ULL << cnode->radix) - 1)];
}

static void cap_fault(word cptr, bool receiving)
{
    word failure = LOOKUP_MISSING_CAPABILITY;
    if (!current->cspace) {
        failure = LOOKUP_INVALID_ROOT;
    } else if (!cspace_lookup(current, cptr)) {
        failure = LOOKUP_GUARD_MISMATCH;
    }
    fault_raise(current, FAULT_CAP, cptr, receiving, failure);
}

/* The outcome of a Call on an object, in the registers of its thread. Other sends hear nothing. */
static void answer(struct tcb *thread, const struct result *result)
{
    unsigned count = result->count;
    if (!result->answered) {
        for (unsigned i = 0; i < count; i++) {
            message_set(thread, i, result->values[i]);
        }
    }
    thread->regs[REG_CAP] = 0;
    thread->regs[REG_INFO] = INFO(result->error, count);
}

static void invoke(word cptr, bool is_call, bool blocking, bool may_donate)
{
    struct tcb *thread = current;
    word info = thread->regs[REG_INFO];
    const struct cap *cap = cspace_lookup(thread, cptr);
    if (!cap) {
        user_error("handleInvocation/286", "Invocation of invalid cap #%lu.", cptr);
        if (blocking) {
            cap_fault(cptr, false);
        }
        return;
    }
    struct invocation call = { thread, cap, cptr, INFO_LABEL(info), (unsigned)INFO_LENGTH(info) };
    struct result result = result_ok();
    switch (cap->type) {
    case CAP_NULL:
        user_error("decodeInvocation/645", "Attempted to invoke a null cap #%lu.", cptr);
        result = result_capability(0);
        break;
    case CAP_ENDPOINT:
        if (!(cap->rights & SYSTEM_CAP_WRITE)) {
            user_error("decodeInvocation/660", "Attempted to invoke a read-only endpoint cap #%lu.", cptr);
            result = result_capability(0);
            break;
        }
        ipc_send(thread, cap->endpoint, cap->badge, blocking, is_call,
                 cap->rights & (SYSTEM_CAP_GRANT | SYSTEM_CAP_GRANT_REPLY), may_donate);
        return;
    case CAP_NOTIFICATION:
        if (!(cap->rights & SYSTEM_CAP_WRITE)) {
            user_error("decodeInvocation/680", "Attempted to invoke a read-only notification cap #%lu.", cptr);
            result = result_capability(0);
            break;
        }
        notification_signal(cap->notification, cap->badge);
        break;
    case CAP_REPLY:
        if (is_call) {
            result = result_error(ERROR_ILLEGAL_OPERATION);
            break;
        }
        reply_answer(thread, cap->reply);
        return;
    default:
        result = invoke_object(&call);
        break;
    }
    /* A thread that stopped or restarted itself takes no answer. */
    if (is_call && thread->state == THREAD_RUNNING) {
        answer(thread, &result);
    }
}

static void receive(word cptr, bool blocking, bool with_reply)
{
    struct tcb *thread = current;
    const struct cap *cap = cspace_lookup(thread, cptr);
    if (cap && cap->type == CAP_ENDPOINT && (cap->rights & SYSTEM_CAP_READ)) {
        struct reply *reply = NULL;
        if (with_reply) {
            const struct cap *reply_cap = cspace_lookup(thread, thread->regs[REG_REPLY]);
            if (!reply_cap) {
                user_error("lookupReply/318", "Reply cap lookup failed");
                cap_fault(thread->regs[REG_REPLY], true);
                return;
            }
            if (reply_cap->type != CAP_REPLY) {
                user_error("lookupReply/326", "Cap in reply slot is not a reply");
                cap_fault(thread->regs[REG_REPLY], true);
                return;
            }
            reply = reply_cap->reply;
        }
        ipc_receive(thread, cap->endpoint, blocking, reply);
    } else if (cap && cap->type == CAP_NOTIFICATION && (cap->rights & SYSTEM_CAP_READ) &&
               (!cap->notification->bound || cap->notification->bound == thread)) {
        notification_wait(thread, cap->notification, blocking);
    } else {
        cap_fault(cptr, true);
    }
}

static bool can_go_on(void)
{
    return current->state == THREAD_RUNNING;
}

/* Who wrote the last character of a line that has not ended yet, and how many time slices it may still ask for. */
enum { LINE_GRACE = 64 };
static const struct tcb *line_owner;
static unsigned line_grace = LINE_GRACE;

bool syscall_line_open(const struct tcb *thread)
{
    if (thread != line_owner || line_grace == 0) {
        return false;
    }
    line_grace--;
    return true;
}

#ifdef CONFIG_PRINTING
static void name_thread(void)
{
    const struct cap *cap = cspace_lookup(current, current->regs[REG_CAP]);
    if (!cap || cap->type != CAP_TCB || !current->ipc_buffer) {
        user_error("handleUnknownSyscall/158", "SysDebugNameThread: cap is not a TCB");
        return;
    }
    const char *name = (const char *)(current->ipc_buffer + 1);
    unsigned i = 0;
    for (; i < NAME_LENGTH - 1 && name[i]; i++) {
        /* Names are printed: no control characters. */
        cap->tcb->name[i] = name[i] >= ' ' && name[i] <= '~' ? name[i] : '?';
    }
    cap->tcb->name[i] = 0;
}

/* True if the number was one of the debug calls. */
static bool debug_call(int64_t number)
{
    switch (number) {
    case SYS_DEBUG_PUT_CHAR:
        console_putc((char)current->regs[REG_CAP]);
        line_owner = current->regs[REG_CAP] == '\n' ? NULL : current;
        line_grace = line_owner ? line_grace : LINE_GRACE;
        /* The console is slow where a person watches it: that time is nobody's. */
        sched_forgive();
        return true;
    case SYS_DEBUG_DUMP_SCHEDULER:
        sched_dump();
        return true;
    case SYS_DEBUG_HALT:
        kprintf("Debug halt syscall from user thread 0x%lx \"%s\"\n", (word)current, current->name);
        panic("halted by \"%s\"", current->name);
    case SYS_DEBUG_CAP_IDENTIFY: {
        const struct cap *cap = cspace_lookup(current, current->regs[REG_CAP]);
        current->regs[REG_CAP] = cap ? cap->type : CAP_NULL;
        return true;
    }
    case SYS_DEBUG_SNAPSHOT:
        sched_dump();
        current->regs[REG_CAP] = 0;
        return true;
    case SYS_DEBUG_NAME_THREAD:
        name_thread();
        return true;
    default:
        return false;
    }
}
#endif

void syscall_handle(word number)
{
    const word *regs = current->regs;
    switch ((int64_t)number) {
    case SYS_CALL:
        invoke(regs[REG_CAP], true, true, true);
        break;
    case SYS_SEND:
        invoke(regs[REG_CAP], false, true, false);
        break;
    case SYS_NB_SEND:
        invoke(regs[REG_CAP], false, false, false);
        break;
    case SYS_REPLY_RECV: {
        word source = regs[REG_CAP];
        invoke(regs[REG_REPLY], false, false, true);
        if (can_go_on()) {
            receive(source, true, true);
        }
        break;
    }
    case SYS_NB_SEND_RECV: {
        word source = regs[REG_CAP];
        invoke(regs[REG_DEST], false, false, true);
        if (can_go_on()) {
            receive(source, true, true);
        }
        break;
    }
    case SYS_NB_SEND_WAIT: {
        word source = regs[REG_CAP];
        invoke(regs[REG_REPLY], false, false, true);
        if (can_go_on()) {
            receive(source, true, false);
        }
        break;
    }
    case SYS_RECV:
        receive(regs[REG_CAP], true, true);
        break;
    case SYS_NB_RECV:
        receive(regs[REG_CAP], false, true);
        break;
    case SYS_WAIT:
        receive(regs[REG_CAP], true, false);
        break;
    case SYS_NB_WAIT:
        receive(regs[REG_CAP], false, false);
        break;
    case SYS_YIELD:
        sched_yield();
        break;
    default:
#ifdef CONFIG_PRINTING
        if (debug_call((int64_t)number)) {
            break;
        }
#endif
        fault_raise(current, FAULT_UNKNOWN_SYSCALL, number, 0, 0);
        break;
    }
}

#include "kernel/end.h"
