/* Methods of kernel objects, and how they answer. */
#include "kernel/kernel.h"

struct result result_ok(void)
{
    return (struct result){ .error = ERROR_NONE };
}

struct result result_value(word value)
{
    return (struct result){ .error = ERROR_NONE, .count = 1, .values = { value } };
}

struct result result_error(enum error error)
{
    return (struct result){ .error = error };
}

struct result result_range(word min, word max)
{
    return (struct result){ .error = ERROR_RANGE, .count = 2, .values = { min, max } };
}

struct result result_argument(word number)
{
    return (struct result){ .error = ERROR_INVALID_ARGUMENT, .count = 1, .values = { number } };
}

struct result result_capability(word number)
{
    return (struct result){ .error = ERROR_INVALID_CAPABILITY, .count = 1, .values = { number } };
}

enum { IRQ_ACK = 26 };

static struct result irq_invoke(const struct invocation *call)
{
    if (call->label != IRQ_ACK) {
        user_error("decodeIRQHandlerInvocation/165", "IRQHandler: Illegal operation.");
        return result_error(ERROR_ILLEGAL_OPERATION);
    }
    irq_unmask(call->cap->irq->irq);
    return result_ok();
}

struct result invoke_object(const struct invocation *call)
{
    switch (call->cap->type) {
    case CAP_TCB:
        return tcb_invoke(call);
    case CAP_SC:
        return sc_invoke(call);
    case CAP_VCPU:
        return vcpu_invoke(call);
    case CAP_VSPACE:
        return vspace_invoke(call);
    case CAP_IRQ:
        return irq_invoke(call);
    case CAP_SMC:
        return smc_invoke(call);
    case CAP_DOMAINS:
        return domain_invoke(call);
    default:
        return result_error(ERROR_ILLEGAL_OPERATION);
    }
}

#include "kernel/end.h"
