/* Console, power, translation tables: the same for all programs. */
#include "bench.h"

extern const u64 rounds;

enum { UART_DATA = 0x09000000 };
enum { PSCI_SYSTEM_OFF = 0x84000008 };

HANDLER void print(const char *text)
{
    while (*text) *(volatile u32 *)UART_DATA = (u8)*text++;
}

HANDLER void power_off(void)
{
    register u64 x0 __asm__("x0") = PSCI_SYSTEM_OFF;
    for (;;) __asm__ volatile("hvc #0" : "+r"(x0) : : "memory");
}

HANDLER void unexpected(struct frame *frame, u64 kind)
{
    print("exception ");
    print_hex(kind);
    print(" syndrome ");
    print_hex(READ(ESR_EL1));
    print(" address ");
    print_hex(READ(FAR_EL1));
    print(" at ");
    print_hex(frame->elr);
    print("\n");
    power_off();
}

__attribute__((weak)) HANDLER void on_exception(struct frame *frame, u64 kind) { unexpected(frame, kind); }

void run(void)
{
    print("begin\n");
    u64 sum = work(rounds);
    print("sum ");
    print_hex(sum);
    print("\n");
    power_off();
}

u64 level1[TABLE_SIZE] __attribute__((aligned(4096)));
static u64 ram[3][TABLE_SIZE] __attribute__((aligned(4096)));

enum { RAM_BLOCKS = 32, BLOCK_SIZE = 2 << 20 }; /* 64 MiB */

void map_memory(void)
{
    static const u64 rights[3] = { 0, USER | READ_ONLY, USER | NO_EXECUTE };
    level1[0] = DEVICE | ACCESSED | NO_EXECUTE | VALID_BLOCK;
    for (int view = 0; view < 3; view++) {
        level1[1 + view] = (u64)ram[view] | VALID_TABLE;
        for (u64 i = 0; i < RAM_BLOCKS; i++) {
            ram[view][i] = (RAM + i * BLOCK_SIZE) | rights[view] | NORMAL | SHAREABLE | ACCESSED | VALID_BLOCK;
        }
    }
    WRITE(MAIR_EL1, 0xff00);                                   /* attribute 0: device; 1: write-back */
    WRITE(TCR_EL1, 25 | 1 << 8 | 1 << 10 | 3 << 12 | 1 << 23); /* 39 bits of 4 KiB pages, nothing in the upper half */
    WRITE(TTBR0_EL1, level1);
    DSB();
    __asm__ volatile("tlbi vmalle1");
    DSB();
    ISB();
    WRITE(SCTLR_EL1, READ(SCTLR_EL1) | 1 << 12 | 1 << 2 | 1);
    ISB();
}

static u64 stage2[TABLE_SIZE] __attribute__((aligned(4096)));
static u64 stage2_ram[TABLE_SIZE] __attribute__((aligned(4096)));

/* At EL2, before the program runs. What is above RAM stays unmapped. */
void map_stage2(void)
{
    enum { ALL_RIGHTS = 3 << 6, WRITE_BACK = 15 << 2 };
    stage2[0] = ALL_RIGHTS | ACCESSED | VALID_BLOCK;
    stage2[1] = (u64)stage2_ram | VALID_TABLE;
    for (u64 i = 0; i < RAM_BLOCKS; i++) {
        stage2_ram[i] = (RAM + i * BLOCK_SIZE) | ALL_RIGHTS | WRITE_BACK | SHAREABLE | ACCESSED | VALID_BLOCK;
    }
    WRITE(VTCR_EL2,
          1u << 31 | 25 | 1 << 6 | 1 << 8 | 1 << 10 | 3 << 12 | 2 << 16); /* 39 bits in, 40 out, from level 1 */
    WRITE(VTTBR_EL2, (u64)stage2 | 1ull << 48);
    DSB();
    ISB();
    WRITE(HCR_EL2, 1u << 31 | 1); /* RW: EL1 is AArch64; VM: stage 2 */
    ISB();
}

/*
 * A system-off is passed on. Any other call answers with its argument and one more; a load from where stage 2 maps nothing
 * loads its address, as a device emulated here would answer.
 */
HANDLER void on_hypercall(struct frame *frame)
{
    u64 syndrome = READ(ESR_EL2);
    u64 class = syndrome >> 26;
    if (class == EC_HVC && frame->x[0] != PSCI_SYSTEM_OFF) {
        frame->x[0] = frame->x[1] + 1;
    } else if (class == EC_DATA_ABORT_LOWER && (syndrome & 1u << 24) && (syndrome >> 16 & 31) < 19) {
        frame->x[syndrome >> 16 & 31] = (READ(HPFAR_EL2) << 8) | (READ(FAR_EL2) & 0xfff);
        WRITE(ELR_EL2, READ(ELR_EL2) + 4);
    } else {
        if (class != EC_HVC) print("unexpected trap to EL2\n");
        register u64 x0 __asm__("x0") = PSCI_SYSTEM_OFF;
        for (;;) __asm__ volatile("smc #0" : "+r"(x0) : : "memory");
    }
}
