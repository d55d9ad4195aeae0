/*
 * The guest's faults by kind. All of them are things a guest does as it runs, on purpose or not, so nothing in a
 * message is trusted: what cannot be handled stops the guest, and never the monitor.
 */
#include <libvmm/fault.h>
#include <libvmm/guest.h>
#include <libvmm/log.h>
#include <libvmm/vcpu.h>
#include "data_abort.h"
#include "psci.h"
#include "vgic.h"

/* Exception classes of HSR (ESR_EL2). Source: Arm ARM, "ESR_EL2". */
#define EC_SHIFT 26
#define EC_MASK 0x3f
#define EC_WFX 0x01
#define EC_SMC64 0x17

#define INSTRUCTION_SIZE 4

#define REGISTER_COUNT (sizeof(seL4_UserContext) / sizeof(seL4_Word))

bool fault_read_registers(size_t vcpu_id, seL4_UserContext *regs)
{
    return seL4_TCB_ReadRegisters(BASE_VM_TCB_CAP + vcpu_id, false, 0, REGISTER_COUNT, regs) == seL4_NoError;
}

bool fault_advance_vcpu(size_t vcpu_id, seL4_UserContext *regs)
{
    regs->pc += INSTRUCTION_SIZE;
    return seL4_TCB_WriteRegisters(BASE_VM_TCB_CAP + vcpu_id, true, 0, REGISTER_COUNT, regs) == seL4_NoError;
}

/* A firmware call by SMC or HVC: either way the guest is at the instruction, and goes on after it. */
static bool handle_firmware_call(size_t vcpu_id)
{
    seL4_UserContext regs;

    if (!fault_read_registers(vcpu_id, &regs)) {
        return false;
    }
    return !smccc_call(vcpu_id, &regs) || fault_advance_vcpu(vcpu_id, &regs);
}

static bool handle_vcpu_fault(size_t vcpu_id)
{
    seL4_Word hsr = microkit_mr_get(seL4_VCPUFault_HSR);
    seL4_Word exception_class = (hsr >> EC_SHIFT) & EC_MASK;

    switch (exception_class) {
    case EC_SMC64:
        return handle_firmware_call(vcpu_id);
    case EC_WFX:
        /*
         * The guest waits for an interrupt. It is not put to sleep, since its timer counts only while it runs: the
         * reply makes it try again, and with an interrupt pending the instruction no longer traps. (A kernel that
         * waits by itself while nothing else can run does not report this at all.)
         */
        return true;
    default:
        log_error("unknown SMC exception, EC class: 0x%lx, HSR: 0x%lx", exception_class, hsr);
        return false;
    }
}

static bool handle_vppi_event(void)
{
    seL4_Word irq = microkit_mr_get(seL4_VPPIEvent_IRQ);

    if (irq != VIRQ_VIRTUAL_TIMER) {
        log_error("unexpected virtual private interrupt %lu", irq);
        return false;
    }
    return virq_inject(irq);
}

static bool handle_maintenance(void)
{
    /* No index, or one of a list register that holds nothing, is not the guest's fault: there is nothing to do. */
    vgic_end_of_interrupt(microkit_mr_get(seL4_VGICMaintenance_IDX));
    return true;
}

static bool handle_user_exception(void)
{
    log_error("unexpected user exception at IP: 0x%lx, number: 0x%lx, code: 0x%lx",
              microkit_mr_get(seL4_UserException_FaultIP), microkit_mr_get(seL4_UserException_Number),
              microkit_mr_get(seL4_UserException_Code));
    return false;
}

/* What the fault was, for the line after the registers. */
static const char *fault_name(seL4_Word label)
{
    switch (label) {
    case seL4_Fault_VMFault:
        return "virtual memory";
    case seL4_Fault_UnknownSyscall:
        return "unknown syscall";
    case seL4_Fault_UserException:
        return "user exception";
    case seL4_Fault_VGICMaintenance:
        return "VGIC maintenance";
    case seL4_Fault_VCPUFault:
        return "VCPU";
    case seL4_Fault_VPPIEvent:
        return "VPPI event";
    default:
        return "unknown";
    }
}

bool fault_handle(size_t vcpu_id, microkit_msginfo msginfo)
{
    seL4_Word label = microkit_msginfo_get_label(msginfo);
    bool handled;

    if (vcpu_id != GUEST_BOOT_VCPU_ID) {
        log_error("fault of unknown virtual CPU %lu", (unsigned long)vcpu_id);
        return false;
    }
    switch (label) {
    case seL4_Fault_VMFault:
        handled = data_abort_handle(vcpu_id);
        break;
    case seL4_Fault_VGICMaintenance:
        handled = handle_maintenance();
        break;
    case seL4_Fault_VCPUFault:
        handled = handle_vcpu_fault(vcpu_id);
        break;
    case seL4_Fault_VPPIEvent:
        handled = handle_vppi_event();
        break;
    case seL4_Fault_UnknownSyscall:
        handled = handle_firmware_call(vcpu_id);
        break;
    case seL4_Fault_UserException:
        handled = handle_user_exception();
        break;
    default:
        log_error("unknown fault, label: 0x%lx", label);
        handled = false;
        break;
    }
    if (!handled) {
        tcb_print_regs(vcpu_id);
        vcpu_print_regs(vcpu_id);
        log_error("Failed to handle %s fault", fault_name(label));
        guest_stop();
    }
    return handled;
}
