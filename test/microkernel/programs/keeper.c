/* Keeps its child 1 going: after each fault, and from the start whenever the nudger (channel 2) finds it blocked. */
#include "say.h"

#define STACK_TOP 0x10000000000
#define PROGRAM_START 0x200000

static unsigned faults;

static void start_again(void)
{
    seL4_UserContext context = { .pc = PROGRAM_START, .sp = STACK_TOP };
    microkit_pd_stop(1);
    seL4_TCB_WriteRegisters(BASE_TCB_CAP + 1, seL4_True, 0, 36, &context);
}

void init(void)
{
    microkit_dbg_puts("keeper: starting\n");
}

void notified(microkit_channel ch)
{
    (void)ch;
}

microkit_msginfo protected(microkit_channel ch, microkit_msginfo message)
{
    (void)message;
    if (ch == 2) {
        start_again();
        microkit_mr_set(0, faults);
    }
    return microkit_msginfo_new(0, 1);
}

seL4_Bool fault(microkit_child child, microkit_msginfo message, microkit_msginfo *reply)
{
    (void)child, (void)message, (void)reply;
    faults++;
    start_again();
    return seL4_False;
}
