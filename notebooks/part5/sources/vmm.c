/*
 * The virtual machine monitor: starts Linux, gives it the Ethernet card's interrupt, and takes the word that Linux has
 * fetched. The word arrives as stores to five bytes of memory that the guest does not have: each store faults, the
 * kernel reports the fault here, and the stored character is picked out of the guest's registers. After the word the
 * guest rings a bell, with a store to another address where it has nothing.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <libvmm/libvmm.h>
#include <microkit.h>

#define WORDLE_SERVER_CHANNEL 1
#define ETHERNET_IRQ_CHANNEL 2

#define ETHERNET_IRQ 79

/* Guest memory: 256 MiB, which this protection domain has mapped at the guest's own addresses. */
#define GUEST_RAM_SIZE 0x10000000
#define GUEST_DTB_ADDRESS 0x4f000000
#define GUEST_INITRD_ADDRESS 0x4d700000
/* As far as the device tree says the initial RAM disk may reach. */
#define GUEST_INITRD_MAX_SIZE 0x900000

#define WORD_ADDRESS 0x50000000
#define WORD_LENGTH 5

/* The guest stores here when the word is complete. */
#define BELL_ADDRESS 0x50001000
#define BELL_SIZE 4

/* Set by the system tool to where guest_ram is mapped. */
uintptr_t guest_ram_vaddr;

/* The guest's images are part of this program. */
extern char _guest_kernel_image[];
extern char _guest_kernel_image_end[];
extern char _guest_dtb_image[];
extern char _guest_dtb_image_end[];
extern char _guest_initrd_image[];
extern char _guest_initrd_image_end[];

static char word[WORD_LENGTH];

static void send_word(void)
{
    for (int i = 0; i < WORD_LENGTH; i++) {
        microkit_mr_set((uint8_t)i, (uint8_t)word[i]);
    }
    microkit_ppcall(WORDLE_SERVER_CHANNEL, microkit_msginfo_new(0, WORD_LENGTH));
}

/* A store of any width to byte i carries character i in its low 8 bits. */
static bool word_fault(size_t vcpu_id, size_t offset, size_t fsr, seL4_UserContext *regs, void *data)
{
    (void)vcpu_id;
    (void)data;
    if (fault_is_read(fsr)) {
        fault_set_data(regs, fsr, 0);
        return true;
    }
    word[offset] = (char)fault_get_data(regs, fsr);
    if (offset == WORD_LENGTH - 1) {
        send_word();
    }
    return true;
}

/* The last letter has said it already. */
static bool bell_fault(size_t vcpu_id, size_t offset, size_t fsr, seL4_UserContext *regs, void *data)
{
    (void)vcpu_id;
    (void)offset;
    (void)fsr;
    (void)regs;
    (void)data;
    return true;
}

/* Returns the kernel's entry point, or 0. */
static uintptr_t load_images(void)
{
    size_t kernel_size = (size_t)(_guest_kernel_image_end - _guest_kernel_image);
    size_t dtb_size = (size_t)(_guest_dtb_image_end - _guest_dtb_image);
    size_t initrd_size = (size_t)(_guest_initrd_image_end - _guest_initrd_image);

    if (initrd_size > GUEST_INITRD_MAX_SIZE || dtb_size > guest_ram_vaddr + GUEST_RAM_SIZE - GUEST_DTB_ADDRESS) {
        log_error("Guest images are too large: DTB 0x%lx bytes, initial RAM disk 0x%lx bytes", dtb_size, initrd_size);
        return 0;
    }
    return linux_setup_images(guest_ram_vaddr, (uintptr_t)_guest_kernel_image, kernel_size, (uintptr_t)_guest_dtb_image,
                              GUEST_DTB_ADDRESS, dtb_size, (uintptr_t)_guest_initrd_image, GUEST_INITRD_ADDRESS,
                              initrd_size);
}

static bool reload_images(void)
{
    return load_images() != 0;
}

void init(void)
{
    uintptr_t kernel_pc;

    log_info("starting \"%s\"", microkit_name);
    kernel_pc = load_images();
    if (kernel_pc == 0) {
        log_error("Failed to initialise guest images");
        return;
    }
    if (!virq_controller_init()) {
        log_error("Failed to initialise emulated interrupt controller");
        return;
    }
    if (!fault_register_vm_exception_handler(WORD_ADDRESS, WORD_LENGTH, word_fault, NULL) ||
        !fault_register_vm_exception_handler(BELL_ADDRESS, BELL_SIZE, bell_fault, NULL)) {
        log_error("Failed to register the addresses of the word and the bell");
        return;
    }
    if (!virq_register_passthrough(GUEST_BOOT_VCPU_ID, ETHERNET_IRQ, ETHERNET_IRQ_CHANNEL)) {
        return;
    }
    guest_on_reset(reload_images);
    guest_start(kernel_pc, GUEST_DTB_ADDRESS, GUEST_INITRD_ADDRESS);
}

void notified(microkit_channel channel)
{
    if (channel == ETHERNET_IRQ_CHANNEL) {
        virq_handle_passthrough(channel);
    } else {
        log_error("notified on unexpected channel %u", channel);
    }
}

/* A fault of the guest. Those that cannot be handled have stopped it: then the reply finds nobody to wake. */
seL4_Bool fault(microkit_child child, microkit_msginfo msginfo, microkit_msginfo *reply_msginfo)
{
    fault_handle(child, msginfo);
    *reply_msginfo = microkit_msginfo_new(0, 0);
    return seL4_True;
}
