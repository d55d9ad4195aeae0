/* The kernel's objects. All of them are made at boot, from the system table, and none is ever destroyed. */
#ifndef KERNEL_TYPES_H
#define KERNEL_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The kernel must leave the vector registers alone: they hold users' values. -mgeneral-regs-only says so to the
 * compiler, but `zig cc` sets the processor's features over it, and has to be told again in the source. Every file of
 * the kernel ends with "kernel/end.h", which closes this.
 */
#if defined(__clang__) && defined(__ARM_FP)
#pragma clang attribute push(__attribute__((target("nofp"))), apply_to = function)
#endif

typedef uint64_t word;

#define PAGE_SIZE 4096ULL
#define LARGE_PAGE_SIZE 0x200000ULL
#define NUM_PRIORITIES 256
#define MAX_IRQ 159

/* Where a register of a thread lies in its frame; exceptions.S knows these numbers too. */
enum frame_index {
    FRAME_X0 = 0,
    FRAME_X30 = 30,
    FRAME_SP = 31, /* SP_EL0 */
    FRAME_PC = 32, /* where it goes on: ELR_EL2 */
    FRAME_SPSR = 33,
    FRAME_TPIDR_EL0 = 34,
    FRAME_TPIDRRO_EL0 = 35,
    FRAME_WORDS = 36,
};

/* Names for the registers that system calls use. */
enum { REG_CAP = 0, REG_INFO = 1, REG_MR0 = 2, REG_REPLY = 6, REG_SYSCALL = 7, REG_DEST = 8 };

enum thread_state {
    THREAD_INACTIVE,
    THREAD_RUNNING,
    THREAD_RESTART, /* runs on at fault_ip instead of pc */
    THREAD_BLOCKED_RECEIVE,
    THREAD_BLOCKED_SEND,
    THREAD_BLOCKED_REPLY,
    THREAD_BLOCKED_NOTIFICATION,
};

enum fault_kind {
    FAULT_NONE = 0,
    FAULT_CAP = 1,
    FAULT_UNKNOWN_SYSCALL = 2,
    FAULT_USER_EXCEPTION = 3,
    FAULT_VM = 6,
    FAULT_VGIC_MAINTENANCE = 7,
    FAULT_VCPU = 8,
    FAULT_VPPI = 9,
};

/* Why a capability address led nowhere. */
enum { LOOKUP_INVALID_ROOT = 1, LOOKUP_MISSING_CAPABILITY = 2, LOOKUP_GUARD_MISMATCH = 4 };

struct fault {
    enum fault_kind kind;
    /* VM: address, prefetch, ESR. Cap: address, in receive phase, lookup failure. Others: one word. */
    word args[3];
};

struct tcb;

struct endpoint {
    struct tcb *head, *tail;
    bool receivers; /* what the queue holds, if anything */
};

struct notification {
    struct tcb *head, *tail;
    struct tcb *bound;
    struct sc *sc; /* of a passive thread: lent to it while it handles a signal */
    word pending;  /* badges that nobody has taken yet */
    word ever;     /* badges that were signalled since power-on: nobody here asks, who looks from outside does */
    bool active;
};

/* The right to answer one caller. */
struct reply {
    struct tcb *caller; /* blocked until the answer, or receiving with this object at hand */
    struct sc *sc;      /* the scheduling context that the caller lent; goes back with the answer */
};

enum { SC_REFILLS = 8 };

struct refill {
    word time; /* counter value from which on it may be used */
    word amount;
};

/* A scheduling context: processor time. All times in ticks of the counter. */
struct sc {
    struct tcb *tcb;
    struct notification *notification;
    word budget, period;
    word badge;
    bool round_robin;
    unsigned head, count;
    struct refill refills[SC_REFILLS];
    word consumed;            /* ticks since somebody asked for them last */
    struct tcb *yielder;      /* let this context's thread run before itself, and is told then what that has used */
    struct sc *yielded_after; /* the next one in the list of those with a yielder */
};

enum cap_type {
    CAP_NULL,
    CAP_ENDPOINT,
    CAP_NOTIFICATION,
    CAP_REPLY,
    CAP_TCB,
    CAP_VCPU,
    CAP_IRQ,
    CAP_SC,
    CAP_VSPACE,
    CAP_CNODE,
    CAP_SMC,
    CAP_DOMAINS,
};

