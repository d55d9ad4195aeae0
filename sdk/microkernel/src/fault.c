/* Faults: a thread that cannot go on calls its handler, with a message that says why. */
#include "kernel/kernel.h"

/* The registers of the unknown-syscall and user-exception messages, in their order; the rest comes from the fault. */
static const uint8_t syscall_registers[] = { 0, 1, 2, 3, 4, 5, 6, 7, FRAME_WORDS, FRAME_SP, FRAME_X30, FRAME_SPSR };
static const uint8_t exception_registers[] = { FRAME_WORDS, FRAME_SP, FRAME_SPSR };

static word read_register(const struct tcb *thread, uint8_t index)
{
    return index == FRAME_WORDS ? thread->fault_ip : thread->regs[index];
}

static void describe_without_handler(const struct tcb *thread)
{
    const word *args = thread->fault.args;
    kprintf("Found thread has no fault handler while trying to handle:\n");
    switch (thread->fault.kind) {
    case FAULT_VM:
        kprintf("vm fault on %s at address 0x%lx with status 0x%lx\n", args[1] ? "code" : "data", args[0], args[2]);
        break;
    case FAULT_CAP:
        kprintf("cap fault in %s phase at address 0x%lx\n", args[1] ? "receive" : "send", args[0]);
        break;
    case FAULT_UNKNOWN_SYSCALL:
        kprintf("unknown syscall 0x%lx\n", args[0]);
        break;
    case FAULT_USER_EXCEPTION:
        kprintf("user exception 0x%lx code 0x%lx\n", args[0], args[1]);
        break;
    default:
        kprintf("unknown fault\n");
        break;
    }
    kprintf("in thread 0x%lx \"%s\" at address 0x%lx\n", (word)thread, thread->name, thread->fault_ip);
}

void fault_raise(struct tcb *thread, enum fault_kind kind, word a, word b, word c)
{
    thread->fault = (struct fault){ kind, { a, b, c } };
    if (thread->fault_endpoint) {
        ipc_send(thread, thread->fault_endpoint, thread->fault_badge, true, true, true, true);
        return;
    }
    describe_without_handler(thread);
    thread->fault.kind = FAULT_NONE;
    sched_set_state(thread, THREAD_INACTIVE);
}

void fault_write_message(struct tcb *from, struct tcb *to, word badge)
{
    const struct fault *fault = &from->fault;
    unsigned n = 0;
    switch (fault->kind) {
    case FAULT_CAP:
        message_set(to, n++, from->fault_ip);
        message_set(to, n++, fault->args[0]);
        message_set(to, n++, fault->args[1]);
        n = message_set(to, n, fault->args[2]);
        if (fault->args[2] == LOOKUP_MISSING_CAPABILITY) {
            n = message_set(to, n, 0);
        } else if (fault->args[2] == LOOKUP_GUARD_MISMATCH) {
            n = message_set(to, n, 64);
            n = message_set(to, n, from->cspace->guard);
            n = message_set(to, n, 64 - from->cspace->radix);
        }
        break;
    case FAULT_UNKNOWN_SYSCALL:
        while (n < sizeof(syscall_registers)) {
            message_set(to, n, read_register(from, syscall_registers[n]));
            n++;
        }
        n = message_set(to, n, fault->args[0]);
        break;
    case FAULT_USER_EXCEPTION:
        while (n < sizeof(exception_registers)) {
            message_set(to, n, read_register(from, exception_registers[n]));
            n++;
        }
        message_set(to, n++, fault->args[0]);
        n = message_set(to, n, fault->args[1]);
        break;
    case FAULT_VM:
        message_set(to, n++, from->fault_ip);
        for (unsigned i = 0; i < 3; i++) {
            n = message_set(to, n, fault->args[i]);
        }
        break;
    default:
        n = message_set(to, n, fault->args[0]);
        break;
    }
    to->regs[REG_CAP] = badge;
    to->regs[REG_INFO] = INFO(fault->kind, n);
}

static void write_register(struct tcb *thread, uint8_t index, word value)
{
    if (index == FRAME_WORDS) {
        thread->fault_ip = value;
    } else {
        thread->regs[index] = index == FRAME_SPSR ? thread_sanitise_spsr(thread, value) : value;
    }
}

/* An answer to an unknown system call or an exception carries new registers; the other faults are simply retried. */
bool fault_take_reply(struct tcb *from, struct tcb *thread)
{
    const uint8_t *registers;
    unsigned count;
    switch (thread->fault.kind) {
    case FAULT_UNKNOWN_SYSCALL:
        registers = syscall_registers;
        count = sizeof(syscall_registers);
        break;
    case FAULT_USER_EXCEPTION:
        registers = exception_registers;
        count = sizeof(exception_registers);
        break;
    default:
        return true;
    }
    unsigned length = INFO_LENGTH(from->regs[REG_INFO]);
    for (unsigned i = 0; i < count && i < length; i++) {
        write_register(thread, registers[i], message_get(from, i));
    }
    return INFO_LABEL(from->regs[REG_INFO]) == 0;
}

#include "kernel/end.h"
