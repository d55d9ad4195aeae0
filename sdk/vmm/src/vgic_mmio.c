/*
 * Registers of the emulated distributor, as the guest sees them. Byte accesses reach the byte-wide registers (priority,
 * target); everything else takes aligned words. Accesses of any other form read as zero and are ignored.
 */
#include <libvmm/fault.h>
#include <libvmm/guest.h>
#include "vgic.h"

#define GICD_CTLR 0x000
#define GICD_TYPER 0x004
#define GICD_IIDR 0x008
#define GICD_ISENABLER 0x100
#define GICD_ICENABLER 0x180
#define GICD_ISPENDR 0x200
#define GICD_ICPENDR 0x280
#define GICD_ISACTIVER 0x300
#define GICD_ICACTIVER 0x380
#define GICD_IPRIORITYR 0x400
#define GICD_ITARGETSR 0x800
#define GICD_ICFGR 0xc00
#define GICD_SGIR 0xf00
#define GICD_CPENDSGIR 0xf10
#define GICD_SPENDSGIR 0xf20
#define GICD_ICPIDR2 0xfe8

/* 256 interrupts, security extension, 31 lockable ones; only processor 0 of the field's 8 exists. */
#define TYPER_VALUE 0xfce7
/* Arm, revision 2. */
#define IIDR_VALUE 0x0200043b
/* GIC architecture version 2. */
#define ICPIDR2_VALUE 0x2b

#define BITMAP_BYTES (VGIC_IRQS / 8)

/* Register number within a bank of bitmaps that starts at `base`, or -1 if `offset` is not in it. */
static int bitmap_word(size_t offset, size_t base)
{
    return offset >= base && offset < base + BITMAP_BYTES ? (int)((offset - base) / 4) : -1;
}

static bool in_bank(size_t offset, size_t base, size_t size)
{
    return offset >= base && offset < base + size;
}

static uint32_t read_word(size_t offset)
{
    int word;

    if (offset == GICD_CTLR) {
        return vgic.forwarding;
    }
    if (offset == GICD_TYPER) {
        return TYPER_VALUE;
    }
    if (offset == GICD_IIDR) {
        return IIDR_VALUE;
    }
    if (offset == GICD_ICPIDR2) {
        return ICPIDR2_VALUE;
    }
    if ((word = bitmap_word(offset, GICD_ISENABLER)) >= 0 || (word = bitmap_word(offset, GICD_ICENABLER)) >= 0) {
        return vgic.enabled[word];
    }
    if ((word = bitmap_word(offset, GICD_ISPENDR)) >= 0 || (word = bitmap_word(offset, GICD_ICPENDR)) >= 0) {
        return vgic.pending[word];
    }
    /* Pending and active look alike from here once they are in a list register. */
    if ((word = bitmap_word(offset, GICD_ISACTIVER)) >= 0 || (word = bitmap_word(offset, GICD_ICACTIVER)) >= 0) {
        return vgic.listed[word];
    }
    if (in_bank(offset, GICD_ICFGR, sizeof(vgic.config))) {
        return vgic.config[(offset - GICD_ICFGR) / 4];
    }
    return 0;
}

static uint8_t read_byte(size_t offset)
{
    if (in_bank(offset, GICD_IPRIORITYR, VGIC_IRQS)) {
        return vgic.priority[offset - GICD_IPRIORITYR];
    }
    /* Everything goes to processor 0, the only one. */
    return in_bank(offset, GICD_ITARGETSR, VGIC_IRQS) ? 1 : 0;
}

static void write_sgir(uint32_t value)
{
    uint32_t filter = (value >> 24) & 3;
    uint32_t targets = (value >> 16) & 0xff;
    bool to_self = filter == 2 || (filter == 0 && (targets & 1) != 0);

    if (to_self) {
        vgic_raise(value & (VGIC_SGIS - 1));
    }
}

