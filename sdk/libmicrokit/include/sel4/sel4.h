/*
 * The part of the seL4 API (MCS, AArch64, hypervisor) that programs on the embedded microkernel can use: names and
 * numbers are seL4's, so that sources compile against either. The kernel that serves them is not seL4.
 */
#pragma once

#include <sel4/config.h>
#include <sel4/constants.h>
#include <sel4/faults.h>
#include <sel4/invocations.h>
#include <sel4/macros.h>
#include <sel4/registers.h>
#include <sel4/syscalls.h>
#include <sel4/types.h>
