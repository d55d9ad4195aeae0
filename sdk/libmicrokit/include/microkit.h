/*
 * The Microkit API, version 2.3.0, for protection domains.
 *
 * A protection domain defines init() and notified(), and protected() or fault() if it is called or has children. One
 * difference from 2.3.0 is deliberate: channels are not checked before the system call, so a call on a channel that
 * the protection domain does not have reaches the kernel, which says so on the debug console.
 */
#pragma once

#include <sel4/sel4.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef unsigned int microkit_channel;
typedef unsigned int microkit_child;
typedef unsigned int microkit_ioport; /* of other boards */
typedef seL4_MessageInfo_t microkit_msginfo;

/* Capability slots of a protection domain. */
#define INPUT_CAP 1
#define REPLY_CAP 4
#define MONITOR_EP 5
#define TCB_CAP 6
#define ARM_SMC_CAP 7
#define BASE_OUTPUT_NOTIFICATION_CAP 10
#define BASE_ENDPOINT_CAP 74
#define BASE_IRQ_CAP 138
#define BASE_TCB_CAP 202
#define BASE_VM_TCB_CAP 266
#define BASE_VCPU_CAP 330
#define BASE_IOPORT_CAP 394
#define BASE_USER_CAPS 458

/* Capabilities that <cspace> shares are in the first level of the CSpace; slot 0 there leads to those above. */
#define PD_ROOT_CAP_BITS 6
#define PD_ROOT_CAP_SIZE (1ULL << PD_ROOT_CAP_BITS)

#define MICROKIT_MAX_USER_CAPS 128
#define MICROKIT_MAX_CHANNELS 62
#define MICROKIT_MAX_CHANNEL_ID (MICROKIT_MAX_CHANNELS - 1)
#define MICROKIT_MAX_IOPORT_ID MICROKIT_MAX_CHANNELS
#define MICROKIT_PD_NAME_LENGTH 64

/* ---- entry points: the program's ---- */

/** Runs once, before anything else. */
void init(void);
/** A channel was signalled, or its interrupt fired. */
void notified(microkit_channel ch);
/** A protected procedure call on a channel; what it returns goes back to the caller. */
microkit_msginfo protected(microkit_channel ch, microkit_msginfo msginfo);
/** A child (or a virtual CPU) faulted. True: answer with `*reply_msginfo` and let it go on; false: leave it stopped. */
seL4_Bool fault(microkit_child child, microkit_msginfo msginfo, microkit_msginfo *reply_msginfo);

/* ---- set by the system tool, or kept by the event loop ---- */

extern char microkit_name[MICROKIT_PD_NAME_LENGTH];
extern seL4_Bool microkit_passive;
extern seL4_Bool microkit_have_signal;
extern seL4_CPtr microkit_signal_cap;
extern seL4_MessageInfo_t microkit_signal_msg;
extern seL4_Word microkit_irqs;          /* channel ids that are interrupts */
extern seL4_Word microkit_notifications; /* channel ids that may be notified */
extern seL4_Word microkit_pps;           /* channel ids that may be called */

/* ---- debug console: nothing in the release configuration ---- */

/** One character. */
void microkit_dbg_putc(int c);
/** A string, up to its NUL. A line ends where it says \n. */
void microkit_dbg_puts(const char *s);
/** Decimal. */
void microkit_dbg_put8(uint8_t x);
/** Decimal. */
void microkit_dbg_put32(uint32_t x);

/** Stops the protection domain by a fault whose address is the error, which the monitor's report then shows. */
static inline void microkit_internal_crash(seL4_Error err)
{
    volatile int *address = (volatile int *)(uintptr_t)(seL4_Word)err;
    /* The compiler must not see that this may be a null pointer. */
    __asm__ volatile("" : "+r"(address));
    *address = 0;
}

/* ---- channels ---- */

/** Runs notified() of the protection domain at the other end of a channel, some time. It does not wait, and several may count as one. */
static inline void microkit_notify(microkit_channel ch)
{
    seL4_Signal(BASE_OUTPUT_NOTIFICATION_CAP + (seL4_CPtr)ch);
}

/** Lets the interrupt of a channel come again: until then, it has happened once. */
static inline void microkit_irq_ack(microkit_channel ch)
{
    seL4_IRQHandler_Ack(BASE_IRQ_CAP + (seL4_CPtr)ch);
}

