/* Exceptions from user threads and guests: what happened, and who hears of it. */
#include "kernel/kernel.h"

enum {
    EC_UNKNOWN = 0x00,
    EC_WFX = 0x01,
    EC_FP = 0x07,
    EC_SVC = 0x15,
    EC_HVC = 0x16,
    EC_INSTRUCTION_ABORT = 0x20,
    EC_DATA_ABORT = 0x24,
};

#define HPFAR_PAGE(hpfar) (((hpfar) & 0xfffffffff0ULL) << 8)
#define PAR_FAILED 1ULL
#define PAR_PAGE(par) ((par) & 0x000ffffffffff000ULL)

/*
 * Where a stage 2 fault happened, as the thread's address space sees it. A thread without a vCPU has no stage 1, so
 * that is the virtual address. For a guest the translation is asked of its own tables, as they stand; HPFAR_EL2 has
 * the answer only where these fail, that is for a fault on the table walk itself.
 */
static word fault_address(void)
{
    word far = read_sysreg(far_el2);
    if (!current->vcpu) {
        return far;
    }
    word hpfar = read_sysreg(hpfar_el2);
    word guests_par = read_sysreg(par_el1);
    __asm__ volatile("at s1e1r, %0\n\tisb" ::"r"(far) : "memory");
    word par = read_sysreg(par_el1);
    write_sysreg(par_el1, guests_par);
    word page = par & PAR_FAILED ? HPFAR_PAGE(hpfar) : PAR_PAGE(par);
    return page | (far & (PAGE_SIZE - 1));
}

/* WFI of a guest. Where nothing else could run, the processor waits here, and the guest is none the wiser: it executes
 * the instruction again when an interrupt has come. WFE is not trapped at all: it may wait for the timer's event stream,
 * which wakes nobody here. */
static bool wait_for_guest(void)
{
    if (!sched_alone()) {
        return false;
    }
    wait_for_interrupt();
    sched_forgive();
    return true;
}

static void handle_sync(word esr)
{
    unsigned class = (unsigned)(esr >> 26);
    switch (class) {
    case EC_SVC:
    case EC_HVC:
        syscall_handle(current->regs[REG_SYSCALL]);
        break;
    case EC_INSTRUCTION_ABORT:
    case EC_DATA_ABORT:
        fault_raise(current, FAULT_VM, fault_address(), class == EC_INSTRUCTION_ABORT, esr & 0xffffffff);
        break;
    case EC_FP:
        if (current->without_fpu) {
            fault_raise(current, FAULT_USER_EXCEPTION, esr & 0xffffffff, 0, 0);
        } else {
            fpu_trap();
        }
        break;
    case EC_UNKNOWN:
        fault_raise(current, FAULT_USER_EXCEPTION, esr & 0xffffffff, 0, 0);
        break;
    case EC_WFX:
        if (wait_for_guest()) {
            break;
        }
        /* fall through */
    default:
        fault_raise(current, FAULT_VCPU, esr & 0xffffffff, 0, 0);
        break;
    }
}

/* Picks the next thread and goes there. */
static _Noreturn void leave(void)
{
    sched_pick();
    if (current->state == THREAD_RESTART) {
        current->regs[FRAME_PC] = current->fault_ip;
        current->state = THREAD_RUNNING;
    }
    sc_yield_done(current);
    vspace_switch(current->vspace);
    vcpu_switch(current->vcpu);
    fpu_switch(current);
    enter_user(current);
}

_Noreturn void kernel_start_user(void);
_Noreturn void kernel_start_user(void)
{
    leave();
}

_Noreturn void trap_sync(word esr);
_Noreturn void trap_sync(word esr)
{
    unsigned class = (unsigned)(esr >> 26);
    bool call = class == EC_SVC || class == EC_HVC;
    /* The architecture's return address of a system call is the next instruction: a restart needs the call itself. */
    current->fault_ip = current->regs[FRAME_PC] - (call ? 4 : 0);
    if (sched_enter()) {
        handle_sync(esr);
    } else if (current->state == THREAD_RUNNING) {
        current->state = THREAD_RESTART;
    }
    leave();
}

/* A device answered an access of the running thread with an error, some time later. */
_Noreturn void trap_serror(word esr);
_Noreturn void trap_serror(word esr)
{
    current->fault_ip = current->regs[FRAME_PC];
    sched_enter();
    fault_raise(current, FAULT_VCPU, esr & 0xffffffff, 0, 0);
    leave();
}

_Noreturn void trap_irq(void);
_Noreturn void trap_irq(void)
{
    current->fault_ip = current->regs[FRAME_PC];
    sched_enter();
    irq_handle();
    leave();
}

_Noreturn void kernel_exception(word vector, word esr, word elr, word far);
_Noreturn void kernel_exception(word vector, word esr, word elr, word far)
{
    panic("exception in the kernel: vector %lu ESR 0x%lx FAR 0x%lx at 0x%lx, thread \"%s\"", vector, esr, far, elr,
          current ? current->name : "none");
}

#include "kernel/end.h"
