#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <microkit.h>

/*
 * Carry out the firmware call in the guest's registers: results into `regs`, which the caller then lets the guest go
 * on with. Returns false if the call has ended this life of the guest (off, or reset), and `regs` no longer matter.
 */
bool smccc_call(size_t vcpu_id, seL4_UserContext *regs);