/* One byte for each SGI, one bit in it for each processor that sent it: only bit 0 can be. */
static void write_sgi_pending(size_t first, uint32_t value, bool pending)
{
    for (size_t i = 0; i < 4; i++) {
        if ((value >> (8 * i)) & 1) {
            if (pending) {
                vgic_raise(first + i);
            } else {
                vgic_withdraw(first + i);
            }
        }
    }
}

static void for_each_bit(int word, uint32_t value, void (*apply)(size_t irq))
{
    while (value != 0) {
        apply((size_t)word * 32 + (size_t)__builtin_ctz(value));
        value &= value - 1;
    }
}

static void enable(size_t irq)
{
    vgic_set_enabled(irq, true);
}

static void disable(size_t irq)
{
    vgic_set_enabled(irq, false);
}

/* SGIs become pending by GICD_SGIR and GICD_SPENDSGIR only; the bits here are read-only. */
static void set_pending(size_t irq)
{
    if (irq >= VGIC_SGIS) {
        vgic_raise(irq);
    }
}

static void clear_pending(size_t irq)
{
    if (irq >= VGIC_SGIS) {
        vgic_withdraw(irq);
    }
}

static void write_word(size_t offset, uint32_t value)
{
    int word;

    if (offset == GICD_CTLR) {
        vgic.forwarding = value & 1;
        vgic_deliver();
    } else if ((word = bitmap_word(offset, GICD_ISENABLER)) >= 0) {
        for_each_bit(word, value, enable);
    } else if ((word = bitmap_word(offset, GICD_ICENABLER)) >= 0) {
        for_each_bit(word, value, disable);
    } else if ((word = bitmap_word(offset, GICD_ISPENDR)) >= 0) {
        for_each_bit(word, value, set_pending);
    } else if ((word = bitmap_word(offset, GICD_ICPENDR)) >= 0) {
        for_each_bit(word, value, clear_pending);
    } else if (in_bank(offset, GICD_ICFGR + 4, sizeof(vgic.config) - 4)) {
        /* The first register, that of the SGIs, is read-only. */
        vgic.config[(offset - GICD_ICFGR) / 4] = value;
    } else if (offset == GICD_SGIR) {
        write_sgir(value);
    } else if (in_bank(offset, GICD_CPENDSGIR, VGIC_SGIS)) {
        write_sgi_pending(offset - GICD_CPENDSGIR, value, false);
    } else if (in_bank(offset, GICD_SPENDSGIR, VGIC_SGIS)) {
        write_sgi_pending(offset - GICD_SPENDSGIR, value, true);
    }
}

static bool is_byte_wide(size_t offset)
{
    return in_bank(offset, GICD_IPRIORITYR, VGIC_IRQS) || in_bank(offset, GICD_ITARGETSR, VGIC_IRQS);
}

static uint64_t read_register(size_t offset, size_t size)
{
    uint64_t value = 0;

    if (is_byte_wide(offset)) {
        for (size_t i = 0; i < size; i++) {
            value |= (uint64_t)read_byte(offset + i) << (8 * i);
        }
        return value;
    }
    return size == 4 && offset % 4 == 0 ? read_word(offset) : 0;
}

static void write_register(size_t offset, size_t size, uint64_t value)
{
    if (is_byte_wide(offset)) {
        for (size_t i = 0; i < size; i++) {
            /* Targets are fixed; a wide access may run over the bank's end. */
            if (in_bank(offset + i, GICD_IPRIORITYR, VGIC_IRQS)) {
                vgic.priority[offset + i - GICD_IPRIORITYR] = (uint8_t)(value >> (8 * i));
            }
        }
    } else if (size == 4 && offset % 4 == 0) {
        write_word(offset, (uint32_t)value);
    }
}

bool vgic_mmio_fault(size_t vcpu_id, size_t offset, size_t fsr, seL4_UserContext *regs, void *data)
{
    size_t size = fault_access_size(fsr);

    (void)vcpu_id;
    (void)data;
    if (fault_is_write(fsr)) {
        write_register(offset, size, fault_get_data(regs, fsr));
    } else {
        fault_set_data(regs, fsr, read_register(offset, size));
    }
    return true;
}
