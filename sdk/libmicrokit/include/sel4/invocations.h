/* Invocations of kernel objects: a Call on the object's capability, labelled with the method. */
#pragma once

#include <sel4/faults.h>
#include <sel4/syscalls.h>

/* Labels of the debug and release kernels (AArch64, hypervisor, MCS). */
enum invocation_label {
    InvalidInvocation = 0,
    TCBReadRegisters = 2,
    TCBWriteRegisters = 3,
    TCBCopyRegisters = 4,
    TCBSetPriority = 6,
    TCBSetMCPriority = 7,
    TCBSetSchedParams = 8,
    TCBSuspend = 12,
    TCBResume = 13,
    TCBBindNotification = 14,
    TCBUnbindNotification = 15,
    TCBSetTLSBase = 16,
    TCBSetFlags = 17,
    IRQAckIRQ = 26,
    DomainScheduleSetStart = 30,
    SchedContextBind = 31,
    SchedContextUnbind = 32,
    SchedContextUnbindObject = 33,
    SchedContextConsumed = 34,
    SchedContextYieldTo = 35,
    ARMVSpaceClean_Data = 36,
    ARMVSpaceInvalidate_Data = 37,
    ARMVSpaceCleanInvalidate_Data = 38,
    ARMVSpaceUnify_Instruction = 39,
    ARMSMCCall = 40,
    ARMVCPUInjectIRQ = 53,
    ARMVCPUReadReg = 54,
    ARMVCPUWriteReg = 55,
    ARMVCPUAckVPPI = 56,
};

static inline seL4_Error microkit_invoke(seL4_CPtr service, seL4_Word label, seL4_Word extraCaps, seL4_Word length)
{
    seL4_MessageInfo_t reply = seL4_Call(service, seL4_MessageInfo_new(label, 0, extraCaps, length));
    return (seL4_Error)seL4_MessageInfo_get_label(reply);
}

/* Reads the first `count` registers of a thread, which is suspended first if `suspend_source`. */
static inline seL4_Error seL4_TCB_ReadRegisters(seL4_TCB service, seL4_Bool suspend_source, seL4_Uint8 arch_flags,
                                                seL4_Word count, seL4_UserContext *regs)
{
    seL4_SetMR(0, (seL4_Word)(suspend_source & 1) | ((seL4_Word)arch_flags << 8));
    seL4_SetMR(1, count);
    seL4_Error error = microkit_invoke(service, TCBReadRegisters, 0, 2);
    if (error == seL4_NoError) {
        seL4_Word *to = (seL4_Word *)regs;
        seL4_Word total = sizeof(*regs) / sizeof(seL4_Word);
        for (seL4_Word i = 0; i < count && i < total; i++) {
            to[i] = seL4_GetMR((int)i);
        }
    }
    return error;
}

/* Writes the first `count` registers of a thread, which is resumed afterwards if `resume_target`. */
static inline seL4_Error seL4_TCB_WriteRegisters(seL4_TCB service, seL4_Bool resume_target, seL4_Uint8 arch_flags,
                                                 seL4_Word count, seL4_UserContext *regs)
{
    const seL4_Word *from = (const seL4_Word *)regs;
    seL4_Word total = sizeof(*regs) / sizeof(seL4_Word);
    seL4_SetMR(0, (seL4_Word)(resume_target & 1) | ((seL4_Word)arch_flags << 8));
    seL4_SetMR(1, count);
    for (seL4_Word i = 0; i < total; i++) {
        /* The caller's structure is only good for `count` registers. */
        seL4_SetMR((int)i + 2, i < count ? from[i] : 0);
    }
    return microkit_invoke(service, TCBWriteRegisters, 0, total + 2);
}

/*
 * Copies registers from one thread to another: those that a system call may change (`transfer_frame`), the others
 * (`transfer_integer`), or all.
 */
static inline seL4_Error seL4_TCB_CopyRegisters(seL4_TCB service, seL4_TCB source, seL4_Bool suspend_source,
                                                seL4_Bool resume_target, seL4_Bool transfer_frame,
                                                seL4_Bool transfer_integer, seL4_Uint8 arch_flags)
{
    seL4_SetCap(0, source);
    seL4_SetMR(0, (seL4_Word)(suspend_source & 1) | (seL4_Word)(resume_target & 1) << 1 |
                      (seL4_Word)(transfer_frame & 1) << 2 | (seL4_Word)(transfer_integer & 1) << 3 |
                      (seL4_Word)arch_flags << 8);
    return microkit_invoke(service, TCBCopyRegisters, 1, 1);
}

