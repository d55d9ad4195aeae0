/*
 * A kernel for the library alone: takes its system calls, refuses what a real one would refuse, and keeps account.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <microkit.h>

#define LIST_REGISTERS 4
#define FREE -1

struct bench {
    seL4_UserContext regs;     /* the guest's */
    bool running;              /* not suspended */
    unsigned register_writes;  /* WriteRegisters that resumed */
    int lists[LIST_REGISTERS]; /* what was injected and not ended, or FREE */
    unsigned list_priority[LIST_REGISTERS];
    unsigned injections;
    unsigned timer_acks;
    unsigned irq_acks[MICROKIT_MAX_CHANNELS];
};

extern struct bench bench;

/* Count a check, and say so if it fails. */
#define CHECK(condition) check((condition), #condition, __FILE__, __LINE__)
void check(bool passed, const char *condition, const char *file, int line);
bool all_passed(void);

void say(const char *text);

/* A fault of the guest, with its message registers, given to the library. */
bool fault_with(seL4_Word label, const seL4_Word *registers, size_t count);

/* The guest ends the interrupt in a list register; the kernel's report of it. */
void guest_ends(size_t index);
