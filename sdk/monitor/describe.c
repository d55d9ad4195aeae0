/*
 * Names for numbers: the exception syndrome's fields (Arm ARM, ESR_ELx), the API's errors, the compiler's checks. The words are those
 * of Microkit's monitor, by which people search.
 */
#include "monitor.h"

static const char *name_of(const char *const names[], seL4_Word count, seL4_Word number, const char *unknown)
{
    return number < count && names[number] ? names[number] : unknown;
}

#define NAME_OF(names, number, unknown) name_of(names, sizeof(names) / sizeof((names)[0]), number, unknown)

const char *exception_class(seL4_Word ec)
{
    static const char *const names[] = {
        [0x00] = "Unknown reason",
        [0x01] = "Trapped WFI or WFE instruction execution",
        [0x03] = "Trapped MCR or MRC access with (coproc==0b1111) this is not reported using EC 0b000000",
        [0x04] = "Trapped MCRR or MRRC access with (coproc==0b1111) this is not reported using EC 0b000000",
        [0x05] = "Trapped MCR or MRC access with (coproc==0b1110)",
        [0x06] = "Trapped LDC or STC access",
        [0x07] = "Access to SVC, Advanced SIMD or floating-point functionality trapped",
        [0x0c] = "Trapped MRRC access with (coproc==0b1110)",
        [0x0d] = "Branch Target Exception",
        [0x0e] = "Illegal Execution state",
        [0x11] = "SVC instruction execution in AArch32 state",
        [0x15] = "SVC instruction execution in AArch64 state",
        [0x16] = "HVC instruction execution in AArch64 state",
        [0x17] = "SMC instruction execution in AArch64 state",
        [0x18] = "Trapped MSR, MRS or System instruction exuection in AArch64 state, this is not reported using EC "
                 "0xb000000, 0b000001 or 0b000111",
        [0x19] = "Access to SVE functionality trapped",
        [0x1c] = "Exception from a Pointer Authentication instruction authentication failure",
        [0x20] = "Instruction Abort from a lower Exception level",
        [0x21] = "Instruction Abort taken without a change in Exception level",
        [0x22] = "PC alignment fault exception",
        [0x24] = "Data Abort from a lower Exception level",
        [0x25] = "Data Abort taken without a change in Exception level",
        [0x26] = "SP alignment faultr exception",
        [0x28] = "Trapped floating-point exception taken from AArch32 state",
        [0x2c] = "Trapped floating-point exception taken from AArch64 state",
        [0x2f] = "SError interrupt",
        [0x30] = "Breakpoint exception from a lower Exception level",
        [0x31] = "Breakpoint exception taken without a change in Exception level",
        [0x32] = "Software Step exception from a lower Exception level",
        [0x33] = "Software Step exception taken without a change in Exception level",
        [0x34] = "Watchpoint exception from a lower Exception level",
        [0x35] = "Watchpoint exception taken without a change in Exception level",
        [0x38] = "BKPT instruction execution in AArch32 state",
        [0x3c] = "BRK instruction execution in AArch64 state",
    };
    return NAME_OF(names, ec, "<invalid EC>");
}

const char *abort_status(seL4_Word dfsc)
{
    static const char *const names[] = {
        [0x00] = "address size fault, level 0",
        [0x01] = "address size fault, level 1",
        [0x02] = "address size fault, level 2",
        [0x03] = "address size fault, level 3",
        [0x04] = "translation fault, level 0",
        [0x05] = "translation fault, level 1",
        [0x06] = "translation fault, level 2",
        [0x07] = "translation fault, level 3",
        [0x09] = "access flag fault, level 1",
        [0x0a] = "access flag fault, level 2",
        [0x0b] = "access flag fault, level 3",
        [0x0d] = "permission fault, level 1",
        [0x0e] = "permission fault, level 2",
        [0x0f] = "permission fault, level 3",
        [0x10] = "synchronuos external abort",
        [0x11] = "synchronous tag check fault",
        [0x14] = "synchronous external abort, level 0",
        [0x15] = "synchronous external abort, level 1",
        [0x16] = "synchronous external abort, level 2",
        [0x17] = "synchronous external abort, level 3",
        [0x18] = "synchronous parity or ECC error",
        [0x1c] = "synchronous parity or ECC error, level 0",
        [0x1d] = "synchronous parity or ECC error, level 1",
        [0x1e] = "synchronous parity or ECC error, level 2",
        [0x1f] = "synchronous parity or ECC error, level 3",
        [0x21] = "alignment fault",
        [0x30] = "tlb conflict abort",
        [0x31] = "unsupported atomic hardware update fault",
    };
    return NAME_OF(names, dfsc, "<unexpected DFSC>");
}

const char *lookup_failure(seL4_Word type)
{
    static const char *const names[] = { "seL4_NoFailure", "seL4_InvalidRoot", "seL4_MissingCapability",
                                         "seL4_DepthMismatch", "seL4_GuardMismatch" };
    return NAME_OF(names, type, 0);
}

const char *error_name(seL4_Word error)
{
    static const char *const names[] = {
        "seL4_NoError",     "seL4_InvalidArgument", "seL4_InvalidCapability", "seL4_IllegalOperation",
        "seL4_RangeError",  "seL4_AlignmentError",  "seL4_FailedLookup",      "seL4_TruncatedMessage",
        "seL4_DeleteFirst", "seL4_RevokeFirst",     "seL4_NotEnoughMemory",
    };
    return NAME_OF(names, error, "<invalid seL4 error>");
}

/* Clang numbers its sanitizer checks in this order, and traps with BRK #0x5500 + number. */
const char *ubsan_check(seL4_Word code)
{
    static const char *const names[] = {
        "add overflow",
        "builtin unreachable",
        "control-flow-integrity check fail",
        "division remainder overflow",
        "dynamic type cache miss",
        "float case overflow",
        "function type mismatch",
        "implicit conversion",
        "invalid builtin",
        "invalid objc cast",
        "load invalid value",
        "missing return",
        "multiplication overflow",
        "negate overflow",
        "nullability argument",
        "nullability return",
        "non-null argument",
        "non-null return",
        "out of bounds access",
        "pointer overflow",
        "shift out of bounds",
        "subtraction overflow",
        "type mismatch",
        "alignment assumption",
        "variable-length-array bound not positive",
    };
    return NAME_OF(names, code, "unknown reason");
}
