/*
 * Virtual CPUs: EL1's registers, the virtual timer and the virtual interrupt controller.
 *
 * One vCPU's registers are loaded at a time. When a protection domain without vCPU runs, they stay where they are and
 * are only disabled; they are saved when another vCPU's turn comes.
 */
#include "kernel/kernel.h"

/* VM SWIO FMO IMO AMO DC TSC TAC TTLB TVM TGE RW: EL0 only, no stage 1, everything it may not do comes to EL2. */
#define HCR_NATIVE 0x8e28103bULL
/* VM FMO IMO AMO TWI TSC RW */
#define HCR_GUEST 0x80082039ULL
#define SCTLR_NATIVE 0x34d59824ULL
#define SCTLR_GUEST_RESET 0x34d58820ULL
#define CPACR_FPEN (3ULL << 20)
/* EL0 may read the physical counter and has its timer. */
#define CNTKCTL_NATIVE 0x201ULL

static struct vcpu *loaded; /* whose registers EL1 holds */
struct vcpu *vcpu_active;   /* the same, while its thread runs */

bool vcpu_is_loaded(const struct vcpu *vcpu)
{
    return vcpu == loaded;
}

/* One list for reading and writing: API register, system register. */
#define EL1_REGISTERS(X)           \
    X(VCPU_TTBR0, ttbr0_el1)       \
    X(VCPU_TTBR1, ttbr1_el1)       \
    X(VCPU_TCR, tcr_el1)           \
    X(VCPU_MAIR, mair_el1)         \
    X(VCPU_AMAIR, amair_el1)       \
    X(VCPU_CIDR, contextidr_el1)   \
    X(VCPU_ACTLR, actlr_el1)       \
    X(VCPU_AFSR0, afsr0_el1)       \
    X(VCPU_AFSR1, afsr1_el1)       \
    X(VCPU_ESR, esr_el1)           \
    X(VCPU_FAR, far_el1)           \
    X(VCPU_PAR, par_el1)           \
    X(VCPU_VBAR, vbar_el1)         \
    X(VCPU_TPIDR_EL1, tpidr_el1)   \
    X(VCPU_VMPIDR_EL2, vmpidr_el2) \
    X(VCPU_SP_EL1, sp_el1)         \
    X(VCPU_ELR_EL1, elr_el1)       \
    X(VCPU_SPSR_EL1, spsr_el1)

static word read_register(enum vcpu_reg reg)
{
    switch (reg) {
#define X(index, name) \
    case index:        \
        return read_sysreg(name);
        EL1_REGISTERS(X)
#undef X
    default:
        return 0;
    }
}

static void write_register(enum vcpu_reg reg, word value)
{
    switch (reg) {
#define X(index, name)             \
    case index:                    \
        write_sysreg(name, value); \
        break;
        EL1_REGISTERS(X)
#undef X
    default:
        break;
    }
}

/* These change with every entry and exit, so the copy in memory is the right one while the vCPU is not active. */
static bool is_switched(word reg)
{
    return reg == VCPU_SCTLR || reg == VCPU_CPACR || (reg >= VCPU_CNTV_CTL && reg <= VCPU_CNTKCTL);
}

static void enable(struct vcpu *vcpu)
{
    write_sysreg(hcr_el2, HCR_GUEST);
    write_sysreg(sctlr_el1, vcpu->regs[VCPU_SCTLR]);
    write_sysreg(cpacr_el1, vcpu->regs[VCPU_CPACR]);
    write_sysreg(cntkctl_el1, vcpu->regs[VCPU_CNTKCTL]);
    write_sysreg(cntvoff_el2, vcpu->regs[VCPU_CNTVOFF]);
    write_sysreg(cntv_cval_el0, vcpu->regs[VCPU_CNTV_CVAL]);
    write_sysreg(cntv_ctl_el0, vcpu->regs[VCPU_CNTV_CTL]);
    isb();
    write_sysreg(mdscr_el1, vcpu->mdscr);
    vgic_enable(vcpu);
    if (!vcpu->vtimer_masked) {
        irq_unmask(IRQ_VIRTUAL_TIMER);
    }
    vcpu_active = vcpu;
}

static void set_native(void)
{
    write_sysreg(hcr_el2, HCR_NATIVE);
    write_sysreg(sctlr_el1, SCTLR_NATIVE);
    write_sysreg(cpacr_el1, CPACR_FPEN);
    write_sysreg(cntkctl_el1, CNTKCTL_NATIVE);
    /* A guest's breakpoints must not stop anybody else. */
    write_sysreg(mdscr_el1, 0);
    isb();
}

