/* Messages: four registers, and the rest in the IPC buffers of both sides. */
#include "kernel/kernel.h"

/* Words of an IPC buffer: tag, 120 message registers, user data, capabilities. */
enum { BUFFER_MESSAGE = 1, BUFFER_CAPS = 122 };

word message_get(const struct tcb *thread, unsigned i)
{
    if (i < MESSAGE_REGISTERS) {
        return thread->regs[REG_MR0 + i];
    }
    return thread->ipc_buffer ? thread->ipc_buffer[BUFFER_MESSAGE + i] : 0;
}

unsigned message_set(struct tcb *thread, unsigned i, word value)
{
    if (i < MESSAGE_REGISTERS) {
        thread->regs[REG_MR0 + i] = value;
        return i + 1;
    }
    if (!thread->ipc_buffer) {
        return MESSAGE_REGISTERS;
    }
    thread->ipc_buffer[BUFFER_MESSAGE + i] = value;
    return i + 1;
}

word message_extra_cap(const struct tcb *thread, unsigned i)
{
    return thread->ipc_buffer ? thread->ipc_buffer[BUFFER_CAPS + i] : 0;
}

/* From one thread to another: the fault that the sender waits with, or what it says. */
void message_transfer(struct tcb *from, struct tcb *to, word badge)
{
    if (from->fault.kind != FAULT_NONE) {
        fault_write_message(from, to, badge);
        return;
    }
    word info = from->regs[REG_INFO];
    unsigned length = INFO_LENGTH(info);
    if (length > MESSAGE_MAX) {
        length = MESSAGE_MAX;
    }
    if (length > MESSAGE_REGISTERS && (!from->ipc_buffer || !to->ipc_buffer)) {
        length = MESSAGE_REGISTERS;
    }
    for (unsigned i = 0; i < length; i++) {
        message_set(to, i, message_get(from, i));
    }
    to->regs[REG_CAP] = badge;
    to->regs[REG_INFO] = INFO(INFO_LABEL(info), length);
}

#include "kernel/end.h"
