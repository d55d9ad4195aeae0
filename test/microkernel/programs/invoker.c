/* Invocations of seL4 with the capabilities that a description can give, and what the kernel answers to wrong ones. */
#include "say.h"

enum { CHANNEL = 1, WORDS = sizeof(seL4_UserContext) / sizeof(seL4_Word) };

static seL4_UserContext before, registers;
static char page[0x2000] __attribute__((aligned(4096)));

static seL4_CPtr slot(seL4_Word number)
{
    return microkit_cspace_root_slot_to_cptr(number);
}

static void registers_of_another(seL4_CPtr thread, seL4_CPtr own_thread)
{
    say("copies from nothing ", (uint32_t)seL4_TCB_CopyRegisters(thread, seL4_CapNull, 0, 0, 1, 1, 0));
    seL4_TCB_ReadRegisters(thread, 1, 0, WORDS, &before);
    register seL4_Word marked __asm__("x19") = 0x1919;
    __asm__ volatile("" : "+r"(marked));
    say("copies a frame ", (uint32_t)seL4_TCB_CopyRegisters(thread, own_thread, 0, 0, 1, 0, 0));
    seL4_TCB_ReadRegisters(thread, 0, 0, WORDS, &registers);
    say("x19 is its own ", registers.x19 == before.x19);
    say("where it goes on is not ", registers.pc != before.pc);
    seL4_TCB_WriteRegisters(thread, 0, 0, WORDS, &before);
    say("sets TLS ", (uint32_t)seL4_TCB_SetTLSBase(thread, 0x1234));
    seL4_TCB_ReadRegisters(thread, 0, 0, WORDS, &registers);
    say("TLS ", (uint32_t)registers.tpidr_el0);
    say("without FPU ", (uint32_t)seL4_TCB_SetFlags(thread, 0, seL4_TCBFlag_fpuDisabled).flags);
    say("with FPU ", (uint32_t)seL4_TCB_SetFlags(thread, seL4_TCBFlag_fpuDisabled, 0).flags);
    say("resumes ", (uint32_t)seL4_TCB_Resume(thread));
}

static void time_of_another(seL4_CPtr context, seL4_CPtr own_context)
{
    /* Time is counted when a turn ends. */
    seL4_Yield();
    say("has used something ", seL4_SchedContext_Consumed(own_context).consumed > 0);
    say("yields to itself ", (uint32_t)seL4_SchedContext_YieldTo(own_context).error);
    say("unbinds itself ", (uint32_t)seL4_SchedContext_Unbind(own_context));
    /* As urgent as this one: it is ready, and waits. */
    microkit_notify(CHANNEL);
    seL4_SchedContext_Consumed(context);
    seL4_SchedContext_YieldTo_t yielded = seL4_SchedContext_YieldTo(context);
    say("yielded ", (uint32_t)yielded.error);
    say("it has used something ", yielded.consumed > 0);
    say("yields to who waits ", (uint32_t)seL4_SchedContext_YieldTo(context).error);
}

static void priorities_of_another(seL4_CPtr thread, seL4_CPtr context, seL4_CPtr own_thread)
{
    say("too urgent ", (uint32_t)seL4_TCB_SetSchedParams(thread, own_thread, 100, 254, context, seL4_CapNull));
    say("no context ", (uint32_t)seL4_TCB_SetSchedParams(thread, own_thread, 100, 99, thread, seL4_CapNull));
    say("less urgent ", (uint32_t)seL4_TCB_SetSchedParams(thread, own_thread, 100, 99, context, seL4_CapNull));
    microkit_notify(CHANNEL);
    say("still first ", 1);
}

static void caches(seL4_CPtr space)
{
    seL4_Word start = (seL4_Word)page;
    say("cleans ", (uint32_t)seL4_ARM_VSpace_Clean_Data(space, start, start + 64));
    say("unifies ", (uint32_t)seL4_ARM_VSpace_Unify_Instruction(space, start, start + 4096));
    say("two pages ", (uint32_t)seL4_ARM_VSpace_CleanInvalidate_Data(space, start, start + 4097));
    say("nothing ", (uint32_t)seL4_ARM_VSpace_Invalidate_Data(space, start, start));
    say("not mapped ", (uint32_t)seL4_ARM_VSpace_Clean_Data(space, 0x70000000, 0x70000040));
    say("beyond ", (uint32_t)seL4_ARM_VSpace_Clean_Data(space, start, ~0ULL));
}

void init(void)
{
    registers_of_another(slot(1), slot(4));
    time_of_another(slot(2), slot(5));
    priorities_of_another(slot(1), slot(2), slot(4));
    caches(slot(6));
}

void notified(microkit_channel ch)
{
    (void)ch;
}
