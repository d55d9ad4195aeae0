/*
 * A monitor whose guest is noise: random words as instructions at EL1, started again somewhere else after each fault
 * and each tick, with random system registers. What the guest does is anybody's guess; what the kernel does is not.
 */
#include "say.h"

#define GUEST_WORDS 0x4000
#define ROUNDS 500

uintptr_t guest_ram __attribute__((section(".data")));

static uint64_t state = 0x2545f4914f6cdd1d;
static unsigned faults, rounds;

static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

/* Noise alone rarely gets far: half of it are system instructions, exception returns and branches. */
static uint32_t some_instruction(void)
{
    uint32_t r = (uint32_t)next();
    switch (next() % 8) {
    case 0:
        return 0xd5000000 | (r & 0x003fffff); /* MSR, MRS, SYS, hints */
    case 1:
        return 0xd69f03e0; /* ERET */
    case 2:
        return 0xd4000000 | (r & 0x000000e3); /* SVC, HVC, SMC, BRK.. */
    case 3:
        return 0xf9000000 | (r & 0x00ffffff); /* loads and stores of 64 bits */
    default:
        return r;
    }
}

static void start_guest(void)
{
    volatile uint32_t *ram = (volatile uint32_t *)guest_ram;
    for (unsigned i = 0; i < 512; i++) {
        ram[next() % GUEST_WORDS] = some_instruction();
    }
    microkit_vcpu_stop(0);
    for (unsigned i = 0; i < 4; i++) {
        microkit_vcpu_arm_write_reg(0, next() % seL4_VCPUReg_Num, next() % 4 ? 0x40000000 + (next() & 0xfffc) : next());
    }
    microkit_vcpu_arm_write_reg(0, seL4_VCPUReg_SCTLR, 0x34d58820);
    seL4_UserContext context;
    seL4_Word *words = (seL4_Word *)&context;
    for (unsigned i = 0; i < sizeof(context) / sizeof(seL4_Word); i++) {
        words[i] = next() % 2 ? 0x40000000 + (next() & 0xfffc) : next();
    }
    context.pc = 0x40000000 + (next() & 0xfffc);
    context.spsr = next() % 4 ? 5 : next();
    seL4_TCB_WriteRegisters(BASE_VM_TCB_CAP, seL4_True, 0, 36, &context);
    /* Refused where the list register is in use: that is part of it. */
    seL4_ARM_VCPU_InjectIRQ(BASE_VCPU_CAP, (seL4_Uint16)(next() % 1024), (seL4_Uint8)(next() % 32), 0,
                            (seL4_Uint8)(next() % 4));
    seL4_ARM_VCPU_AckVPPI(BASE_VCPU_CAP, 27);
}

void init(void)
{
    volatile uint32_t *ram = (volatile uint32_t *)guest_ram;
    for (unsigned i = 0; i < GUEST_WORDS; i++) {
        ram[i] = some_instruction();
    }
    microkit_dbg_puts("wild vmm: starting\n");
    start_guest();
}

void notified(microkit_channel ch)
{
    (void)ch;
    if (++rounds < ROUNDS) {
        start_guest();
    } else if (rounds == ROUNDS) {
        microkit_vcpu_stop(0);
        say("wild vmm: done, faults ", faults);
    }
}

seL4_Bool fault(microkit_child child, microkit_msginfo message, microkit_msginfo *reply)
{
    (void)child, (void)message, (void)reply;
    faults++;
    if (rounds < ROUNDS) {
        start_guest();
    }
    return seL4_False;
}
