#include <libvmm/libvmm.h>
#include "bench.h"

struct bench bench;

char microkit_name[MICROKIT_PD_NAME_LENGTH] = "vmm";
seL4_Bool microkit_have_signal;
seL4_CPtr microkit_signal_cap;
seL4_MessageInfo_t microkit_signal_msg;

static seL4_IPCBuffer ipc_buffer;
seL4_IPCBuffer *__sel4_ipc_buffer = &ipc_buffer;

static bool failed;

#define UART_DATA ((volatile uint32_t *)0x9000000)

static void put(char character)
{
    *UART_DATA = (uint8_t)character;
}

void say(const char *text)
{
    while (*text != '\0') {
        put(*text++);
    }
}

/* What the library says is not what is tested here. */
void microkit_dbg_putc(int c)
{
    (void)c;
}

void microkit_dbg_puts(const char *s)
{
    (void)s;
}

static void say_number(uint64_t value)
{
    if (value >= 10) {
        say_number(value / 10);
    }
    put((char)('0' + value % 10));
}

void check(bool passed, const char *condition, const char *file, int line)
{
    if (passed) {
        return;
    }
    failed = true;
    say(file);
    say(":");
    say_number((uint64_t)line);
    say(": not so: ");
    say(condition);
    say("\n");
}

bool all_passed(void)
{
    return !failed;
}

struct caller {
    uint64_t x[10];
};

static seL4_Word message(const struct caller *caller, size_t index)
{
    return index < 4 ? caller->x[2 + index] : ipc_buffer.msg[index];
}

static seL4_Word *context_words(void)
{
    return (seL4_Word *)&bench.regs;
}

static void inject(const struct caller *caller)
{
    seL4_Word irq = message(caller, 0) & 0xffff;
    seL4_Word priority = (message(caller, 0) >> 16) & 0xff;
    seL4_Word group = (message(caller, 0) >> 24) & 0xff;
    seL4_Word index = (message(caller, 0) >> 32) & 0xff;

    CHECK(irq < 1024 && priority < 32 && group < 2 && index < LIST_REGISTERS);
    if (index >= LIST_REGISTERS) {
        return;
    }
    CHECK(bench.lists[index] == FREE);
    for (size_t i = 0; i < LIST_REGISTERS; i++) {
        /* The architecture forbids one interrupt in two list registers. */
        CHECK(bench.lists[i] != (int)irq);
    }
    bench.lists[index] = (int)irq;
    bench.list_priority[index] = (unsigned)priority;
    bench.injections++;
}

static void invoke(struct caller *caller)
{
    seL4_CPtr cap = caller->x[0];
    size_t total = sizeof(bench.regs) / sizeof(seL4_Word);

    switch (caller->x[1] >> 12) {
    case TCBReadRegisters:
        CHECK(cap == BASE_VM_TCB_CAP && message(caller, 1) <= total);
        for (size_t i = 0; i < total; i++) {
            if (i < 4) {
                caller->x[2 + i] = context_words()[i];
            }
            ipc_buffer.msg[i] = context_words()[i];
        }
        break;
    case TCBWriteRegisters:
        CHECK(cap == BASE_VM_TCB_CAP && message(caller, 1) <= total);
        for (size_t i = 0; i < total && i < message(caller, 1); i++) {
            context_words()[i] = message(caller, i + 2);
        }
        if (message(caller, 0) & 1) {
            bench.register_writes++;
            bench.running = true;
        }
        break;
    case TCBSuspend:
        CHECK(cap == BASE_VM_TCB_CAP);
        bench.running = false;
        break;
    case ARMVCPUInjectIRQ:
        CHECK(cap == BASE_VCPU_CAP);
        inject(caller);
        break;
    case ARMVCPUReadReg:
    case ARMVCPUWriteReg:
        CHECK(cap == BASE_VCPU_CAP && message(caller, 0) < seL4_VCPUReg_Num);
        caller->x[2] = 0;
        break;
    case ARMVCPUAckVPPI:
        CHECK(cap == BASE_VCPU_CAP && message(caller, 0) == 27);
        bench.timer_acks++;
        break;
    case IRQAckIRQ:
        CHECK(cap >= BASE_IRQ_CAP && cap < BASE_IRQ_CAP + MICROKIT_MAX_CHANNELS);
        bench.irq_acks[(cap - BASE_IRQ_CAP) % MICROKIT_MAX_CHANNELS]++;
        break;
    default:
        CHECK(!"an invocation that the kernel knows");
        break;
    }
    caller->x[1] = 0;
}

void on_exception(uint64_t esr, uint64_t elr, struct caller *caller)
{
    if (esr >> 26 == 0x15) {
        /* Acknowledging an interrupt may be a send or a call. */
        CHECK(caller->x[7] == (uint64_t)seL4_SysCall || caller->x[7] == (uint64_t)seL4_SysSend);
        invoke(caller);
        return;
    }
    say("exception: esr ");
    say_number(esr);
    say(", elr ");
    say_number(elr);
    say("\n");
    register uint64_t off __asm__("x0") = 0x84000008;
    __asm__ volatile("hvc #0" : "+r"(off));
}

bool fault_with(seL4_Word label, const seL4_Word *registers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        microkit_mr_set((seL4_Uint8)i, registers[i]);
    }
    return fault_handle(0, microkit_msginfo_new(label, (seL4_Uint16)count));
}

void guest_ends(size_t index)
{
    seL4_Word registers[] = { index };

    bench.lists[index] = FREE;
    fault_with(seL4_Fault_VGICMaintenance, registers, 1);
}
