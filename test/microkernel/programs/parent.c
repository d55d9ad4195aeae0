/* Handles the faults of child 5: says what they are, and lets it go on at the next instruction. */
#include "say.h"

void init(void)
{
    microkit_dbg_puts("parent: starting\n");
}

void notified(microkit_channel ch)
{
    (void)ch;
}

seL4_Bool fault(microkit_child child, microkit_msginfo message, microkit_msginfo *reply)
{
    seL4_UserContext context;
    seL4_Word label = microkit_msginfo_get_label(message);
    seL4_Word address = microkit_mr_get(seL4_VMFault_Addr);
    say("parent: child ", child);
    say("parent: label ", (uint32_t)label);
    say("parent: words ", (uint32_t)microkit_msginfo_get_count(message));
    if (seL4_TCB_ReadRegisters(BASE_TCB_CAP + child, seL4_False, 0, 36, &context) != seL4_NoError) {
        microkit_dbg_puts("parent: cannot read\n");
    }
    if (label == seL4_Fault_VMFault && address == context.pc) {
        microkit_dbg_puts("parent: enough\n");
        microkit_pd_stop(child);
        return seL4_False;
    }
    context.pc += 4;
    if (label == seL4_Fault_UnknownSyscall) {
        /* Answered rather than restarted: the registers written first are those that it goes on with. */
        seL4_TCB_WriteRegisters(BASE_TCB_CAP + child, seL4_False, 0, 36, &context);
        *reply = microkit_msginfo_new(0, 0);
        return seL4_True;
    }
    microkit_pd_restart(child, context.pc);
    return seL4_False;
}
