/*
 * Firmware calls of the guest: the power state interface, for a machine of one processor.
 * Source: Arm SMC Calling Convention (DEN 0028), Arm Power State Coordination Interface (DEN 0022), version 1.2.
 */
#include <stdint.h>
#include <libvmm/guest.h>
#include <libvmm/log.h>
#include "psci.h"

/* Function identifiers: owner in bits 29:24, 64-bit convention in bit 30. */
#define OWNER_SHIFT 24
#define OWNER_MASK 0x3f
#define OWNER_STANDARD_SERVICE 4
#define FUNCTION_MASK 0xffff
#define CONVENTION_64 (1u << 30)

enum psci_function {
    PSCI_VERSION = 0x0,
    PSCI_CPU_OFF = 0x2,
    PSCI_CPU_ON = 0x3,
    PSCI_AFFINITY_INFO = 0x4,
    PSCI_MIGRATE_INFO_TYPE = 0x6,
    PSCI_SYSTEM_OFF = 0x8,
    PSCI_SYSTEM_RESET = 0x9,
    PSCI_FEATURES = 0xa,
};

/* Major 1, minor 2. */
#define PSCI_VERSION_1_2 0x10002

#define PSCI_SUCCESS 0
#define PSCI_NOT_SUPPORTED -1
#define PSCI_INVALID_PARAMETERS -2
#define PSCI_ALREADY_ON -4

/* There is no trusted system that would have to be moved between processors. */
#define MIGRATE_NOT_REQUIRED 2
#define AFFINITY_ON 0

/* The affinity fields of MPIDR. The one processor has all of them zero. */
#define AFFINITY_FIELDS 0xff00ffffffull

static bool is_psci(uint64_t function)
{
    return ((function >> OWNER_SHIFT) & OWNER_MASK) == OWNER_STANDARD_SERVICE;
}

static int64_t features(uint32_t function)
{
    if (!is_psci(function)) {
        return PSCI_NOT_SUPPORTED;
    }
    switch (function & FUNCTION_MASK) {
    case PSCI_VERSION:
    case PSCI_CPU_OFF:
    case PSCI_CPU_ON:
    case PSCI_AFFINITY_INFO:
    case PSCI_MIGRATE_INFO_TYPE:
    case PSCI_SYSTEM_OFF:
    case PSCI_SYSTEM_RESET:
    case PSCI_FEATURES:
        return PSCI_SUCCESS;
    default:
        return PSCI_NOT_SUPPORTED;
    }
}

/* CPU_ON and AFFINITY_INFO name a processor by its affinity; in the 32-bit convention by a word. */
static bool is_boot_processor(uint64_t function, uint64_t affinity)
{
    return (((function & CONVENTION_64) != 0 ? affinity : (uint32_t)affinity) & AFFINITY_FIELDS) == 0;
}

bool smccc_call(size_t vcpu_id, seL4_UserContext *regs)
{
    uint64_t function = (uint32_t)regs->x0;
    int64_t result;

    (void)vcpu_id;
    if (!is_psci(function)) {
        /* What the calling convention has for services that are not there: the guest asks, and goes on without. */
        regs->x0 = (seL4_Word)PSCI_NOT_SUPPORTED;
        return true;
    }
    switch (function & FUNCTION_MASK) {
    case PSCI_VERSION:
        result = PSCI_VERSION_1_2;
        break;
    case PSCI_CPU_ON:
        result = is_boot_processor(function, regs->x1) ? PSCI_ALREADY_ON : PSCI_INVALID_PARAMETERS;
        break;
    case PSCI_AFFINITY_INFO:
        result = is_boot_processor(function, regs->x1) && regs->x2 == 0 ? AFFINITY_ON : PSCI_INVALID_PARAMETERS;
        break;
    case PSCI_MIGRATE_INFO_TYPE:
        result = MIGRATE_NOT_REQUIRED;
        break;
    case PSCI_FEATURES:
        result = features((uint32_t)regs->x1);
        break;
    case PSCI_CPU_OFF: /* of the only processor, so nobody is left to switch it on again */
    case PSCI_SYSTEM_OFF:
        log_info("Guest has powered off");
        guest_stop();
        return false;
    case PSCI_SYSTEM_RESET:
        log_info("Guest has asked for a reset");
        guest_restart();
        return false;
    default:
        log_error("Unhandled PSCI function ID 0x%lx", (unsigned long)function);
        result = PSCI_NOT_SUPPORTED;
        break;
    }
    regs->x0 = (seL4_Word)result;
    return true;
}
