/*
 * The monitor of a small guest. Where the guest has no mailbox of its own, its stores fault, and the monitor writes them into the
 * mailbox. When the guest rings the bell, the monitor notifies the receiver.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <libvmm/libvmm.h>
#include <microkit.h>
#include "mailbox.h"

#define RECEIVER_CHANNEL 1

/* Set by the system tool to where the regions of these names are mapped. */
uintptr_t guest_ram_vaddr;
uintptr_t mailbox_vaddr;

extern const char guest_code[];
extern const char guest_code_end[];

/* Faults of the guest, of any kind. */
uint64_t faults;

static bool store_fault(size_t vcpu_id, size_t offset, size_t fsr, seL4_UserContext *regs, void *data)
{
    uint64_t value = fault_get_data(regs, fsr);

    (void)vcpu_id;
    (void)data;
    if (!fault_is_write(fsr) || offset + fault_access_size(fsr) > MAILBOX_SIZE) {
        return false;
    }
    for (size_t i = 0; i < fault_access_size(fsr); i++) {
        ((volatile uint8_t *)mailbox_vaddr)[offset + i] = (uint8_t)(value >> (8 * i));
    }
    return true;
}

static bool bell_fault(size_t vcpu_id, size_t offset, size_t fsr, seL4_UserContext *regs, void *data)
{
    (void)vcpu_id;
    (void)offset;
    (void)fsr;
    (void)regs;
    (void)data;
    microkit_notify(RECEIVER_CHANNEL);
    return true;
}

void init(void)
{
    volatile char *memory = (volatile char *)guest_ram_vaddr;

    for (size_t i = 0; i < (size_t)(guest_code_end - guest_code); i++) {
        memory[i] = guest_code[i];
    }
    if (!fault_register_vm_exception_handler(MAILBOX_ADDRESS, MAILBOX_SIZE, store_fault, NULL) ||
        !fault_register_vm_exception_handler(BELL_ADDRESS, BELL_SIZE, bell_fault, NULL)) {
        log_error("Failed to register the addresses of the mailbox");
        return;
    }
    guest_start(guest_ram_vaddr, 0, 0);
}

void notified(microkit_channel channel)
{
    (void)channel;
}

seL4_Bool fault(microkit_child child, microkit_msginfo msginfo, microkit_msginfo *reply_msginfo)
{
    faults++;
    fault_handle(child, msginfo);
    *reply_msginfo = microkit_msginfo_new(0, 0);
    return seL4_True;
}
