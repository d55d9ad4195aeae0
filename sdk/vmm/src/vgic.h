/*
 * State of the emulated GICv2 distributor, shared by delivery (vgic.c) and its registers (vgic_mmio.c).
 * Source: Arm Generic Interrupt Controller Architecture Specification, GICv2 (IHI 0048B), chapter 4.3.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <microkit.h>
#include <libvmm/virq.h>

#define VGIC_IRQS 256
#define VGIC_SGIS 16    /* 0..15, raised by software */
#define VGIC_PRIVATE 32 /* below: one per processor */
#define VGIC_BITMAP_WORDS (VGIC_IRQS / 32)
#define VGIC_CONFIG_WORDS (VGIC_IRQS / 16)

struct vgic_distributor {
    bool forwarding;                     /* GICD_CTLR.Enable */
    uint32_t enabled[VGIC_BITMAP_WORDS]; /* GICD_ISENABLERn / ICENABLERn */
    uint32_t pending[VGIC_BITMAP_WORDS]; /* raised, not yet in a list register */
    uint32_t listed[VGIC_BITMAP_WORDS];  /* in a list register: pending or active for the guest */
    uint32_t config[VGIC_CONFIG_WORDS];  /* GICD_ICFGRn */
    uint8_t priority[VGIC_IRQS];         /* GICD_IPRIORITYRn */
};

extern struct vgic_distributor vgic;

static inline bool vgic_bit(const uint32_t *bitmap, size_t irq)
{
    return (bitmap[irq / 32] >> (irq % 32)) & 1;
}

static inline void vgic_set_bit(uint32_t *bitmap, size_t irq, bool value)
{
    uint32_t bit = (uint32_t)1 << (irq % 32);

    bitmap[irq / 32] = value ? bitmap[irq / 32] | bit : bitmap[irq / 32] & ~bit;
}

/* Distributor registers to their reset values. What list registers hold is beyond reach, and stays accounted for. */
void vgic_reset(void);

bool vgic_register(size_t irq, virq_ack_fn_t ack, void *data);
bool vgic_registered(size_t irq);

/* Make pending, and deliver if possible. Does nothing if the interrupt is not registered. */
void vgic_raise(size_t irq);

/* Forget a pending interrupt that has not reached a list register. */
void vgic_withdraw(size_t irq);

void vgic_set_enabled(size_t irq, bool enabled);

/* Move pending interrupts into free list registers, most urgent first. */
void vgic_deliver(void);

/* The guest has ended the interrupt in list register `index`. False if there is none. */
bool vgic_end_of_interrupt(seL4_Word index);

/* Accesses of the guest to the distributor's registers. */
bool vgic_mmio_fault(size_t vcpu_id, size_t offset, size_t fsr, seL4_UserContext *regs, void *data);
