/*
 * Registers of the guest's virtual CPU.
 */
#pragma once

#include <stddef.h>
#include <microkit.h>

/* Set the EL1 registers that the kernel keeps to what a processor has after reset: MMU and caches off. */
void vcpu_reset(size_t vcpu_id);

/* Print the general registers (from the thread) and the EL1 registers (from the vCPU). */
void tcb_print_regs(size_t vcpu_id);
void vcpu_print_regs(size_t vcpu_id);
