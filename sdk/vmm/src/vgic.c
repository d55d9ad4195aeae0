/*
 * Delivery: from a raised interrupt to a list register of the hardware's virtual CPU interface, and back.
 *
 * The kernel owns the list registers. It takes an interrupt for one (InjectIRQ), and says when the guest has ended it
 * (VGICMaintenance). Between the two an interrupt can be neither withdrawn nor changed.
 */
#include <libvmm/guest.h>
#include "vgic.h"

/* The processor of the board has four. The kernel refuses a higher index, and has no way to ask. */
#define LIST_REGISTERS 4

#define NO_IRQ -1

/* A list register has 5 bits of priority, the most significant ones of the 8 that the distributor keeps. */
#define LIST_PRIORITY_SHIFT 3

struct vgic_distributor vgic;

static int list_registers[LIST_REGISTERS] = { NO_IRQ, NO_IRQ, NO_IRQ, NO_IRQ };

static struct {
    bool registered;
    virq_ack_fn_t ack;
    void *data;
} sources[VGIC_IRQS];

void vgic_reset(void)
{
    vgic.forwarding = false;
    for (size_t i = 0; i < VGIC_BITMAP_WORDS; i++) {
        vgic.enabled[i] = 0;
    }
    /* Software-generated interrupts cannot be disabled. */
    vgic.enabled[0] = (1u << VGIC_SGIS) - 1;
    /* SGIs are edge-triggered, of the private ones as this processor has them wired, shared ones level. */
    vgic.config[0] = 0xaaaaaaaa;
    vgic.config[1] = 0x55540000;
    for (size_t i = 2; i < VGIC_CONFIG_WORDS; i++) {
        vgic.config[i] = 0x55555555;
    }
    for (size_t irq = 0; irq < VGIC_IRQS; irq++) {
        vgic.priority[irq] = 0;
        vgic_withdraw(irq);
    }
}

bool vgic_registered(size_t irq)
{
    return irq < VGIC_IRQS && sources[irq].registered;
}

bool vgic_register(size_t irq, virq_ack_fn_t ack, void *data)
{
    if (irq >= VGIC_IRQS || sources[irq].registered) {
        return false;
    }
    sources[irq].registered = true;
    sources[irq].ack = ack;
    sources[irq].data = data;
    return true;
}

static void acknowledge(size_t irq)
{
    if (sources[irq].ack != NULL) {
        sources[irq].ack(GUEST_BOOT_VCPU_ID, (int)irq, sources[irq].data);
    }
}

void vgic_raise(size_t irq)
{
    if (!vgic_registered(irq)) {
        return;
    }
    vgic_set_bit(vgic.pending, irq, true);
    vgic_deliver();
}

void vgic_withdraw(size_t irq)
{
    if (!vgic_bit(vgic.pending, irq)) {
        return;
    }
    vgic_set_bit(vgic.pending, irq, false);
    /* Nobody will end it, so its source must hear now that it may come again. */
    acknowledge(irq);
}

static bool is_level_triggered(size_t irq)
{
    return ((vgic.config[irq / 16] >> (irq % 16 * 2 + 1)) & 1) == 0;
}

void vgic_set_enabled(size_t irq, bool enabled)
{
    bool was_enabled = vgic_bit(vgic.enabled, irq);

    if (irq < VGIC_SGIS) {
        return;
    }
    vgic_set_bit(vgic.enabled, irq, enabled);
    if (!enabled || was_enabled || !vgic_registered(irq)) {
        return;
    }
    /*
     * A level-triggered interrupt that came while it was disabled may have passed since. Its source is told to go on:
     * if the line is still up, it comes again at once.
     */
    if (is_level_triggered(irq)) {
        vgic_withdraw(irq);
    }
    vgic_deliver();
}

/* The most urgent deliverable interrupt, the lowest number first among equals, or NO_IRQ. */
static int next_deliverable(void)
{
    int best = NO_IRQ;

    for (size_t word = 0; word < VGIC_BITMAP_WORDS; word++) {
        uint32_t candidates = vgic.pending[word] & vgic.enabled[word] & ~vgic.listed[word];

        while (candidates != 0) {
            int irq = (int)(word * 32) + __builtin_ctz(candidates);

            candidates &= candidates - 1;
            if (best == NO_IRQ || vgic.priority[irq] < vgic.priority[best]) {
                best = irq;
            }
        }
    }
    return best;
}

void vgic_deliver(void)
{
    if (!vgic.forwarding) {
        return;
    }
    for (size_t index = 0; index < LIST_REGISTERS; index++) {
        if (list_registers[index] != NO_IRQ) {
            continue;
        }

        int irq = next_deliverable();

        if (irq == NO_IRQ) {
            return;
        }
        list_registers[index] = irq;
        vgic_set_bit(vgic.pending, (size_t)irq, false);
        vgic_set_bit(vgic.listed, (size_t)irq, true);
        microkit_vcpu_arm_inject_irq(GUEST_BOOT_VCPU_ID, (seL4_Uint16)irq, vgic.priority[irq] >> LIST_PRIORITY_SHIFT, 0,
                                     (seL4_Uint8)index);
    }
}

bool vgic_end_of_interrupt(seL4_Word index)
{
    if (index >= LIST_REGISTERS || list_registers[index] == NO_IRQ) {
        return false;
    }

    size_t irq = (size_t)list_registers[index];

    list_registers[index] = NO_IRQ;
    vgic_set_bit(vgic.listed, irq, false);
    acknowledge(irq);
    vgic_deliver();
    return true;
}
