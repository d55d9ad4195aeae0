/*
 * The VMM library against the bench. Says "all passed" if so.
 */
#include <libvmm/libvmm.h>
#include "bench.h"

#define GICD 0x8000000
#define CTLR 0x000
#define TYPER 0x004
#define ISENABLER 0x100
#define ICENABLER 0x180
#define ISPENDR 0x200
#define ICPENDR 0x280
#define IPRIORITYR 0x400
#define ITARGETSR 0x800
#define ICFGR 0xc00
#define SGIR 0xf00

#define TIMER 27
#define CARD 79
#define CARD_CHANNEL 2

#define DEVICE 0x50000000
#define DEVICE_SIZE 0x100

#define PC 0x40001000

/* Syndrome of a load or store of 1 << sas bytes with register srt. */
static seL4_Word syndrome(unsigned sas, bool sign_extend, unsigned srt, bool wide, bool write)
{
    return 0x93000006u | (seL4_Word)sas << 22 | (seL4_Word)sign_extend << 21 | (seL4_Word)srt << 16 |
           (seL4_Word)wide << 15 | (seL4_Word)write << 6;
}

static bool access(seL4_Word address, seL4_Word fsr)
{
    seL4_Word registers[] = { PC, address, 0, fsr };

    bench.running = false;
    bench.regs.pc = PC;
    return fault_with(seL4_Fault_VMFault, registers, 4);
}

static void store32(seL4_Word address, uint32_t value)
{
    bench.regs.x20 = value;
    CHECK(access(address, syndrome(2, false, 20, false, true)));
    CHECK(bench.regs.pc == PC + 4 && bench.running);
}

static uint32_t load32(seL4_Word address)
{
    bench.regs.x9 = ~(seL4_Word)0;
    CHECK(access(address, syndrome(2, false, 9, false, false)));
    CHECK(bench.regs.pc == PC + 4 && bench.running);
    return (uint32_t)bench.regs.x9;
}

static uint64_t device_value;
static uint64_t device_stored;
static size_t device_offset;

static bool device(size_t vcpu_id, size_t offset, size_t fsr, seL4_UserContext *regs, void *data)
{
    (void)vcpu_id;
    CHECK(data == &device_value);
    device_offset = offset;
    if (fault_is_write(fsr)) {
        device_stored = fault_get_data(regs, fsr);
    } else {
        fault_set_data(regs, fsr, device_value);
    }
    return true;
}

static void check_memory_faults(void)
{
    device_value = 0x8899aabbccddeeff;

    bench.regs.x21 = 0x1122334455667788;
    CHECK(access(DEVICE + 3, syndrome(2, false, 21, false, true)) && device_stored == 0x55667788 && device_offset == 3);
    CHECK(access(DEVICE, syndrome(0, false, 21, false, true)) && device_stored == 0x88);
    CHECK(access(DEVICE, syndrome(1, false, 21, false, true)) && device_stored == 0x7788);
    CHECK(access(DEVICE, syndrome(3, false, 21, true, true)) && device_stored == 0x1122334455667788);
    CHECK(access(DEVICE, syndrome(3, false, 31, true, true)) && device_stored == 0);

    CHECK(access(DEVICE, syndrome(0, false, 29, false, false)) && bench.regs.x29 == 0xff);
    CHECK(access(DEVICE, syndrome(1, true, 30, false, false)) && bench.regs.x30 == 0xffffeeff);
    CHECK(access(DEVICE, syndrome(1, true, 30, true, false)) && bench.regs.x30 == 0xffffffffffffeeff);
    CHECK(access(DEVICE, syndrome(2, true, 16, true, false)) && bench.regs.x16 == 0xffffffffccddeeff);
    CHECK(access(DEVICE, syndrome(2, false, 17, false, false)) && bench.regs.x17 == 0xccddeeff);
    CHECK(access(DEVICE, syndrome(3, false, 0, true, false)) && bench.regs.x0 == 0x8899aabbccddeeff);
    CHECK(access(DEVICE, syndrome(2, false, 31, false, false)));

    /* What cannot be carried out stops the guest: no handler, no valid syndrome, a table walk, an instruction. */
    CHECK(access(DEVICE + DEVICE_SIZE - 1, syndrome(0, false, 1, false, true)));
    CHECK(!access(DEVICE + DEVICE_SIZE, syndrome(0, false, 1, false, true)) && !bench.running && bench.regs.pc == PC);
    CHECK(!access(DEVICE - 1, syndrome(0, false, 1, false, true)));
    CHECK(!access(DEVICE, syndrome(2, false, 1, false, true) & ~(seL4_Word)(1 << 24)));
    CHECK(!access(DEVICE, syndrome(2, false, 1, false, true) | 1 << 7));
    seL4_Word prefetch[] = { PC, DEVICE, 1, 0x82000006 };
    CHECK(!fault_with(seL4_Fault_VMFault, prefetch, 4));
}