static inline seL4_Error seL4_TCB_Suspend(seL4_TCB service)
{
    return microkit_invoke(service, TCBSuspend, 0, 0);
}

static inline seL4_Error seL4_TCB_Resume(seL4_TCB service)
{
    return microkit_invoke(service, TCBResume, 0, 0);
}

static inline seL4_Error seL4_TCB_SetPriority(seL4_TCB service, seL4_CPtr authority, seL4_Word priority)
{
    seL4_SetCap(0, authority);
    seL4_SetMR(0, priority);
    return microkit_invoke(service, TCBSetPriority, 1, 1);
}

/* The highest priority that the thread may give to itself and others. */
static inline seL4_Error seL4_TCB_SetMCPriority(seL4_TCB service, seL4_CPtr authority, seL4_Word mcp)
{
    seL4_SetCap(0, authority);
    seL4_SetMR(0, mcp);
    return microkit_invoke(service, TCBSetMCPriority, 1, 1);
}

/* Both priorities, the scheduling context (an empty slot takes it away), and who is told about the thread's faults. */
static inline seL4_Error seL4_TCB_SetSchedParams(seL4_TCB service, seL4_CPtr authority, seL4_Word mcp,
                                                 seL4_Word priority, seL4_CPtr sched_context, seL4_CPtr fault_ep)
{
    seL4_SetCap(0, authority);
    seL4_SetCap(1, sched_context);
    seL4_SetCap(2, fault_ep);
    seL4_SetMR(0, mcp);
    seL4_SetMR(1, priority);
    return microkit_invoke(service, TCBSetSchedParams, 3, 2);
}

/* What the thread has in TPIDR_EL0. */
static inline seL4_Error seL4_TCB_SetTLSBase(seL4_TCB service, seL4_Word tls_base)
{
    seL4_SetMR(0, tls_base);
    return microkit_invoke(service, TCBSetTLSBase, 0, 1);
}

/* Takes away the flags of `clear`, then gives those of `set`. */
static inline seL4_TCB_SetFlags_t seL4_TCB_SetFlags(seL4_TCB service, seL4_Word clear, seL4_Word set)
{
    seL4_TCB_SetFlags_t result;
    seL4_SetMR(0, clear);
    seL4_SetMR(1, set);
    result.error = (int)microkit_invoke(service, TCBSetFlags, 0, 2);
    result.flags = seL4_GetMR(0);
    return result;
}

static inline seL4_Error seL4_TCB_BindNotification(seL4_TCB service, seL4_CPtr notification)
{
    seL4_SetCap(0, notification);
    return microkit_invoke(service, TCBBindNotification, 1, 0);
}

static inline seL4_Error seL4_TCB_UnbindNotification(seL4_TCB service)
{
    return microkit_invoke(service, TCBUnbindNotification, 0, 0);
}

static inline seL4_Error seL4_IRQHandler_Ack(seL4_IRQHandler service)
{
    return microkit_invoke(service, IRQAckIRQ, 0, 0);
}

static inline seL4_Error seL4_SchedContext_Bind(seL4_SchedContext service, seL4_CPtr cap)
{
    seL4_SetCap(0, cap);
    return microkit_invoke(service, SchedContextBind, 1, 0);
}

static inline seL4_Error seL4_SchedContext_Unbind(seL4_SchedContext service)
{
    return microkit_invoke(service, SchedContextUnbind, 0, 0);
}

static inline seL4_Error seL4_SchedContext_UnbindObject(seL4_SchedContext service, seL4_CPtr cap)
{
    seL4_SetCap(0, cap);
    return microkit_invoke(service, SchedContextUnbindObject, 1, 0);
}

/* Microseconds that the context's threads have used since somebody asked last. */
static inline seL4_SchedContext_Consumed_t seL4_SchedContext_Consumed(seL4_SchedContext service)
{
    seL4_SchedContext_Consumed_t result;
    result.error = (int)microkit_invoke(service, SchedContextConsumed, 0, 0);
    result.consumed = seL4_GetMR(0);
    return result;
}

