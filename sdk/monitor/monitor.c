/*
 * The monitor: the first thread, of the highest priority. It starts the protection domains in the order of the system
 * description, then waits: for faults that nobody else handles, which it reports, and for passive protection domains
 * that have initialised, whose scheduling context it moves to their notification.
 */
#include "monitor.h"

#include "system_image.h"

enum { MAX_PDS = 64 };

extern seL4_IPCBuffer __sel4_ipc_buffer_obj;
seL4_IPCBuffer *__sel4_ipc_buffer = &__sel4_ipc_buffer_obj;

/* Written by the system tool; by badge, so entry 0 is nobody's. */
char pd_names[MAX_PDS][64] __attribute__((section(".data")));
seL4_Word pd_stack_bottom[MAX_PDS] __attribute__((section(".data")));
seL4_Word pd_count __attribute__((section(".data")));
seL4_Word has_schedule __attribute__((section(".data"))); /* of domains */

int main(void);

static seL4_CPtr slot(seL4_Word base, seL4_Word badge)
{
    return MONITOR_CPTR(base + badge - 1);
}

static void check(seL4_Error error, seL4_Word invocation)
{
    if (error == seL4_NoError) {
        return;
    }
    puts("ERROR: ");
    puthex64(error);
    puts(" ");
    puts(error_name(error));
    puts("  invocation idx: ");
    puthex32((seL4_Uint32)invocation);
    puts(".");
    puthex32(0);
    puts("\nFAIL: invocation error\n");
    for (;;) {
        seL4_Word badge;
        seL4_Wait(MONITOR_CPTR(MONITOR_SLOT_ENDPOINT), &badge);
    }
}

static void start_protection_domains(void)
{
    puts("MON|INFO: Number of system invocations:    ");
    puthex32((seL4_Uint32)pd_count);
    puts("\n");
    for (seL4_Word badge = 1; badge <= pd_count; badge++) {
        check(seL4_TCB_Resume(slot(MONITOR_SLOT_TCB, badge)), badge - 1);
    }
    puts("MON|INFO: completed system invocations\n");
    if (has_schedule) {
        check(seL4_DomainSet_ScheduleSetStart(MONITOR_CPTR(MONITOR_SLOT_DOMAINS), 0), pd_count);
    }
}

static void make_passive(seL4_Word badge)
{
    seL4_CPtr sc = slot(MONITOR_SLOT_SC, badge);
    seL4_Error error = seL4_SchedContext_UnbindObject(sc, slot(MONITOR_SLOT_TCB, badge));
    if (error == seL4_NoError) {
        error = seL4_SchedContext_Bind(sc, slot(MONITOR_SLOT_NOTIFICATION, badge));
    }
    if (error != seL4_NoError) {
        puts("MON|ERROR: could not bind scheduling context to notification object\n");
        return;
    }
    puts("MON|INFO: PD '");
    puts(pd_names[badge]);
    puts("' is now passive!\n");
}

int main(void)
{
    puts("MON|INFO: Microkit Bootstrap\n");
    start_protection_domains();
    for (;;) {
        seL4_Word badge;
        seL4_MessageInfo_t tag =
            seL4_Recv(MONITOR_CPTR(MONITOR_SLOT_ENDPOINT), &badge, MONITOR_CPTR(MONITOR_SLOT_REPLY));
        seL4_Word label = seL4_MessageInfo_get_label(tag);
        if (badge < 1 || badge > pd_count || badge >= MAX_PDS) {
            puts("FAIL: MON|ERROR: unknown/invalid badge\n");
        } else if (label == seL4_Fault_NullFault) {
            make_passive(badge);
        } else {
            report_fault(label, badge, MONITOR_SLOT_TCB + badge - 1, slot(MONITOR_SLOT_TCB, badge), pd_names[badge],
                         pd_stack_bottom[badge]);
        }
    }
}
