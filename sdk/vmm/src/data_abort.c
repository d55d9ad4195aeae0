/*
 * Accesses of the guest to memory it does not have: taken apart by their syndrome, and handed to whoever registered
 * for the address. Source: Arm ARM, "ESR_EL2", ISS encoding for an exception from a Data Abort.
 */
#include <libvmm/fault.h>
#include <libvmm/log.h>
#include "data_abort.h"

#define EC_SHIFT 26
#define EC_MASK 0x3f
#define EC_DATA_ABORT_LOWER 0x24
#define ISS_VALID (1u << 24) /* ISV: size, register and extension below are meaningful */
#define ISS_SIZE_SHIFT 22    /* SAS: log2 of the bytes */
#define ISS_SIZE_MASK 3
#define ISS_SIGN_EXTEND (1u << 21) /* SSE */
#define ISS_REGISTER_SHIFT 16      /* SRT */
#define ISS_REGISTER_MASK 0x1f
#define ISS_64_BIT_REGISTER (1u << 15) /* SF */
#define ISS_TABLE_WALK (1u << 7)       /* S1PTW: the access was the walk of the guest's own page table */
#define ISS_WRITE (1u << 6)            /* WnR */

#define ZERO_REGISTER 31

#define MAX_HANDLERS 16

static struct {
    uintptr_t base;
    size_t size;
    vm_exception_handler_t handler;
    void *data;
} handlers[MAX_HANDLERS];

static size_t handler_count;

bool fault_register_vm_exception_handler(uintptr_t base, size_t size, vm_exception_handler_t handler, void *data)
{
    uintptr_t end;

    if (handler_count == MAX_HANDLERS || handler == NULL || size == 0 || __builtin_add_overflow(base, size - 1, &end)) {
        return false;
    }
    for (size_t i = 0; i < handler_count; i++) {
        if (base <= handlers[i].base + (handlers[i].size - 1) && handlers[i].base <= end) {
            return false;
        }
    }
    handlers[handler_count].base = base;
    handlers[handler_count].size = size;
    handlers[handler_count].handler = handler;
    handlers[handler_count].data = data;
    handler_count++;
    return true;
}

bool fault_is_write(size_t fsr)
{
    return (fsr & ISS_WRITE) != 0;
}

bool fault_is_read(size_t fsr)
{
    return !fault_is_write(fsr);
}

size_t fault_access_size(size_t fsr)
{
    return (size_t)1 << ((fsr >> ISS_SIZE_SHIFT) & ISS_SIZE_MASK);
}

/* Where seL4_UserContext keeps general register `number`, or NULL for the zero register. */
static seL4_Word *general_register(seL4_UserContext *regs, size_t number)
{
    static const size_t offsets[ZERO_REGISTER] = {
#define AT(name) __builtin_offsetof(seL4_UserContext, name)
        AT(x0),  AT(x1),  AT(x2),  AT(x3),  AT(x4),  AT(x5),  AT(x6),  AT(x7),  AT(x8),  AT(x9),  AT(x10),
        AT(x11), AT(x12), AT(x13), AT(x14), AT(x15), AT(x16), AT(x17), AT(x18), AT(x19), AT(x20), AT(x21),
        AT(x22), AT(x23), AT(x24), AT(x25), AT(x26), AT(x27), AT(x28), AT(x29), AT(x30),
#undef AT
    };

    return number < ZERO_REGISTER ? (seL4_Word *)((char *)regs + offsets[number]) : NULL;
}

static size_t transfer_register(size_t fsr)
{
    return (fsr >> ISS_REGISTER_SHIFT) & ISS_REGISTER_MASK;
}

static uint64_t low_bytes(uint64_t value, size_t size)
{
    return size == sizeof(value) ? value : value & (((uint64_t)1 << (8 * size)) - 1);
}

uint64_t fault_get_data(const seL4_UserContext *regs, size_t fsr)
{
    const seL4_Word *source = general_register((seL4_UserContext *)regs, transfer_register(fsr));

    return source == NULL ? 0 : low_bytes(*source, fault_access_size(fsr));
}

void fault_set_data(seL4_UserContext *regs, size_t fsr, uint64_t value)
{
    seL4_Word *destination = general_register(regs, transfer_register(fsr));
    size_t size = fault_access_size(fsr);

    if (destination == NULL) {
        return;
    }
    value = low_bytes(value, size);
    if ((fsr & ISS_SIGN_EXTEND) != 0 && ((value >> (8 * size - 1)) & 1) != 0) {
        value |= ~low_bytes(~(uint64_t)0, size);
        if ((fsr & ISS_64_BIT_REGISTER) == 0) {
            value = low_bytes(value, 4);
        }
    }
    *destination = value;
}

/* Whether the syndrome says enough to carry the access out in the guest's place. */
static bool can_emulate(size_t fsr)
{
    return ((fsr >> EC_SHIFT) & EC_MASK) == EC_DATA_ABORT_LOWER && (fsr & ISS_VALID) != 0 &&
           (fsr & ISS_TABLE_WALK) == 0;
}

static bool emulate(size_t vcpu_id, uintptr_t address, size_t fsr)
{
    seL4_UserContext regs;

    for (size_t i = 0; i < handler_count; i++) {
        size_t offset = address - handlers[i].base;

        if (address < handlers[i].base || offset >= handlers[i].size) {
            continue;
        }
        if (!fault_read_registers(vcpu_id, &regs) ||
            !handlers[i].handler(vcpu_id, offset, fsr, &regs, handlers[i].data)) {
            return false;
        }
        return fault_advance_vcpu(vcpu_id, &regs);
    }
    return false;
}

bool data_abort_handle(size_t vcpu_id)
{
    seL4_Word ip = microkit_mr_get(seL4_VMFault_IP);
    seL4_Word address = microkit_mr_get(seL4_VMFault_Addr);
    seL4_Word is_prefetch = microkit_mr_get(seL4_VMFault_PrefetchFault);
    seL4_Word fsr = microkit_mr_get(seL4_VMFault_FSR);

    if (!is_prefetch && can_emulate(fsr) && emulate(vcpu_id, address, fsr)) {
        return true;
    }
    log_error("unexpected memory fault on address: 0x%lx, FSR: 0x%lx, IP: 0x%lx, is_prefetch: %s, is_write: %s",
              address, fsr, ip, is_prefetch ? "true" : "false", fault_is_write(fsr) ? "true" : "false");
    return false;
}
