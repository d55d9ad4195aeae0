/*
 * System calls whose first four message registers are the caller's own variables. A null pointer stands for a register
 * that is not sent, and not wanted.
 */
#pragma once

#include <sel4/syscalls.h>

static inline void microkit_take_registers(const seL4_Word *mr0, const seL4_Word *mr1, const seL4_Word *mr2,
                                           const seL4_Word *mr3)
{
    const seL4_Word *const from[seL4_FastMessageRegisters] = { mr0, mr1, mr2, mr3 };
    for (int i = 0; i < seL4_FastMessageRegisters; i++) {
        if (from[i]) {
            seL4_SetMR(i, *from[i]);
        }
    }
}

static inline void microkit_give_registers(seL4_Word *mr0, seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3)
{
    seL4_Word *const to[seL4_FastMessageRegisters] = { mr0, mr1, mr2, mr3 };
    for (int i = 0; i < seL4_FastMessageRegisters; i++) {
        if (to[i]) {
            *to[i] = seL4_GetMR(i);
        }
    }
}

static inline void seL4_SendWithMRs(seL4_CPtr dest, seL4_MessageInfo_t info, seL4_Word *mr0, seL4_Word *mr1,
                                    seL4_Word *mr2, seL4_Word *mr3)
{
    microkit_take_registers(mr0, mr1, mr2, mr3);
    seL4_Send(dest, info);
}

static inline void seL4_NBSendWithMRs(seL4_CPtr dest, seL4_MessageInfo_t info, seL4_Word *mr0, seL4_Word *mr1,
                                      seL4_Word *mr2, seL4_Word *mr3)
{
    microkit_take_registers(mr0, mr1, mr2, mr3);
    seL4_NBSend(dest, info);
}

static inline seL4_MessageInfo_t seL4_CallWithMRs(seL4_CPtr dest, seL4_MessageInfo_t info, seL4_Word *mr0,
                                                  seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3)
{
    microkit_take_registers(mr0, mr1, mr2, mr3);
    info = seL4_Call(dest, info);
    microkit_give_registers(mr0, mr1, mr2, mr3);
    return info;
}

static inline seL4_MessageInfo_t seL4_RecvWithMRs(seL4_CPtr src, seL4_Word *sender, seL4_Word *mr0, seL4_Word *mr1,
                                                  seL4_Word *mr2, seL4_Word *mr3, seL4_CPtr reply)
{
    seL4_MessageInfo_t info = seL4_Recv(src, sender, reply);
    microkit_give_registers(mr0, mr1, mr2, mr3);
    return info;
}

static inline seL4_MessageInfo_t seL4_WaitWithMRs(seL4_CPtr src, seL4_Word *sender, seL4_Word *mr0, seL4_Word *mr1,
                                                  seL4_Word *mr2, seL4_Word *mr3)
{
    seL4_MessageInfo_t info = seL4_Wait(src, sender);
    microkit_give_registers(mr0, mr1, mr2, mr3);
    return info;
}

static inline seL4_MessageInfo_t seL4_ReplyRecvWithMRs(seL4_CPtr src, seL4_MessageInfo_t info, seL4_Word *sender,
                                                       seL4_Word *mr0, seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3,
                                                       seL4_CPtr reply)
{
    microkit_take_registers(mr0, mr1, mr2, mr3);
    info = seL4_ReplyRecv(src, info, sender, reply);
    microkit_give_registers(mr0, mr1, mr2, mr3);
    return info;
}
