/*
 * The Microkit API for C++: found before the SDK's microkit.h, ours or another's, and includes that one.
 *
 * `protected` is a word of C++. So the function that answers calls is named microkit_protected in C++; its symbol is the one
 * that the library calls.
 */
#pragma once

extern "C" {
#define _Static_assert static_assert
#include <sel4/sel4.h>
seL4_MessageInfo_t microkit_protected(unsigned int ch, seL4_MessageInfo_t msginfo) __asm__("protected");
#define protected microkit_protected
#include_next <microkit.h>
#undef protected
#undef _Static_assert
}
