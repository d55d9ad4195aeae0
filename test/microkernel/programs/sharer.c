/* Stops another protection domain and lets it go on, with a capability of its thread; and asks the secure monitor who it is. */
#include "say.h"

void init(void)
{
    seL4_CPtr thread = microkit_cspace_root_slot_to_cptr(5);
    microkit_notify(1);
    say("sharer: stopped ", (uint32_t)seL4_TCB_Suspend(thread));
    microkit_notify(1);
    say("sharer: resumes ", 0);
    seL4_TCB_Resume(thread);

    seL4_ARM_SMCContext call = { .x0 = 0x84000000 }, answer = { 0 };
    microkit_arm_smc_call(&call, &answer);
    say("sharer: PSCI ", (uint32_t)(answer.x0 >> 16));
    say("sharer: beyond the slots ", (uint32_t)microkit_cspace_root_slot_to_cptr(64));
}

void notified(microkit_channel ch)
{
    (void)ch;
}
