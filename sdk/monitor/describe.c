/* Names for numbers: the exception syndrome's fields (Arm ARM, ESR_ELx), the API's errors, the compiler's checks. */
#include "monitor.h"

const char *exception_class(seL4_Word ec)
{
    switch (ec) {
    case 0x00:
        return "Unknown reason";
    case 0x01:
        return "Trapped WFI or WFE instruction execution";
    case 0x07:
        return "Access to SVE, Advanced SIMD or floating-point functionality";
    case 0x0e:
        return "Illegal Execution state";
    case 0x15:
        return "SVC instruction execution in AArch64 state";
    case 0x16:
        return "HVC instruction execution in AArch64 state";
    case 0x17:
        return "SMC instruction execution in AArch64 state";
    case 0x18:
        return "Trapped MSR, MRS or System instruction execution in AArch64 state";
    case 0x20:
        return "Instruction Abort from a lower Exception level";
    case 0x22:
        return "PC alignment fault exception";
    case 0x24:
        return "Data Abort from a lower Exception level";
    case 0x26:
        return "SP alignment fault exception";
    case 0x2c:
        return "Trapped floating-point exception taken from AArch64 state";
    case 0x30:
        return "Breakpoint exception from a lower Exception level";
    case 0x32:
        return "Software Step exception from a lower Exception level";
    case 0x34:
        return "Watchpoint exception from a lower Exception level";
    case 0x3c:
        return "BRK instruction execution in AArch64 state";
    default:
        return "<invalid EC>";
    }
}

const char *abort_status(seL4_Word dfsc)
{
    static const char *const faults[4][4] = {
        { "address size fault, level 0", "address size fault, level 1", "address size fault, level 2",
          "address size fault, level 3" },
        { "translation fault, level 0", "translation fault, level 1", "translation fault, level 2",
          "translation fault, level 3" },
        { "access flag fault, level 0", "access flag fault, level 1", "access flag fault, level 2",
          "access flag fault, level 3" },
        { "permission fault, level 0", "permission fault, level 1", "permission fault, level 2",
          "permission fault, level 3" },
    };
    if (dfsc < 16) {
        return faults[dfsc / 4][dfsc % 4];
    }
    switch (dfsc) {
    case 0x10:
        return "synchronous external abort";
    case 0x14:
    case 0x15:
    case 0x16:
    case 0x17:
        return "synchronous external abort on a translation table walk";
    case 0x21:
        return "alignment fault";
    case 0x30:
        return "TLB conflict abort";
    case 0x34:
        return "lockdown abort";
    case 0x35:
        return "unsupported exclusive or atomic access";
    default:
        return "<unexpected DFSC>";
    }
}

const char *lookup_failure(seL4_Word type)
{
    static const char *const names[] = { "seL4_NoFailure", "seL4_InvalidRoot", "seL4_MissingCapability",
                                         "seL4_DepthMismatch", "seL4_GuardMismatch" };
    return type < sizeof(names) / sizeof(names[0]) ? names[type] : "<unexpected lookup failure>";
}

const char *error_name(seL4_Word error)
{
    static const char *const names[] = {
        "seL4_NoError",     "seL4_InvalidArgument", "seL4_InvalidCapability", "seL4_IllegalOperation",
        "seL4_RangeError",  "seL4_AlignmentError",  "seL4_FailedLookup",      "seL4_TruncatedMessage",
        "seL4_DeleteFirst", "seL4_RevokeFirst",     "seL4_NotEnoughMemory",
    };
    return error < sizeof(names) / sizeof(names[0]) ? names[error] : "<invalid seL4 error>";
}

/* Clang numbers its sanitizer checks in this order, and traps with BRK #0x5500 + number. */
const char *ubsan_check(seL4_Word code)
{
    static const char *const names[] = {
        "add overflow",
        "builtin unreachable",
        "cfi check fail",
        "divrem overflow",
        "dynamic type cache miss",
        "float cast overflow",
        "function type mismatch",
        "implicit conversion",
        "invalid builtin",
        "invalid objc cast",
        "load invalid value",
        "missing return",
        "mul overflow",
        "negate overflow",
        "nullability arg",
        "nullability return",
        "nonnull arg",
        "nonnull return",
        "out of bounds",
        "pointer overflow",
        "shift out of bounds",
        "sub overflow",
        "type mismatch",
        "alignment assumption",
        "vla bound not positive",
    };
    return code < sizeof(names) / sizeof(names[0]) ? names[code] : "unknown reason";
}