static void check_registration(void)
{
    CHECK(!fault_register_vm_exception_handler(DEVICE + DEVICE_SIZE - 1, 1, device, NULL));
    CHECK(!fault_register_vm_exception_handler(DEVICE - 1, 2, device, NULL));
    CHECK(!fault_register_vm_exception_handler(0, ~(size_t)0, device, NULL));
    CHECK(!fault_register_vm_exception_handler(~(uintptr_t)0, 2, device, NULL));
    CHECK(!fault_register_vm_exception_handler(0x60000000, 0, device, NULL));
    CHECK(!virq_register(0, CARD, NULL, NULL) && !virq_register(0, 256, NULL, NULL));
    CHECK(!virq_register_passthrough(0, 80, MICROKIT_MAX_CHANNELS));
    CHECK(!virq_inject(33) && !virq_inject(~(size_t)0));
    CHECK(!virq_handle_passthrough(3) && !virq_handle_passthrough(4000000000u));
}

static void check_interrupts(void)
{
    CHECK(load32(GICD + TYPER) == 0xfce7 && load32(GICD + ICFGR + 4) == 0x55540000);
    CHECK(load32(GICD + ITARGETSR + 32) == 0x01010101);

    /* The card is edge-triggered: one that comes while it is disabled waits. */
    store32(GICD + ICFGR + 16, 0x55555555 | 2u << (CARD % 16 * 2));
    CHECK(virq_handle_passthrough(CARD_CHANNEL) && bench.injections == 0);
    CHECK(load32(GICD + ISPENDR + 8) == 1u << (CARD - 64));
    store32(GICD + ISENABLER + 8, 1u << (CARD - 64));
    CHECK(bench.injections == 0);
    store32(GICD + CTLR, 1);
    CHECK(bench.injections == 1 && bench.lists[0] == CARD && bench.irq_acks[CARD_CHANNEL] == 0);
    /* Once more before the first has ended: after it, and only then. */
    CHECK(virq_handle_passthrough(CARD_CHANNEL) && bench.injections == 1);
    guest_ends(0);
    CHECK(bench.injections == 2 && bench.irq_acks[CARD_CHANNEL] == 1);
    guest_ends(0);
    CHECK(bench.injections == 2 && bench.irq_acks[CARD_CHANNEL] == 2);

    /* The timer is level-triggered: one that came while disabled is dropped, and its source may go on. */
    seL4_Word timer[] = { TIMER };
    CHECK(fault_with(seL4_Fault_VPPIEvent, timer, 1) && bench.injections == 2);
    store32(GICD + ISENABLER, 1u << TIMER);
    CHECK(bench.injections == 2 && bench.timer_acks == 1);
    CHECK(fault_with(seL4_Fault_VPPIEvent, timer, 1) && bench.injections == 3 && bench.lists[0] == TIMER);
    guest_ends(0);
    CHECK(bench.timer_acks == 2);

    /* More than there are list registers: the most urgent of those that wait goes next. */
    store32(GICD + IPRIORITYR + 4, 0x4060a0a0);
    store32(GICD + SGIR, 2u << 24);
    store32(GICD + SGIR, 1u << 16 | 1);
    for (uint32_t sgi = 2; sgi < 8; sgi++) {
        store32(GICD + SGIR, 2u << 24 | sgi);
    }
    CHECK(bench.lists[0] == 0 && bench.lists[1] == 1 && bench.lists[2] == 2 && bench.lists[3] == 3);
    guest_ends(2);
    CHECK(bench.lists[2] == 7 && bench.list_priority[2] == 0x40 >> 3);
    guest_ends(0);
    CHECK(bench.lists[0] == 6);
    /* To other processors only, of which there are none. */
    store32(GICD + SGIR, 1u << 24 | 9);
    store32(GICD + SGIR, 2u << 16 | 9);
    for (size_t i = 0; i < LIST_REGISTERS; i++) {
        guest_ends(i);
    }
    CHECK(bench.lists[0] == 4 && bench.lists[1] == 5 && bench.lists[2] == FREE);
    guest_ends(0);
    guest_ends(1);

    /* Pending can be taken back before it is in a list register; and reads of odd widths are harmless. */
    store32(GICD + ICENABLER + 8, 1u << (CARD - 64));
    store32(GICD + ISPENDR + 8, 1u << (CARD - 64));
    store32(GICD + ICPENDR + 8, 1u << (CARD - 64));
    CHECK(load32(GICD + ISPENDR + 8) == 0 && bench.irq_acks[CARD_CHANNEL] == 3);
    CHECK(access(GICD + ISENABLER, syndrome(3, false, 1, true, true)) &&
          access(GICD + 0x1000, syndrome(0, false, 1, false, false)));
    /* 33 is nobody's: it can be enabled, and stays away. */
    store32(GICD + ISENABLER + 4, 2);
    store32(GICD + ISPENDR + 4, 2);
    CHECK(load32(GICD + ISENABLER + 4) == 2 && load32(GICD + ISPENDR + 4) == 0);
}