static void disable(struct vcpu *vcpu)
{
    irq_mask(IRQ_VIRTUAL_TIMER);
    vcpu->regs[VCPU_CNTV_CTL] = read_sysreg(cntv_ctl_el0);
    vcpu->regs[VCPU_CNTV_CVAL] = read_sysreg(cntv_cval_el0);
    vcpu->regs[VCPU_CNTKCTL] = read_sysreg(cntkctl_el1);
    vcpu->regs[VCPU_SCTLR] = read_sysreg(sctlr_el1);
    vcpu->regs[VCPU_CPACR] = read_sysreg(cpacr_el1);
    vcpu->mdscr = read_sysreg(mdscr_el1);
    write_sysreg(cntv_ctl_el0, 0);
    write_sysreg(cntvoff_el2, 0);
    vgic_disable(vcpu);
    set_native();
    vcpu_active = NULL;
}

static void save(struct vcpu *vcpu)
{
    for (unsigned i = 0; i < VCPU_REGS; i++) {
        if (!is_switched(i)) {
            vcpu->regs[i] = read_register(i);
        }
    }
    vgic_save(vcpu);
}

static void load(const struct vcpu *vcpu)
{
    for (unsigned i = 0; i < VCPU_REGS; i++) {
        if (!is_switched(i)) {
            write_register(i, vcpu->regs[i]);
        }
    }
    vgic_load(vcpu);
}

/* The thread that runs next has this vCPU, or none. */
void vcpu_switch(struct vcpu *vcpu)
{
    if (vcpu == vcpu_active) {
        return;
    }
    if (vcpu_active) {
        disable(vcpu_active);
    }
    if (!vcpu) {
        return;
    }
    if (loaded != vcpu) {
        if (loaded) {
            save(loaded);
        }
        load(vcpu);
        loaded = vcpu;
    }
    enable(vcpu);
}

void vcpu_init_system(void)
{
    irq_mask(IRQ_VIRTUAL_TIMER);
    write_sysreg(cntv_ctl_el0, 0);
    /* MDCR_EL2 and HSTR_EL2 trap nothing: debug and performance registers are the guest's own. */
    write_sysreg(mdcr_el2, read_sysreg(mdcr_el2) & 0x1f);
    write_sysreg(hstr_el2, 0);
    write_sysreg(vpidr_el2, read_sysreg(midr_el1));
    set_native();
}

void vcpu_init(struct vcpu *vcpu, struct tcb *tcb)
{
    vcpu->tcb = tcb;
    vcpu->regs[VCPU_SCTLR] = SCTLR_GUEST_RESET;
    tcb->vcpu = vcpu;
    vgic_init(vcpu);
}

/* The guest's virtual timer fired: its monitor injects the interrupt, and acknowledges once the guest is done. */
void vcpu_vtimer_event(void)
{
    irq_mask(IRQ_VIRTUAL_TIMER);
    if (!vcpu_active || vcpu_active->tcb != current) {
        return;
    }
    vcpu_active->vtimer_masked = true;
    fault_raise(current, FAULT_VPPI, IRQ_VIRTUAL_TIMER, 0, 0);
}

enum { VCPU_SET_TCB = 52, VCPU_INJECT_IRQ = 53, VCPU_READ_REG = 54, VCPU_WRITE_REG = 55, VCPU_ACK_VPPI = 56 };

static bool in_hardware(const struct vcpu *vcpu, word reg)
{
    return vcpu == loaded && !is_switched(reg);
}

struct result vcpu_invoke(const struct invocation *call)
{
    struct vcpu *vcpu = call->cap->vcpu;
    word first = message_get(call->thread, 0);
    if (call->length < (call->label == VCPU_WRITE_REG ? 2 : 1)) {
        user_error("decodeARMVCPUInvocation/500", "VCPU: Truncated message.");
        return result_error(ERROR_TRUNCATED_MESSAGE);
    }
    switch (call->label) {
    case VCPU_INJECT_IRQ:
        return vgic_inject(vcpu, first);
    case VCPU_READ_REG:
        if (first >= VCPU_REGS) {
            user_error("decodeVCPUReadReg/440", "VCPUReadReg: Invalid field 0x%lx.", first);
            return result_argument(1);
        }
        return result_value(in_hardware(vcpu, first) ? read_register((enum vcpu_reg)first) : vcpu->regs[first]);
    case VCPU_WRITE_REG:
        if (first >= VCPU_REGS) {
            user_error("decodeVCPUWriteReg/460", "VCPUWriteReg: Invalid field 0x%lx.", first);
            return result_argument(1);
        }
        vcpu->regs[first] = message_get(call->thread, 1);
        if (in_hardware(vcpu, first)) {
            write_register((enum vcpu_reg)first, vcpu->regs[first]);
        }
        return result_ok();
    case VCPU_ACK_VPPI:
        if (first != IRQ_VIRTUAL_TIMER) {
            user_error("decodeVCPUAckVPPI/480", "VCPUAckVPPI: Invalid irq number.");
            return result_argument(0);
        }
        vcpu->vtimer_masked = false;
        return result_ok();
    default:
        user_error("decodeARMVCPUInvocation/510", "VCPU: Illegal operation.");
        return result_error(ERROR_ILLEGAL_OPERATION);
    }
}

#include "kernel/end.h"
