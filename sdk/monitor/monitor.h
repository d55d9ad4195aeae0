#ifndef MONITOR_H
#define MONITOR_H

#include <sel4/sel4.h>
#include <stdbool.h>

/* console.c */
void puts(const char *s);
void puthex32(seL4_Uint32 value);
void puthex64(seL4_Uint64 value);

/* describe.c: the names of what ESR_EL2 encodes */
const char *exception_class(seL4_Word ec);
const char *abort_status(seL4_Word dfsc);
const char *lookup_failure(seL4_Word type);
const char *ubsan_check(seL4_Word code);
const char *error_name(seL4_Word error);

/* report.c: prints what happened to protection domain `badge`, whose fault's message is in the message registers */
void report_fault(seL4_Word label, seL4_Word badge, seL4_Word slot, seL4_TCB tcb, const char *name,
                  seL4_Word stack_bottom);

#endif
