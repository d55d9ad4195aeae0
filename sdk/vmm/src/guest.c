/* Starting, stopping and restarting the guest. */
#include <stddef.h>
#include <microkit.h>
#include <libvmm/guest.h>
#include <libvmm/log.h>
#include <libvmm/vcpu.h>
#include "vgic.h"

/* EL1 with its own stack pointer, and D, A, I and F masked, as the boot protocol asks. */
#define BOOT_SPSR 0x3c5

static struct {
    uintptr_t kernel_pc;
    uintptr_t dtb;
    uintptr_t initrd;
    guest_reload_t reload;
} guest;

bool guest_start(uintptr_t kernel_pc, uintptr_t dtb, uintptr_t initrd)
{
    seL4_UserContext regs = { 0 };
    seL4_Error error;

    guest.kernel_pc = kernel_pc;
    guest.dtb = dtb;
    guest.initrd = initrd;
    log_info("starting guest at 0x%lx, DTB at 0x%lx, initial RAM disk at 0x%lx", kernel_pc, dtb, initrd);
    regs.pc = kernel_pc;
    regs.x0 = dtb;
    regs.spsr = BOOT_SPSR;
    /* Every register, so that a restarted guest finds nothing of its former life. */
    error = seL4_TCB_WriteRegisters(BASE_VM_TCB_CAP + GUEST_BOOT_VCPU_ID, false, 0, sizeof(regs) / sizeof(seL4_Word),
                                    &regs);
    if (error != seL4_NoError) {
        log_error("Failed to write registers of the guest's virtual CPU (error %u)", (unsigned)error);
        return false;
    }
    microkit_vcpu_restart(GUEST_BOOT_VCPU_ID, kernel_pc);
    return true;
}

void guest_stop(void)
{
    microkit_vcpu_stop(GUEST_BOOT_VCPU_ID);
    log_info("Stopped guest");
}

void guest_on_reset(guest_reload_t reload)
{
    guest.reload = reload;
}

bool guest_restart(void)
{
    microkit_vcpu_stop(GUEST_BOOT_VCPU_ID);
    if (guest.reload == NULL || !guest.reload()) {
        log_error("Guest cannot be restarted: its images are not available");
        return false;
    }
    vgic_reset();
    vcpu_reset(GUEST_BOOT_VCPU_ID);
    return guest_start(guest.kernel_pc, guest.dtb, guest.initrd);
}
