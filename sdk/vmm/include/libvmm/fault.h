/*
 * Faults of the guest, as the kernel reports them to the monitor's fault() entry point.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <microkit.h>

/*
 * Handle one fault. True if the guest can go on: fault() should then reply. False if nobody knew what to do; by then
 * the fault and the registers are printed and the guest is stopped, so that a reply does nothing.
 */
bool fault_handle(size_t vcpu_id, microkit_msginfo msginfo);

/*
 * Emulates one access to a range of guest-physical addresses.
 *
 * offset: bytes from the start of the range; as the guest chose it, alignment included
 * fsr:    syndrome of the data abort (ESR_EL2); use the functions below to take it apart
 * regs:   the guest's registers; fault_set_data() completes a load. The library then steps over the instruction
 * data:   what was given at registration
 *
 * Returns false for an access that makes no sense: the guest is stopped.
 */
typedef bool (*vm_exception_handler_t)(size_t vcpu_id, size_t offset, size_t fsr, seL4_UserContext *regs, void *data);

/*
 * Call `handler` for accesses whose first byte is in [base, base + size). False if the range is empty, wraps, overlaps
 * another one, or if there is no place left (16).
 */
bool fault_register_vm_exception_handler(uintptr_t base, size_t size, vm_exception_handler_t handler, void *data);

/* Direction of the access. Source for these and the following: Arm ARM, "ESR_EL2", ISS encoding for a Data Abort. */
bool fault_is_write(size_t fsr);
bool fault_is_read(size_t fsr);

/* Bytes the guest loads or stores: 1, 2, 4 or 8. */
size_t fault_access_size(size_t fsr);

/* What a store stores: the low fault_access_size() bytes of its source register, zero-extended. */
uint64_t fault_get_data(const seL4_UserContext *regs, size_t fsr);

/* Put a loaded value into the destination register, zero- or sign-extended as the instruction asks. */
void fault_set_data(seL4_UserContext *regs, size_t fsr, uint64_t value);

/*
 * Step the guest over the 4-byte instruction it faulted on, with `regs` as its registers, and let it run. This
 * withdraws the fault, so a later reply to it does nothing.
 */
bool fault_advance_vcpu(size_t vcpu_id, seL4_UserContext *regs);

/* The guest's registers at the fault. */
bool fault_read_registers(size_t vcpu_id, seL4_UserContext *regs);
