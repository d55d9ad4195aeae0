/*
 * The life of the guest: started once its images are in place, stopped for good, or started again from the beginning.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The library runs guests of one virtual CPU, which the system description numbers 0. */
#define GUEST_BOOT_VCPU_ID 0

/*
 * Start the guest by the Arm64 Linux boot protocol: at `kernel_pc`, in EL1h with interrupts masked and the MMU off,
 * x0 = address of the device tree, x1..x3 = 0. All three are guest-physical addresses; `initrd` is only printed, as
 * the device tree tells the guest about it. False if the kernel refuses the registers.
 */
bool guest_start(uintptr_t kernel_pc, uintptr_t dtb, uintptr_t initrd);

/* Stop the virtual CPU. Its memory and interrupts stay as they are. */
void guest_stop(void);

/*
 * What a guest that resets itself (PSCI SYSTEM_RESET) needs: its images as they were. Called with the virtual CPU
 * stopped; returns false if the guest cannot be started again, and then it stays stopped.
 */
typedef bool (*guest_reload_t)(void);
void guest_on_reset(guest_reload_t reload);

/* Reload the images and start again as guest_start() did. False, with the guest stopped, if that is not possible. */
bool guest_restart(void);