struct cap {
    uint16_t type;
    uint16_t rights; /* SYSTEM_CAP_* */
    word badge;
    union {
        void *object;
        struct endpoint *endpoint;
        struct notification *notification;
        struct reply *reply;
        struct tcb *tcb;
        struct vcpu *vcpu;
        struct irq_handler *irq;
        struct sc *sc;
        struct cnode *cnode;
    };
};

struct cnode {
    unsigned radix;
    unsigned below; /* address bits that the next level resolves */
    word guard;
    struct cap *slots;
};

struct vspace {
    word *root; /* two concatenated level 1 tables */
    word vttbr;
};

struct irq_handler {
    unsigned irq;
    struct notification *notification;
    word badge;
};

/* 32 vector registers and the two words of control. */
struct fpu_state {
    word vectors[64];
    word fpsr, fpcr;
};

enum { VGIC_LIST_REGISTERS = 4 };

/* In the order of the API's register numbers. */
enum vcpu_reg {
    VCPU_SCTLR,
    VCPU_CPACR,
    VCPU_TTBR0,
    VCPU_TTBR1,
    VCPU_TCR,
    VCPU_MAIR,
    VCPU_AMAIR,
    VCPU_CIDR,
    VCPU_ACTLR,
    VCPU_AFSR0,
    VCPU_AFSR1,
    VCPU_ESR,
    VCPU_FAR,
    VCPU_PAR,
    VCPU_VBAR,
    VCPU_TPIDR_EL1,
    VCPU_VMPIDR_EL2,
    VCPU_SP_EL1,
    VCPU_ELR_EL1,
    VCPU_SPSR_EL1,
    VCPU_CNTV_CTL,
    VCPU_CNTV_CVAL,
    VCPU_CNTVOFF,
    VCPU_CNTKCTL,
    VCPU_REGS,
};

struct vcpu {
    struct tcb *tcb;
    word regs[VCPU_REGS];
    word mdscr; /* switched with the vCPU, but not the monitor's business */
    uint32_t gich_hcr, gich_vmcr, gich_apr;
    uint32_t lr[VGIC_LIST_REGISTERS];
    bool vtimer_masked; /* the virtual timer's event waits for its acknowledgement */
};

enum { NAME_LENGTH = 64 };

struct tcb {
    word regs[FRAME_WORDS]; /* first: the stack pointer of EL2 points here while the thread runs */
    word fault_ip;          /* the instruction to restart */
    struct fpu_state fpu;
    enum thread_state state;
    uint8_t priority, mcp;
    uint8_t domain;
    bool without_fpu;
    bool in_ready, in_release;
    struct tcb *sched_next, *sched_prev; /* ready or release queue */
    struct tcb *wait_next, *wait_prev;   /* an endpoint's or notification's queue */
    struct sc *sc;
    struct notification *bound;
    struct endpoint *endpoint;         /* blocked on */
    struct notification *notification; /* blocked on */
    struct reply *reply;               /* will be given to the next caller, or: holds this thread */
    word send_badge;
    bool send_is_call, send_may_call;
    struct fault fault; /* while it waits for its handler */
    struct cnode *cspace;
    struct vspace *vspace;
    struct vcpu *vcpu;
    struct endpoint *fault_endpoint;
    word fault_badge;
    word *ipc_buffer; /* in the kernel's window; NULL if it has none */
    char name[NAME_LENGTH];
};

/* kernel/session/thread-states.ts of virtbook reads these from outside. */
_Static_assert(sizeof(struct tcb) == 1072 && offsetof(struct tcb, state) == 824 &&
                   offsetof(struct tcb, priority) == 828,
               "thread-states.ts knows where state and priority of a thread are");
_Static_assert(offsetof(struct tcb, endpoint) == 888 && offsetof(struct tcb, reply) == 904 &&
                   offsetof(struct tcb, fault) == 928,
               "thread-states.ts knows where it says what a thread waits for");
_Static_assert(sizeof(struct notification) == 56 && offsetof(struct notification, ever) == 40,
               "thread-states.ts knows what a notification was signalled with");
_Static_assert(sizeof(struct endpoint) == 24 && sizeof(struct reply) == 16,
               "thread-states.ts knows the size of endpoints and replies");

#endif
