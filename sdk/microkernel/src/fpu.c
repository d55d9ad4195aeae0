/* The floating-point and vector registers belong to one thread at a time and change hands on first use. */
#include "kernel/kernel.h"

#define CPTR_RES1 0x33ffULL
#define CPTR_TFP (1ULL << 10)

static struct tcb *owner;
/* What CPTR_EL2 holds, so that most switches need not write it. */
static word loaded = ~0ULL;

static void set_cptr(word cptr)
{
    if (cptr != loaded) {
        write_sysreg(cptr_el2, cptr);
        isb();
        loaded = cptr;
    }
}

void fpu_switch(struct tcb *thread)
{
    set_cptr(thread == owner ? CPTR_RES1 : CPTR_RES1 | CPTR_TFP);
}

void fpu_release(struct tcb *thread)
{
    if (thread == owner) {
        set_cptr(CPTR_RES1);
        fpu_save(&owner->fpu);
        owner = NULL;
    }
}

/* The current thread wants them: it runs the same instruction again. */
void fpu_trap(void)
{
    set_cptr(CPTR_RES1);
    if (owner) {
        fpu_save(&owner->fpu);
    }
    owner = current;
    fpu_load(&owner->fpu);
}

#include "kernel/end.h"
