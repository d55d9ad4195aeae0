/* Virtual CPU registers: reset and report. */
#include <stdbool.h>
#include <libvmm/log.h>
#include <libvmm/vcpu.h>

/* The bits of SCTLR_EL1 that Armv8.0 reserves as one; everything else, MMU and caches, off. Source: Arm ARM, "SCTLR_EL1". */
#define SCTLR_EL1_RESET 0x30d00800

struct named_register {
    seL4_Word field;
    const char *name;
};

static const struct named_register el1_registers[] = {
    { seL4_VCPUReg_SCTLR, "sctlr" },
    { seL4_VCPUReg_CPACR, "cpacr" },
    { seL4_VCPUReg_TTBR0, "ttbr0" },
    { seL4_VCPUReg_TTBR1, "ttbr1" },
    { seL4_VCPUReg_TCR, "tcr" },
    { seL4_VCPUReg_MAIR, "mair" },
    { seL4_VCPUReg_AMAIR, "amair" },
    { seL4_VCPUReg_CIDR, "cidr" },
    { seL4_VCPUReg_ACTLR, "actlr" },
    { seL4_VCPUReg_AFSR0, "afsr0" },
    { seL4_VCPUReg_AFSR1, "afsr1" },
    { seL4_VCPUReg_ESR, "esr" },
    { seL4_VCPUReg_FAR, "far" },
    { seL4_VCPUReg_VBAR, "vbar" },
    { seL4_VCPUReg_TPIDR_EL1, "tpidr_el1" },
    { seL4_VCPUReg_SP_EL1, "sp_el1" },
    { seL4_VCPUReg_ELR_EL1, "elr_el1" },
    { seL4_VCPUReg_SPSR_EL1, "spsr_el1" },
    { seL4_VCPUReg_CNTV_CTL, "cntv_ctl" },
    { seL4_VCPUReg_CNTV_CVAL, "cntv_cval" },
    { seL4_VCPUReg_CNTVOFF, "cntvoff" },
    { seL4_VCPUReg_CNTKCTL_EL1, "cntkctl_el1" },
};

#define EL1_REGISTER_COUNT (sizeof(el1_registers) / sizeof(el1_registers[0]))

void vcpu_reset(size_t vcpu_id)
{
    for (size_t i = 0; i < EL1_REGISTER_COUNT; i++) {
        seL4_Word field = el1_registers[i].field;

        /* The guest's clock goes on, as a board's does: CNTVOFF stays. */
        if (field != seL4_VCPUReg_CNTVOFF) {
            microkit_vcpu_arm_write_reg(vcpu_id, field, field == seL4_VCPUReg_SCTLR ? SCTLR_EL1_RESET : 0);
        }
    }
}

void vcpu_print_regs(size_t vcpu_id)
{
    log_info("VCPU registers: ");
    for (size_t i = 0; i < EL1_REGISTER_COUNT; i++) {
        log_text("    %s: 0x%lx\n", el1_registers[i].name, microkit_vcpu_arm_read_reg(vcpu_id, el1_registers[i].field));
    }
}

void tcb_print_regs(size_t vcpu_id)
{
    /* Names in the order of seL4_UserContext, which is the kernel's order for messages, not the numbers' order. */
    static const char *const names[] = {
        "pc",  "sp",  "spsr", "x0",  "x1",  "x2",  "x3",  "x4",  "x5",  "x6",  "x7",        "x8",
        "x16", "x17", "x18",  "x29", "x30", "x9",  "x10", "x11", "x12", "x13", "x14",       "x15",
        "x19", "x20", "x21",  "x22", "x23", "x24", "x25", "x26", "x27", "x28", "tpidr_el0", "tpidrro_el0",
    };
    seL4_UserContext regs;
    const seL4_Word *values = (const seL4_Word *)&regs;

    _Static_assert(sizeof(regs) / sizeof(seL4_Word) == sizeof(names) / sizeof(names[0]), "one name per register");
    if (seL4_TCB_ReadRegisters(BASE_VM_TCB_CAP + vcpu_id, false, 0, sizeof(regs) / sizeof(seL4_Word), &regs) !=
        seL4_NoError) {
        log_error("Failed to read registers of virtual CPU %lu", (unsigned long)vcpu_id);
        return;
    }
    log_info("TCB registers: ");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        log_text("    %s: 0x%lx\n", names[i], values[i]);
    }
}
