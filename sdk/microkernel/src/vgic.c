/* The virtual interrupt controller's hypervisor side: list registers, and the maintenance interrupt. */
#include "kernel/kernel.h"

#define GICH_HCR (GICH_PHYS + 0x00)
#define GICH_VMCR (GICH_PHYS + 0x08)
#define GICH_MISR (GICH_PHYS + 0x10)
#define GICH_EISR0 (GICH_PHYS + 0x20)
#define GICH_EISR1 (GICH_PHYS + 0x24)
#define GICH_APR (GICH_PHYS + 0xf0)
#define GICH_LR(n) (GICH_PHYS + 0x100 + 4 * (n))

#define HCR_ENABLE 1U
#define MISR_EOI 1U
#define LR_EOI_MAINTENANCE (1U << 19)
#define LR_PENDING (1U << 28)
#define LR_STATE (3U << 28)
#define LR_GROUP1 (1U << 30)

void vgic_init(struct vcpu *vcpu)
{
    vcpu->gich_hcr = HCR_ENABLE;
}

void vgic_enable(const struct vcpu *vcpu)
{
    mmio_write(GICH_HCR, vcpu->gich_hcr);
}

void vgic_disable(struct vcpu *vcpu)
{
    vcpu->gich_hcr = mmio_read(GICH_HCR) | HCR_ENABLE;
    mmio_write(GICH_HCR, 0);
}

void vgic_save(struct vcpu *vcpu)
{
    vcpu->gich_vmcr = mmio_read(GICH_VMCR);
    vcpu->gich_apr = mmio_read(GICH_APR);
    for (unsigned i = 0; i < VGIC_LIST_REGISTERS; i++) {
        vcpu->lr[i] = mmio_read(GICH_LR(i));
    }
}

void vgic_load(const struct vcpu *vcpu)
{
    mmio_write(GICH_VMCR, vcpu->gich_vmcr);
    mmio_write(GICH_APR, vcpu->gich_apr);
    for (unsigned i = 0; i < VGIC_LIST_REGISTERS; i++) {
        mmio_write(GICH_LR(i), vcpu->lr[i]);
    }
}

/* The guest finished with an interrupt whose end its monitor wants to know. */
void vgic_maintenance(void)
{
    if (!vcpu_active || vcpu_active->tcb != current) {
        kprintf("Received VGIC maintenance without active VCPU!\n");
        return;
    }
    word index = ~0ULL;
    if (mmio_read(GICH_MISR) & MISR_EOI) {
        word ended = mmio_read(GICH_EISR0) | ((word)mmio_read(GICH_EISR1) << 32);
        if (ended) {
            index = (word)__builtin_ctzll(ended);
        }
        if (index < VGIC_LIST_REGISTERS) {
            mmio_write(GICH_LR(index), mmio_read(GICH_LR(index)) & ~LR_EOI_MAINTENANCE);
        }
    }
    fault_raise(current, FAULT_VGIC_MAINTENANCE, index, 0, 0);
}

/* Request: interrupt [15:0], priority [23:16], group [31:24], list register [39:32]. */
struct result vgic_inject(struct vcpu *vcpu, word request)
{
    word virq = request & 0xffff, priority = (request >> 16) & 0xff, group = (request >> 24) & 0xff;
    word index = (request >> 32) & 0xff;
    if (virq > 1023 || priority > 31 || group > 1 || index >= VGIC_LIST_REGISTERS) {
        user_error("decodeVCPUInjectIRQ/380",
                   "VCPUInject: Invalid argument (irq %lu, priority %lu, group %lu, index %lu).", virq, priority, group,
                   index);
        return virq > 1023     ? result_range(0, 1023)
               : priority > 31 ? result_range(0, 31)
               : group > 1     ? result_range(0, 1)
                               : result_range(0, VGIC_LIST_REGISTERS - 1);
    }
    bool loaded = vcpu_is_loaded(vcpu);
    uint32_t old = loaded ? mmio_read(GICH_LR(index)) : vcpu->lr[index];
    if (old & LR_STATE) {
        user_error("decodeVCPUInjectIRQ/410", "VGIC List register in use.");
        return result_error(ERROR_DELETE_FIRST);
    }
    uint32_t lr = (uint32_t)virq | (uint32_t)priority << 23 | LR_PENDING | LR_EOI_MAINTENANCE | (group ? LR_GROUP1 : 0);
    if (loaded) {
        mmio_write(GICH_LR(index), lr);
    } else {
        vcpu->lr[index] = lr;
    }
    return result_ok();
}

#include "kernel/end.h"
