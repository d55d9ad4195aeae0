/* The event loop of a protection domain: one system call answers, signals and waits for what comes next. */
#include <microkit.h>

#define BADGE_FAULT (1ULL << 62)
#define BADGE_CALL (1ULL << 63)

/* A page of its own, among what is cleared: a linker may put a program's own sections of data after that. */
union {
    seL4_IPCBuffer buffer;
    char page[4096];
} __sel4_ipc_buffer_obj __attribute__((aligned(4096)));
seL4_IPCBuffer *__sel4_ipc_buffer = &__sel4_ipc_buffer_obj.buffer;

/* The tool writes these into the program; they must not end up in .bss. */
char microkit_name[MICROKIT_PD_NAME_LENGTH] __attribute__((section(".data")));
seL4_Bool microkit_passive __attribute__((section(".data"))) = seL4_False;
seL4_Word microkit_irqs __attribute__((section(".data"))) = 0;
seL4_Word microkit_notifications __attribute__((section(".data"))) = 0;
seL4_Word microkit_pps __attribute__((section(".data"))) = 0;

seL4_Bool microkit_have_signal = seL4_False;
seL4_CPtr microkit_signal_cap;
seL4_MessageInfo_t microkit_signal_msg;

extern void (*const __init_array_start[])(void);
extern void (*const __init_array_end[])(void);

int main(void);

static void missing_entry_point(const char *name)
{
    microkit_dbg_puts(microkit_name);
    microkit_dbg_puts(" is missing the '");
    microkit_dbg_puts(name);
    microkit_dbg_puts("' entry point\n");
    microkit_internal_crash(seL4_NoError);
}

__attribute__((weak)) microkit_msginfo protected(microkit_channel ch, microkit_msginfo msginfo)
{
    (void)ch, (void)msginfo;
    missing_entry_point("protected");
    return seL4_MessageInfo_new(0, 0, 0, 0);
}

__attribute__((weak)) seL4_Bool fault(microkit_child child, microkit_msginfo msginfo, microkit_msginfo *reply_msginfo)
{
    (void)child, (void)msginfo, (void)reply_msginfo;
    missing_entry_point("fault");
    return seL4_False;
}

void microkit_internal_lost_signal(void)
{
    bool is_interrupt = microkit_signal_cap >= BASE_IRQ_CAP;
    seL4_CPtr base = is_interrupt ? BASE_IRQ_CAP : BASE_OUTPUT_NOTIFICATION_CAP;
    const char *name = is_interrupt ? "microkit_deferred_irq_ack(" : "microkit_deferred_notify(";
    const char *instead = is_interrupt ? "microkit_irq_ack" : "microkit_notify";
    microkit_dbg_puts(microkit_name);
    microkit_dbg_puts(": ");
    microkit_dbg_puts(name);
    microkit_dbg_put8((uint8_t)(microkit_signal_cap - base));
    microkit_dbg_puts(") has no effect: a later deferred signal takes its place, and only the last one is sent. Use ");
    microkit_dbg_puts(instead);
    microkit_dbg_puts(" for the first.\n");
}

static void run_init_functions(void)
{
    for (void (*const *f)(void) = __init_array_start; f < __init_array_end; f++) {
        (*f)();
    }
}

static void deliver_notifications(seL4_Word badge)
{
    for (microkit_channel ch = 0; badge; ch++, badge >>= 1) {
        if (badge & 1) {
            notified(ch);
        }
    }
}

static void handle_events(void)
{
    bool have_reply = false;
    seL4_MessageInfo_t reply_tag = seL4_MessageInfo_new(0, 0, 0, 0);
    for (;;) {
        seL4_Word badge;
        seL4_MessageInfo_t tag;
        if (have_reply) {
            /* One system call does two things at most: a deferred signal goes first. */
            if (microkit_have_signal) {
                microkit_have_signal = seL4_False;
                seL4_Send(microkit_signal_cap, microkit_signal_msg);
            }
            tag = seL4_ReplyRecv(INPUT_CAP, reply_tag, &badge, REPLY_CAP);
        } else if (microkit_have_signal) {
            microkit_have_signal = seL4_False;
            tag = seL4_NBSendRecv(microkit_signal_cap, microkit_signal_msg, INPUT_CAP, &badge, REPLY_CAP);
        } else {
            tag = seL4_Recv(INPUT_CAP, &badge, REPLY_CAP);
        }
        have_reply = false;
        if (badge & BADGE_FAULT) {
            have_reply = fault((microkit_child)(badge & 0xff), tag, &reply_tag);
        } else if (badge & BADGE_CALL) {
            reply_tag = protected((microkit_channel)(badge & 0x3f), tag);
            have_reply = true;
        } else {
            deliver_notifications(badge);
        }
    }
}

int main(void)
{
    run_init_functions();
    init();
    if (microkit_passive) {
        /* The monitor takes the scheduling context away once this thread waits for its first event. */
        microkit_have_signal = seL4_True;
        microkit_signal_msg = seL4_MessageInfo_new(0, 0, 0, 1);
        seL4_SetMR(0, 0);
        microkit_signal_cap = MONITOR_EP;
    }
    handle_events();
    return 0;
}