static seL4_Word firmware(seL4_Word function, seL4_Word x1)
{
    seL4_Word smc[] = { 0x5e000000 };

    bench.regs.pc = PC;
    bench.regs.x0 = function;
    bench.regs.x1 = x1;
    CHECK(fault_with(seL4_Fault_VCPUFault, smc, 1));
    return bench.regs.x0;
}

static void check_firmware_calls(void)
{
    CHECK(firmware(0x84000000, 0) == 0x10002 && bench.regs.pc == PC + 4);
    CHECK(firmware(0x84000006, 0) == 2);
    CHECK(firmware(0x8400000a, 0x84000008) == 0 && firmware(0x8400000a, 0x80000000) == (seL4_Word)-1);
    CHECK(firmware(0xc4000003, 0) == (seL4_Word)-4 && firmware(0xc4000003, 1) == (seL4_Word)-2);
    CHECK(firmware(0x84000011, 0) == (seL4_Word)-1 && firmware(0x80000000, 0) == (seL4_Word)-1);
    CHECK(firmware(0xdeadbeef, 0) == (seL4_Word)-1 && bench.regs.pc == PC + 4);

    unsigned writes = bench.register_writes;
    seL4_Word wfi[] = { 0x06000000 };
    seL4_Word other[] = { 0x1f000000 };
    CHECK(fault_with(seL4_Fault_VCPUFault, wfi, 1) && bench.register_writes == writes);
    bench.running = true;
    CHECK(!fault_with(seL4_Fault_VCPUFault, other, 1) && !bench.running);

    /* Off; and a reset without anybody who could load the images again is as good. */
    bench.running = true;
    writes = bench.register_writes;
    firmware(0x84000008, 0);
    CHECK(!bench.running && bench.register_writes == writes);
    bench.running = true;
    firmware(0x84000009, 0);
    CHECK(!bench.running && bench.register_writes == writes);
}

#define RAM 0x42000000
#define KERNEL_OFFSET 0x80000

static uint8_t kernel_image[200] __attribute__((aligned(8)));
static uint8_t dtb_image[100];
static uint8_t initrd_image[77];

static uintptr_t set_up(uintptr_t dtb, uintptr_t initrd)
{
    return linux_setup_images(RAM, (uintptr_t)kernel_image, sizeof(kernel_image), (uintptr_t)dtb_image, dtb,
                              sizeof(dtb_image), (uintptr_t)initrd_image, initrd, sizeof(initrd_image));
}

