/*
 * Console messages of the monitor: `<protection domain>|INFO: ...` and `<protection domain>|ERROR: ...`.
 */
#pragma once

#include <stdarg.h>

#define LIBVMM_PRINTF(format_index, first_argument) __attribute__((format(printf, format_index, first_argument)))

/*
 * Print a message of one line; the prefix and the newline are added. Understood in the format: %% %c %s, and %d %u %x
 * with an optional `l`. Anything else is printed as it stands. Silent where the SDK's debug output is (release).
 */
void log_info(const char *format, ...) LIBVMM_PRINTF(1, 2);
void log_error(const char *format, ...) LIBVMM_PRINTF(1, 2);

/* The same without prefix and newline. */
void log_text(const char *format, ...) LIBVMM_PRINTF(1, 2);
