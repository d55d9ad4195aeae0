/* Which interrupts the guest has, and where they come from. */
#include <libvmm/fault.h>
#include <libvmm/guest.h>
#include <libvmm/log.h>
#include <libvmm/virq.h>
#include "vgic.h"

#define NO_VIRQ -1

static int passthrough[MICROKIT_MAX_CHANNELS];

static void acknowledge_timer(size_t vcpu_id, int irq, void *data)
{
    (void)data;
    microkit_vcpu_arm_ack_vppi(vcpu_id, (seL4_Word)irq);
}

static void acknowledge_passthrough(size_t vcpu_id, int irq, void *data)
{
    (void)vcpu_id;
    (void)irq;
    microkit_irq_ack((microkit_channel)(uintptr_t)data);
}

bool virq_controller_init(void)
{
    for (size_t channel = 0; channel < MICROKIT_MAX_CHANNELS; channel++) {
        passthrough[channel] = NO_VIRQ;
    }
    vgic_reset();
    if (!fault_register_vm_exception_handler(VIRQ_DISTRIBUTOR_BASE, VIRQ_DISTRIBUTOR_SIZE, vgic_mmio_fault, NULL)) {
        log_error("Failed to register the distributor's address range");
        return false;
    }
    for (size_t sgi = 0; sgi < VGIC_SGIS; sgi++) {
        if (!vgic_register(sgi, NULL, NULL)) {
            log_error("Failed to register software-generated interrupt %lu", (unsigned long)sgi);
            return false;
        }
    }
    if (!vgic_register(VIRQ_VIRTUAL_TIMER, acknowledge_timer, NULL)) {
        log_error("Failed to register the virtual timer's interrupt");
        return false;
    }
    log_info("initialised virtual GICv2 driver");
    return true;
}

bool virq_register(size_t vcpu_id, size_t virq, virq_ack_fn_t ack, void *data)
{
    return vcpu_id == GUEST_BOOT_VCPU_ID && vgic_register(virq, ack, data);
}

bool virq_inject(size_t virq)
{
    if (!vgic_registered(virq)) {
        return false;
    }
    vgic_raise(virq);
    return true;
}

bool virq_register_passthrough(size_t vcpu_id, size_t irq, microkit_channel irq_ch)
{
    if (irq_ch >= MICROKIT_MAX_CHANNELS) {
        log_error("Invalid channel given '0x%lx' for passthrough IRQ %lu", (unsigned long)irq_ch, (unsigned long)irq);
        return false;
    }
    log_info("Register passthrough IRQ %lu (channel: 0x%lx)", (unsigned long)irq, (unsigned long)irq_ch);
    if (!virq_register(vcpu_id, irq, acknowledge_passthrough, (void *)(uintptr_t)irq_ch)) {
        log_error("Failed to register passthrough IRQ %lu", (unsigned long)irq);
        return false;
    }
    passthrough[irq_ch] = (int)irq;
    return true;
}

bool virq_handle_passthrough(microkit_channel irq_ch)
{
    if (irq_ch >= MICROKIT_MAX_CHANNELS || passthrough[irq_ch] == NO_VIRQ) {
        log_error("No passthrough IRQ is registered for channel 0x%lx", (unsigned long)irq_ch);
        return false;
    }
    return virq_inject((size_t)passthrough[irq_ch]);
}
