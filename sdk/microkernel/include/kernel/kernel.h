/* What the kernel's files offer each other. */
#ifndef KERNEL_KERNEL_H
#define KERNEL_KERNEL_H

#include "kernel/arch.h"
#include "kernel/types.h"
#include "system_image.h"

/* console.c: nothing is printed in the release configuration, but by panic(). */
void console_putc(char c);
void kprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void panic(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A user's mistake, as one line: `where` is seL4's name of the place, function and line. */
void user_error(const char *where, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* string.c */
void *memset(void *to, int c, size_t n);
void *memcpy(void *to, const void *from, size_t n);

/* image.c, pool.c */
struct boot_info {
    word ui_start, ui_end, pv_offset, extra_start, extra_size;
};
void image_load(const struct boot_info *info);
void *pool_alloc(size_t size, size_t alignment);
void pool_init(word paddr, word size);
extern struct tcb *monitor_thread;
/* In the order of the system table: who looks at a machine from outside finds these by their names. */
extern struct tcb *threads;
extern struct endpoint *endpoints;
extern struct reply *replies;

/* mmu.c, vspace.c */
void mmu_init(void);
void vspace_init_system(void);
void vspace_init(struct vspace *vspace, unsigned vmid);
/* Maps a run of pages; false if something is mapped there already. */
bool vspace_map(struct vspace *vspace, const struct system_mapping *mapping);
void vspace_switch(const struct vspace *vspace);

/* sched.c */
extern struct tcb *current;
extern struct tcb idle_thread;
extern word kernel_time; /* the counter, when the kernel was entered */
void sched_init(void);
/* Accounts for the time since the last entry. False: the thread's budget is used up, do nothing for it now. */
bool sched_enter(void);
/* The thread became runnable, or its scheduling context arrived: run it if it should be. */
void sched_wake(struct tcb *thread);
void sched_set_state(struct tcb *thread, enum thread_state state);
void sched_reschedule(void);
bool sched_schedulable(const struct tcb *thread);
void sched_dequeue(struct tcb *thread);
void sched_yield(void);
/* The other thread, which can run, goes first; the current one as soon as it may. */
void sched_yield_to(struct tcb *thread);
void sched_set_priority(struct tcb *thread, uint8_t priority);
/* Picks the thread to run, waiting for an interrupt if there is none. */
void sched_pick(void);
/* Nothing else is ready: the processor may wait on behalf of the current thread. */
bool sched_alone(void);
/* The processor waited since the last entry: nobody pays for that time. */
void sched_forgive(void);
void sched_dump(void);

struct result;
struct invocation;

/* refill.c */
void sc_init(struct sc *sc, word budget, word period, word now);
bool sc_ready(const struct sc *sc, word now);
word sc_head_time(const struct sc *sc);
word sc_head_amount(const struct sc *sc);
void sc_charge(struct sc *sc, word used, word now);
void sc_unblock(struct sc *sc, word now);
extern word sc_min_budget;

/* sc.c */
void sc_donate(struct sc *sc, struct tcb *to);
void sc_unbind(struct sc *sc);
void sc_lend(struct notification *notification, struct tcb *thread);
void sc_give_back(struct notification *notification, struct tcb *thread);
/* Answers a thread that runs again after it let another go first. */
void sc_yield_done(struct tcb *yielder);
/* The thread goes another way than by an answer. */
void sc_yield_forget(const struct tcb *yielder);

/* ready.c: threads that could run, by domain and priority */
void ready_insert(struct tcb *thread, bool front);
void ready_remove(struct tcb *thread);
/* Of the domain whose turn it is; NULL where there is none. */
struct tcb *ready_highest(void);
struct tcb *ready_first(unsigned priority);
/* Of all domains. */
void ready_dump(void);

/* domain.c */
extern unsigned domain_current;
void domain_init(const struct system_domain_turn *turns, unsigned count, unsigned start);
/* When the turn ends: ~0 for never. */
word domain_end(void);
/* Goes on to the next turn if this one is over; true if it did. */
bool domain_advance(void);
struct result domain_invoke(const struct invocation *call);

/* timer.c */
void timer_init(void);
word timer_now(void);
word timer_us(word microseconds);
word timer_in_us(word ticks);
void timer_set(word deadline);

/* ipc.c */
void ipc_send(struct tcb *thread, struct endpoint *endpoint, word badge, bool blocking, bool is_call, bool may_call,
              bool may_donate);
void ipc_receive(struct tcb *thread, struct endpoint *endpoint, bool blocking, struct reply *reply);
void ipc_cancel(struct tcb *thread);
void reply_answer(struct tcb *from, struct reply *reply);
void reply_cancel(struct reply *reply);

/* queue.c: threads that wait at an endpoint or notification */
void wait_append(struct tcb **head, struct tcb **tail, struct tcb *thread);
void wait_remove(struct tcb **head, struct tcb **tail, struct tcb *thread);

/* notification.c */
void notification_signal(struct notification *notification, word badge);
void notification_wait(struct tcb *thread, struct notification *notification, bool blocking);
bool notification_poll(struct tcb *thread, struct notification *notification);
void notification_cancel(struct tcb *thread);
void notification_bind(struct notification *notification, struct tcb *thread);
void notification_unbind(struct tcb *thread);

/* message.c */
#define INFO(label, length) (((word)(label) << 12) | (word)(length))
#define INFO_LENGTH(info) ((info) & 0x7f)
#define INFO_EXTRA_CAPS(info) (((info) >> 7) & 3)
#define INFO_LABEL(info) ((info) >> 12)
enum { MESSAGE_REGISTERS = 4, MESSAGE_MAX = 120 };
word message_get(const struct tcb *thread, unsigned i);
/* How many registers are written so far: i + 1, or less without an IPC buffer. */
unsigned message_set(struct tcb *thread, unsigned i, word value);
word message_extra_cap(const struct tcb *thread, unsigned i);
void message_transfer(struct tcb *from, struct tcb *to, word badge);

/* fault.c */
void fault_raise(struct tcb *thread, enum fault_kind kind, word a, word b, word c);
void fault_write_message(struct tcb *from, struct tcb *to, word badge);
/* Takes a handler's answer; true: the thread goes on. */
bool fault_take_reply(struct tcb *from, struct tcb *thread);

/* thread.c */
void thread_suspend(struct tcb *thread);
void thread_restart(struct tcb *thread);
word thread_sanitise_spsr(const struct tcb *thread, word spsr);
extern const uint8_t thread_context_order[FRAME_WORDS];

/* syscall.c, cspace.c, invocation.c, tcb_invocation.c */
enum error {
    ERROR_NONE,
    ERROR_INVALID_ARGUMENT,
    ERROR_INVALID_CAPABILITY,
    ERROR_ILLEGAL_OPERATION,
    ERROR_RANGE,
    ERROR_ALIGNMENT,
    ERROR_FAILED_LOOKUP,
    ERROR_TRUNCATED_MESSAGE,
    ERROR_DELETE_FIRST,
};
/* A method's outcome: its error with up to two words, or the values that it answers with. */
struct result {
    enum error error;
    unsigned count;
    word values[2];
    bool answered; /* message registers are written already, `count` of them */
};
struct invocation {
    struct tcb *thread;
    const struct cap *cap;
    word cptr, label;
    unsigned length;
};
void syscall_handle(word number);
/* The thread is in the middle of a line on the debug console; may be asked a limited number of times for each line. */
bool syscall_line_open(const struct tcb *thread);
/* NULL where the address leads nowhere. */
const struct cap *cspace_lookup(const struct tcb *thread, word cptr);
struct result invoke_object(const struct invocation *call);
struct result tcb_invoke(const struct invocation *call);
struct result sc_invoke(const struct invocation *call);
/* What is wrong with giving the context to the thread; ERROR_NONE where nothing is. */
enum error sc_refusal(const struct sc *sc, const struct tcb *thread);
void sc_bind(struct sc *sc, struct tcb *thread);
struct result vcpu_invoke(const struct invocation *call);
struct result vspace_invoke(const struct invocation *call);
struct result smc_invoke(const struct invocation *call);
struct result result_ok(void);
struct result result_value(word value);
struct result result_error(enum error error);
struct result result_range(word min, word max);
struct result result_argument(word number);
struct result result_capability(word number);

/* irq.c */
enum { IRQ_MAINTENANCE = 25, IRQ_HYP_TIMER = 26, IRQ_VIRTUAL_TIMER = 27, IRQ_SPURIOUS = 1023 };
void irq_init(void);
bool irq_is_free(unsigned irq);
void irq_configure(const struct irq_handler *handler, bool edge);
void irq_mask(unsigned irq);
void irq_unmask(unsigned irq);
void irq_handle(void);

/* vcpu.c, vgic.c */
void vcpu_init_system(void);
void vcpu_init(struct vcpu *vcpu, struct tcb *tcb);
void vcpu_switch(struct vcpu *vcpu);
bool vcpu_is_active(const struct vcpu *vcpu);
bool vcpu_is_loaded(const struct vcpu *vcpu);
void vcpu_vtimer_event(void);
void vgic_init(struct vcpu *vcpu);
void vgic_enable(const struct vcpu *vcpu);
void vgic_disable(struct vcpu *vcpu);
void vgic_save(struct vcpu *vcpu);
void vgic_load(const struct vcpu *vcpu);
void vgic_maintenance(void);
struct result vgic_inject(struct vcpu *vcpu, word request);
extern struct vcpu *vcpu_active;

/* fpu.c */
void fpu_switch(struct tcb *thread);
/* Its vector registers are saved, and it has them no more. */
void fpu_release(struct tcb *thread);
void fpu_trap(void);

#endif
