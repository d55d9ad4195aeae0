/* Stopping and restarting threads, and the order and rules of their registers. */
#include "kernel/kernel.h"

/* Frame index of each word of seL4_UserContext. */
/* clang-format off: as the structure has them, and not in columns */
const uint8_t thread_context_order[FRAME_WORDS] = {
    FRAME_PC,
    FRAME_SP,
    FRAME_SPSR,
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    16,
    17,
    18,
    29,
    30,
    9,
    10,
    11,
    12,
    13,
    14,
    15,
    19,
    20,
    21,
    22,
    23,
    24,
    25,
    26,
    27,
    28,
    FRAME_TPIDR_EL0,
    FRAME_TPIDRRO_EL0,
};
/* clang-format on */

#define SPSR_MODE 0x1fULL
#define SPSR_AARCH32_USER 0x10
#define SPSR_EL1T 4
#define SPSR_EL1H 5
#define SPSR_FLAGS 0xf0000000ULL
#define SPSR_F 0x40ULL
#define SPSR_DAIF 0x3c0ULL

/* What may be in a thread's PSTATE: a guest may be in EL1, or in a 32-bit program, and nobody may be in EL2. */
word thread_sanitise_spsr(const struct tcb *thread, word spsr)
{
    word mode = spsr & SPSR_MODE;
    if (thread->vcpu && (mode == 0 || mode == SPSR_EL1T || mode == SPSR_EL1H)) {
        return spsr & (SPSR_FLAGS | SPSR_DAIF | SPSR_MODE);
    }
    if (thread->vcpu && mode == SPSR_AARCH32_USER) {
        return spsr & 0xffffffff;
    }
    return (spsr & SPSR_FLAGS) | SPSR_F;
}

void thread_suspend(struct tcb *thread)
{
    ipc_cancel(thread);
    sc_yield_forget(thread);
    if (thread->state == THREAD_RUNNING) {
        thread->fault_ip = thread->regs[FRAME_PC];
    }
    sched_set_state(thread, THREAD_INACTIVE);
}

/* From wherever it stopped: what it waited for is forgotten, and the instruction is executed again. */
void thread_restart(struct tcb *thread)
{
    if (thread->state == THREAD_RUNNING || thread->state == THREAD_RESTART) {
        return;
    }
    ipc_cancel(thread);
    sched_set_state(thread, THREAD_RESTART);
    sched_wake(thread);
}

#include "kernel/end.h"
