/* System calls: from EL0 to a handler in C at EL1, and back. */
#include "bench.h"

enum { ADD = 1, EXIT = 2 };
static u64 total;

static inline u64 call(u64 number, u64 argument)
{
    register u64 x8 __asm__("x8") = number;
    register u64 x0 __asm__("x0") = argument;
    __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8) : "memory");
    return x0;
}

static void user(u64 rounds)
{
    u64 value = 1;
    for (u64 i = 0; i < rounds * 1000; i++) value = value * 5 + call(ADD, value);
    call(EXIT, value);
}

HANDLER void on_exception(struct frame *frame, u64 kind)
{
    if (kind != USER_SYNC || READ(ESR_EL1) >> 26 != EC_SVC) unexpected(frame, kind);
    switch (frame->x[8]) {
    case ADD:
        total += frame->x[0];
        frame->x[0] = total;
        break;
    case EXIT:
        user_exit(frame->x[0]);
    default:
        unexpected(frame, kind);
    }
}

u64 work(u64 rounds)
{
    static u8 stack[4096] __attribute__((aligned(16)));
    return mix(user_call(IN_USER_CODE(user), IN_USER_DATA(stack + sizeof stack), rounds), total);
}