static void check_images(void)
{
    struct linux_image_header *header = (struct linux_image_header *)kernel_image;

    header->text_offset = KERNEL_OFFSET;
    header->image_size = 0x100000;
    CHECK(set_up(RAM + 0x200000, RAM + 0x300000) == 0);
    header->magic = LINUX_IMAGE_MAGIC;
    CHECK(set_up(RAM + 0x200000, RAM + 0x300000) == 0);
    dtb_image[0] = 0xd0;
    dtb_image[1] = 0x0d;
    dtb_image[2] = 0xfe;
    dtb_image[3] = 0xed;
    kernel_image[199] = 1;
    dtb_image[99] = 2;
    initrd_image[76] = 3;
    CHECK(set_up(RAM + 0x200000, RAM + 0x300001) == RAM + KERNEL_OFFSET);
    CHECK(*(uint8_t *)(RAM + KERNEL_OFFSET + 199) == 1 && *(uint8_t *)(RAM + 0x200000 + 99) == 2 &&
          *(uint8_t *)(RAM + 0x300001 + 76) == 3);
    /* The kernel's memory ends at 0x180000, not where its file does. */
    CHECK(set_up(RAM + 0x17ffff, RAM + 0x300000) == 0 && set_up(RAM + 0x180000, RAM + 0x300000) != 0);
    CHECK(set_up(RAM + 0x300000, RAM + 0x300000 + 99) == 0 && set_up(RAM + 0x300000, ~(uintptr_t)10) == 0);
    header->image_size = ~0ull;
    CHECK(set_up(RAM + 0x200000, RAM + 0x300000) == 0);
    header->image_size = 0x100000;
    header->text_offset = ~0ull - 8;
    CHECK(set_up(RAM + 0x200000, RAM + 0x300000) == 0);
}

static uint64_t random_state = 0x9e3779b97f4a7c15;

static uint64_t random_word(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

/* A guest that does anything at all. The bench's own checks see that the kernel is never asked for nonsense. */
static void check_nonsense(void)
{
    for (int i = 0; i < 30000; i++) {
        seL4_Word registers[13];
        seL4_Word *context = (seL4_Word *)&bench.regs;

        for (size_t j = 0; j < 13; j++) {
            registers[j] = random_word();
        }
        for (size_t j = 0; j < sizeof(bench.regs) / sizeof(seL4_Word); j++) {
            context[j] = random_word() >> (random_word() % 64);
        }
        switch (random_word() % 4) {
        case 0:
            registers[1] = GICD + random_word() % 0x1010;
            registers[2] = 0;
            registers[3] = syndrome(2 * (random_word() % 4 != 0), random_word() % 2, random_word() % 32,
                                    random_word() % 2, random_word() % 2);
            fault_with(seL4_Fault_VMFault, registers, 4);
            break;
        case 1: {
            size_t index = random_word() % LIST_REGISTERS;

            if (bench.lists[index] != FREE) {
                guest_ends(index);
            }
            break;
        }
        case 2:
            virq_handle_passthrough(CARD_CHANNEL);
            registers[0] = TIMER;
            fault_with(seL4_Fault_VPPIEvent, registers, 1);
            break;
        default: {
            seL4_Word label = random_word() % 12;

            if (label == seL4_Fault_VGICMaintenance) {
                /* That one is the kernel's word, not the guest's: only an index that holds nothing is possible. */
                registers[0] = ~(seL4_Word)0;
            }
            fault_with(label, registers, 13);
            break;
        }
        }
    }
}

int main(void)
{
    for (size_t i = 0; i < LIST_REGISTERS; i++) {
        bench.lists[i] = FREE;
    }
    CHECK(virq_controller_init());
    CHECK(fault_register_vm_exception_handler(DEVICE, DEVICE_SIZE, device, &device_value));
    CHECK(virq_register_passthrough(0, CARD, CARD_CHANNEL));
    check_registration();
    check_images();
    check_memory_faults();
    check_interrupts();
    check_firmware_calls();
    check_nonsense();
    say(all_passed() ? "all passed\n" : "failed\n");
    return 0;
}
