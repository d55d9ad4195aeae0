/* Interrupts: a GICv2 distributor and CPU interface, and who is notified. */
#include "kernel/kernel.h"

#define GICD_CTLR (GICD_PHYS + 0x000)
#define GICD_TYPER (GICD_PHYS + 0x004)
#define GICD_IGROUPR(n) (GICD_PHYS + 0x080 + 4 * (n))
#define GICD_ISENABLER(n) (GICD_PHYS + 0x100 + 4 * (n))
#define GICD_ICENABLER(n) (GICD_PHYS + 0x180 + 4 * (n))
#define GICD_ICPENDR(n) (GICD_PHYS + 0x280 + 4 * (n))
#define GICD_IPRIORITYR(n) (GICD_PHYS + 0x400 + 4 * (n))
#define GICD_ITARGETSR(n) (GICD_PHYS + 0x800 + 4 * (n))
#define GICD_ICFGR(n) (GICD_PHYS + 0xc00 + 4 * (n))

#define GICC_CTLR (GICC_PHYS + 0x00)
#define GICC_PMR (GICC_PHYS + 0x04)
#define GICC_BPR (GICC_PHYS + 0x08)
#define GICC_IAR (GICC_PHYS + 0x0c)
#define GICC_EOIR (GICC_PHYS + 0x10)

static const struct irq_handler *handlers[MAX_IRQ + 1];

/* The bit of this processor in the distributor's target registers, which it reads from the banked ones. */
static uint8_t infer_target(void)
{
    for (unsigned i = 0; i < 8; i++) {
        uint32_t targets = mmio_read(GICD_ITARGETSR(i));
        targets |= targets >> 16;
        targets |= targets >> 8;
        if (targets & 0xff) {
            return (uint8_t)targets;
        }
    }
    kprintf("Warning: Could not infer GIC interrupt target ID, assuming 0.\n");
    return 1;
}

void irq_init(void)
{
    unsigned lines = 32 * ((mmio_read(GICD_TYPER) & 0x1f) + 1);
    mmio_write(GICD_CTLR, 0);
    for (unsigned i = 0; i < lines; i += 32) {
        mmio_write(GICD_ICENABLER(i / 32), 0xffffffff);
        mmio_write(GICD_ICPENDR(i / 32), 0xffffffff);
        mmio_write(GICD_IGROUPR(i / 32), 0);
    }
    uint32_t target = infer_target() * 0x01010101U;
    for (unsigned i = 32; i < lines; i += 4) {
        mmio_write(GICD_IPRIORITYR(i / 4), 0x80808080);
        mmio_write(GICD_ITARGETSR(i / 4), target);
    }
    for (unsigned i = 0; i < 32; i += 4) {
        mmio_write(GICD_IPRIORITYR(i / 4), 0);
    }
    for (unsigned i = 32; i < lines; i += 16) {
        mmio_write(GICD_ICFGR(i / 16), 0);
    }
    mmio_write(GICD_CTLR, 1);
    mmio_write(GICC_PMR, 0xf0);
    mmio_write(GICC_BPR, 3);
    mmio_write(GICC_CTLR, 1);
    irq_unmask(IRQ_MAINTENANCE);
}

/* What is no software-generated interrupt and not the kernel's own. */
bool irq_is_free(unsigned irq)
{
    return irq >= 16 && irq <= MAX_IRQ && irq != IRQ_MAINTENANCE && irq != IRQ_HYP_TIMER && irq != IRQ_VIRTUAL_TIMER;
}

void irq_configure(const struct irq_handler *handler, bool edge)
{
    unsigned irq = handler->irq;
    handlers[irq] = handler;
    uint32_t config = mmio_read(GICD_ICFGR(irq / 16));
    uint32_t bit = 2U << (2 * (irq % 16));
    mmio_write(GICD_ICFGR(irq / 16), edge ? config | bit : config & ~bit);
    irq_unmask(irq);
}

void irq_mask(unsigned irq)
{
    mmio_write(GICD_ICENABLER(irq / 32), 1U << (irq % 32));
}

void irq_unmask(unsigned irq)
{
    mmio_write(GICD_ISENABLER(irq / 32), 1U << (irq % 32));
}

/* A device's interrupt stays masked until its driver acknowledges it. */
static void notify_handler(unsigned irq)
{
    const struct irq_handler *handler = irq <= MAX_IRQ ? handlers[irq] : NULL;
    irq_mask(irq);
    if (handler) {
        notification_signal(handler->notification, handler->badge);
    } else {
        kprintf("Undelivered IRQ: %u\n", irq);
    }
}

/* Handles one pending interrupt, if there is one. */
void irq_handle(void)
{
    uint32_t iar = mmio_read(GICC_IAR);
    unsigned irq = iar & 0x3ff;
    if (irq >= 1020) {
        return;
    }
    switch (irq) {
    case IRQ_HYP_TIMER:
        /* Whose time it is, sched_pick() finds out. Level-triggered: quiet until it sets the next deadline. */
        timer_set(~0ULL);
        break;
    case IRQ_MAINTENANCE:
        vgic_maintenance();
        break;
    case IRQ_VIRTUAL_TIMER:
        vcpu_vtimer_event();
        break;
    default:
        notify_handler(irq);
        break;
    }
    mmio_write(GICC_EOIR, iar);
}

#include "kernel/end.h"