/* The context's thread runs first, where it can and is no less urgent; then what it has used is known. */
static inline seL4_SchedContext_YieldTo_t seL4_SchedContext_YieldTo(seL4_SchedContext service)
{
    seL4_SchedContext_YieldTo_t result;
    result.error = (int)microkit_invoke(service, SchedContextYieldTo, 0, 0);
    result.consumed = seL4_GetMR(0);
    return result;
}

/* Cache maintenance of the addresses from `start` to before `end`, within one page. */
static inline seL4_Error microkit_invoke_vspace(seL4_ARM_VSpace service, seL4_Word label, seL4_Word start,
                                                seL4_Word end)
{
    seL4_SetMR(0, start);
    seL4_SetMR(1, end);
    return microkit_invoke(service, label, 0, 2);
}

static inline seL4_Error seL4_ARM_VSpace_Clean_Data(seL4_ARM_VSpace service, seL4_Word start, seL4_Word end)
{
    return microkit_invoke_vspace(service, ARMVSpaceClean_Data, start, end);
}

static inline seL4_Error seL4_ARM_VSpace_Invalidate_Data(seL4_ARM_VSpace service, seL4_Word start, seL4_Word end)
{
    return microkit_invoke_vspace(service, ARMVSpaceInvalidate_Data, start, end);
}

static inline seL4_Error seL4_ARM_VSpace_CleanInvalidate_Data(seL4_ARM_VSpace service, seL4_Word start, seL4_Word end)
{
    return microkit_invoke_vspace(service, ARMVSpaceCleanInvalidate_Data, start, end);
}

static inline seL4_Error seL4_ARM_VSpace_Unify_Instruction(seL4_ARM_VSpace service, seL4_Word start, seL4_Word end)
{
    return microkit_invoke_vspace(service, ARMVSpaceUnify_Instruction, start, end);
}

/* The schedule of domains begins with its turn `index`. */
static inline seL4_Error seL4_DomainSet_ScheduleSetStart(seL4_DomainSet service, seL4_Word index)
{
    seL4_SetMR(0, index);
    return microkit_invoke(service, DomainScheduleSetStart, 0, 1);
}

/* A call of the secure monitor with eight registers, and the eight that it answers with. */
static inline seL4_Error seL4_ARM_SMC_Call(seL4_ARM_SMC service, seL4_ARM_SMCContext *args,
                                           seL4_ARM_SMCContext *response)
{
    seL4_Word *to = (seL4_Word *)response;
    const seL4_Word *from = (const seL4_Word *)args;
    int total = (int)(sizeof(*args) / sizeof(seL4_Word));
    for (int i = 0; i < total; i++) {
        seL4_SetMR(i, from[i]);
    }
    seL4_Error error = microkit_invoke(service, ARMSMCCall, 0, (seL4_Word)total);
    if (error == seL4_NoError) {
        for (int i = 0; i < total; i++) {
            to[i] = seL4_GetMR(i);
        }
    }
    return error;
}

static inline seL4_Error seL4_ARM_VCPU_InjectIRQ(seL4_ARM_VCPU service, seL4_Uint16 virq, seL4_Uint8 priority,
                                                 seL4_Uint8 group, seL4_Uint8 index)
{
    seL4_SetMR(0, (seL4_Word)virq | ((seL4_Word)priority << 16) | ((seL4_Word)group << 24) | ((seL4_Word)index << 32));
    return microkit_invoke(service, ARMVCPUInjectIRQ, 0, 1);
}

static inline seL4_ARM_VCPU_ReadRegs_t seL4_ARM_VCPU_ReadRegs(seL4_ARM_VCPU service, seL4_Word field)
{
    seL4_ARM_VCPU_ReadRegs_t result;
    seL4_SetMR(0, field);
    result.error = (int)microkit_invoke(service, ARMVCPUReadReg, 0, 1);
    result.value = seL4_GetMR(0);
    return result;
}

static inline seL4_Error seL4_ARM_VCPU_WriteRegs(seL4_ARM_VCPU service, seL4_Word field, seL4_Word value)
{
    seL4_SetMR(0, field);
    seL4_SetMR(1, value);
    return microkit_invoke(service, ARMVCPUWriteReg, 0, 2);
}

static inline seL4_Error seL4_ARM_VCPU_AckVPPI(seL4_ARM_VCPU service, seL4_Word irq)
{
    seL4_SetMR(0, irq);
    return microkit_invoke(service, ARMVCPUAckVPPI, 0, 1);
}