/** Calls protected() of the protection domain at the other end of a channel, which needs a higher priority, and waits for its
 * answer. Message registers go there and back. */
static inline microkit_msginfo microkit_ppcall(microkit_channel ch, microkit_msginfo msginfo)
{
    return seL4_Call(BASE_ENDPOINT_CAP + (seL4_CPtr)ch, msginfo);
}

/** Says on the debug console that a deferred signal is not sent, since another one has taken its place. */
void microkit_internal_lost_signal(void);

/** The event loop's next system call sends this. */
static inline void microkit_internal_defer(seL4_CPtr cap, seL4_MessageInfo_t msg)
{
    if (microkit_have_signal && microkit_signal_cap != cap) {
        microkit_internal_lost_signal();
    }
    microkit_have_signal = seL4_True;
    microkit_signal_msg = msg;
    microkit_signal_cap = cap;
}

/** As microkit_notify, but together with the event loop's next system call. Only the last deferred signal counts. */
static inline void microkit_deferred_notify(microkit_channel ch)
{
    microkit_internal_defer(BASE_OUTPUT_NOTIFICATION_CAP + (seL4_CPtr)ch, seL4_MessageInfo_new(0, 0, 0, 0));
}

/** As microkit_irq_ack, but together with the event loop's next system call. Only the last deferred signal counts. */
static inline void microkit_deferred_irq_ack(microkit_channel ch)
{
    microkit_internal_defer(BASE_IRQ_CAP + (seL4_CPtr)ch, seL4_MessageInfo_new(IRQAckIRQ, 0, 0, 0));
}

/* ---- messages ---- */

/** What a message is: a label of the program's own choice, and how many message registers belong to it. */
static inline microkit_msginfo microkit_msginfo_new(seL4_Word label, seL4_Uint16 count)
{
    return seL4_MessageInfo_new(label, 0, 0, count);
}

/** The label that the sender gave. */
static inline seL4_Word microkit_msginfo_get_label(microkit_msginfo msginfo)
{
    return seL4_MessageInfo_get_label(msginfo);
}

/** How many message registers belong to the message. */
static inline seL4_Word microkit_msginfo_get_count(microkit_msginfo msginfo)
{
    return seL4_MessageInfo_get_length(msginfo);
}

/** Sets message register mr, for the next call or answer. */
static inline void microkit_mr_set(seL4_Uint8 mr, seL4_Word value)
{
    seL4_SetMR(mr, value);
}

/** Message register mr, as the last call or answer left it. */
static inline seL4_Word microkit_mr_get(seL4_Uint8 mr)
{
    return seL4_GetMR(mr);
}

/* ---- children ---- */

/** Lets a child run from entry_point on, with its other registers as they are. */
static inline void microkit_pd_restart(microkit_child pd, seL4_Word entry_point)
{
    seL4_UserContext context = { 0 };
    context.pc = entry_point;
    seL4_Error err = seL4_TCB_WriteRegisters(BASE_TCB_CAP + (seL4_CPtr)pd, seL4_True, 0, 1, &context);
    if (err != seL4_NoError) {
        microkit_dbg_puts("microkit_pd_restart: error writing TCB registers\n");
        microkit_internal_crash(err);
    }
}

/** Stops a child until it is restarted. */
static inline void microkit_pd_stop(microkit_child pd)
{
    seL4_Error err = seL4_TCB_Suspend(BASE_TCB_CAP + (seL4_CPtr)pd);
    if (err != seL4_NoError) {
        microkit_dbg_puts("microkit_pd_stop: error suspending TCB\n");
        microkit_internal_crash(err);
    }
}

/** Lets a child that was stopped go on where it was. */
static inline void microkit_pd_resume(microkit_child pd)
{
    seL4_Error err = seL4_TCB_Resume(BASE_TCB_CAP + (seL4_CPtr)pd);
    if (err != seL4_NoError) {
        microkit_dbg_puts("microkit_pd_resume: error resuming TCB\n");
        microkit_internal_crash(err);
    }
}

/* ---- capabilities of other protection domains ---- */

/** The capability that <cspace> puts into `slot`, for seL4's own calls; seL4_CapNull where there is no such slot. */
static inline seL4_CPtr microkit_cspace_root_slot_to_cptr(seL4_Word slot)
{
    return slot < PD_ROOT_CAP_SIZE ? slot << (seL4_WordBits - PD_ROOT_CAP_BITS) : seL4_CapNull;
}

