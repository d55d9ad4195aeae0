/* Calls of the secure monitor on behalf of a protection domain that may make them. On this board QEMU answers: PSCI. */
#include "kernel/kernel.h"

enum { ARM_SMC_CALL = 40, SMC_REGISTERS = 8 };

struct result smc_invoke(const struct invocation *call)
{
    if (call->label != ARM_SMC_CALL) {
        user_error("decodeARMSMCInvocation/45", "ARMSMCInvocation: Illegal operation.");
        return result_error(ERROR_ILLEGAL_OPERATION);
    }
    if (call->length < SMC_REGISTERS) {
        user_error("decodeARMSMCInvocation/50", "ARMSMCInvocation: Truncated message.");
        return result_error(ERROR_TRUNCATED_MESSAGE);
    }
    /* Read first: a call between two of the registers may change those that have their values already. */
    word words[SMC_REGISTERS];
    for (unsigned i = 0; i < SMC_REGISTERS; i++) {
        words[i] = message_get(call->thread, i);
    }
    register word x0 __asm__("x0") = words[0];
    register word x1 __asm__("x1") = words[1];
    register word x2 __asm__("x2") = words[2];
    register word x3 __asm__("x3") = words[3];
    register word x4 __asm__("x4") = words[4];
    register word x5 __asm__("x5") = words[5];
    register word x6 __asm__("x6") = words[6];
    register word x7 __asm__("x7") = words[7];
    __asm__ volatile("smc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5), "+r"(x6), "+r"(x7)
                     :
                     : "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "memory");
    word answers[SMC_REGISTERS] = { x0, x1, x2, x3, x4, x5, x6, x7 };
    unsigned count = 0;
    for (unsigned i = 0; i < SMC_REGISTERS; i++) {
        count = message_set(call->thread, i, answers[i]);
    }
    return (struct result){ .error = ERROR_NONE, .count = count, .answered = true };
}

#include "kernel/end.h"