#ifdef CONFIG_ALLOW_SMC_CALLS
/* ---- the secure monitor ---- */

/** Calls the secure monitor with the registers of `args`; its answer is in `response`. For protection domains with smc="true". */
static inline void microkit_arm_smc_call(seL4_ARM_SMCContext *args, seL4_ARM_SMCContext *response)
{
    seL4_Error err = seL4_ARM_SMC_Call(ARM_SMC_CAP, args, response);
    if (err != seL4_NoError) {
        microkit_dbg_puts("microkit_arm_smc_call: error making SMC call\n");
        microkit_internal_crash(err);
    }
}
#endif

#ifdef CONFIG_ARM_HYPERVISOR_SUPPORT
/* ---- virtual CPUs ---- */

/** Lets a virtual CPU run from entry_point on, with its other registers as they are. */
static inline void microkit_vcpu_restart(microkit_child vcpu, seL4_Word entry_point)
{
    seL4_UserContext context = { 0 };
    context.pc = entry_point;
    seL4_Error err = seL4_TCB_WriteRegisters(BASE_VM_TCB_CAP + (seL4_CPtr)vcpu, seL4_True, 0, 1, &context);
    if (err != seL4_NoError) {
        microkit_dbg_puts("microkit_vcpu_restart: error writing registers\n");
        microkit_internal_crash(err);
    }
}

/** Stops a virtual CPU until it is restarted. */
static inline void microkit_vcpu_stop(microkit_child vcpu)
{
    seL4_Error err = seL4_TCB_Suspend(BASE_VM_TCB_CAP + (seL4_CPtr)vcpu);
    if (err != seL4_NoError) {
        microkit_dbg_puts("microkit_vcpu_stop: error suspending TCB\n");
        microkit_internal_crash(err);
    }
}

/** Puts a virtual interrupt into list register `index` of a virtual CPU. */
static inline void microkit_vcpu_arm_inject_irq(microkit_child vcpu, seL4_Uint16 irq, seL4_Uint8 priority,
                                                seL4_Uint8 group, seL4_Uint8 index)
{
    seL4_Error err = seL4_ARM_VCPU_InjectIRQ(BASE_VCPU_CAP + (seL4_CPtr)vcpu, irq, priority, group, index);
    if (err != seL4_NoError) {
        microkit_dbg_puts("microkit_vcpu_arm_inject_irq: error injecting IRQ\n");
        microkit_internal_crash(err);
    }
}

/** Lets a private interrupt of a virtual CPU, such as its timer's, come again. */
static inline void microkit_vcpu_arm_ack_vppi(microkit_child vcpu, seL4_Word irq)
{
    seL4_Error err = seL4_ARM_VCPU_AckVPPI(BASE_VCPU_CAP + (seL4_CPtr)vcpu, irq);
    if (err != seL4_NoError) {
        microkit_dbg_puts("microkit_vcpu_arm_ack_vppi: error acknowledging VPPI\n");
        microkit_internal_crash(err);
    }
}

/** A system register of a virtual CPU, by seL4's number for it. */
static inline seL4_Word microkit_vcpu_arm_read_reg(microkit_child vcpu, seL4_Word reg)
{
    seL4_ARM_VCPU_ReadRegs_t result = seL4_ARM_VCPU_ReadRegs(BASE_VCPU_CAP + (seL4_CPtr)vcpu, reg);
    if (result.error != seL4_NoError) {
        microkit_dbg_puts("microkit_vcpu_arm_read_reg: error reading vCPU register\n");
        microkit_internal_crash((seL4_Error)result.error);
    }
    return result.value;
}

/** Sets a system register of a virtual CPU, by seL4's number for it. */
static inline void microkit_vcpu_arm_write_reg(microkit_child vcpu, seL4_Word reg, seL4_Word value)
{
    seL4_Error err = seL4_ARM_VCPU_WriteRegs(BASE_VCPU_CAP + (seL4_CPtr)vcpu, reg, value);
    if (err != seL4_NoError) {
        microkit_dbg_puts("microkit_vcpu_arm_write_reg: error writing vCPU register\n");
        microkit_internal_crash(err);
    }
}
#endif
