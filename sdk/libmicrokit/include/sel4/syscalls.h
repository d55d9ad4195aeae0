/*
 * System calls: `svc #0` with the call's number in x7, a capability in x0 (the badge, coming back), the tag in x1,
 * the first four message registers in x2..x5, a reply object in x6 and, for the calls that send to one capability and
 * receive from another, the destination in x8. The other message registers stay in the IPC buffer.
 */
#pragma once

#include <sel4/types.h>

extern seL4_IPCBuffer *__sel4_ipc_buffer;

enum {
    seL4_SysCall = -1,
    seL4_SysReplyRecv = -2,
    seL4_SysNBSendRecv = -3,
    seL4_SysNBSendWait = -4,
    seL4_SysSend = -5,
    seL4_SysNBSend = -6,
    seL4_SysRecv = -7,
    seL4_SysNBRecv = -8,
    seL4_SysWait = -9,
    seL4_SysNBWait = -10,
    seL4_SysYield = -11,
#ifdef CONFIG_PRINTING
    seL4_SysDebugPutChar = -12,
    seL4_SysDebugDumpScheduler = -13,
#endif
#ifdef CONFIG_DEBUG_BUILD
    seL4_SysDebugHalt = -14,
    seL4_SysDebugCapIdentify = -15,
    seL4_SysDebugSnapshot = -16,
    seL4_SysDebugNameThread = -17,
#endif
};

static inline seL4_IPCBuffer *seL4_GetIPCBuffer(void)
{
    return __sel4_ipc_buffer;
}

static inline seL4_Word seL4_GetMR(int i)
{
    return __sel4_ipc_buffer->msg[i];
}

static inline void seL4_SetMR(int i, seL4_Word value)
{
    __sel4_ipc_buffer->msg[i] = value;
}

static inline seL4_CPtr seL4_GetCap(int i)
{
    return __sel4_ipc_buffer->caps_or_badges[i];
}

static inline void seL4_SetCap(int i, seL4_CPtr cptr)
{
    __sel4_ipc_buffer->caps_or_badges[i] = cptr;
}

static inline seL4_Word seL4_GetBadge(int i)
{
    return __sel4_ipc_buffer->caps_or_badges[i];
}

static inline void seL4_SetIPCBuffer(seL4_IPCBuffer *buffer)
{
    __sel4_ipc_buffer = buffer;
}

/* A word for the thread's own use. */
static inline seL4_Word seL4_GetUserData(void)
{
    return __sel4_ipc_buffer->userData;
}

static inline void seL4_SetUserData(seL4_Word data)
{
    __sel4_ipc_buffer->userData = data;
}

/*
 * One trap for all of them: `cap` and `info` go both ways, and so do the first four message registers. Nothing may be
 * called once the first register variable is set: without optimisation, a call would use these very registers.
 */
static inline void microkit_trap(seL4_Word number, seL4_Word *cap, seL4_Word *info, seL4_Word reply, seL4_Word dest)
{
    seL4_Word *mr = __sel4_ipc_buffer->msg;
    seL4_Word mr0 = mr[0], mr1 = mr[1], mr2 = mr[2], mr3 = mr[3];
    seL4_Word cap_in = *cap, info_in = *info;
    register seL4_Word x0 __asm__("x0") = cap_in;
    register seL4_Word x1 __asm__("x1") = info_in;
    register seL4_Word x2 __asm__("x2") = mr0;
    register seL4_Word x3 __asm__("x3") = mr1;
    register seL4_Word x4 __asm__("x4") = mr2;
    register seL4_Word x5 __asm__("x5") = mr3;
    register seL4_Word x6 __asm__("x6") = reply;
    register seL4_Word x7 __asm__("x7") = number;
    register seL4_Word x8 __asm__("x8") = dest;
    __asm__ volatile("svc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5)
                     : "r"(x6), "r"(x7), "r"(x8)
                     : "memory");
    *cap = x0;
    *info = x1;
    mr[0] = x2;
    mr[1] = x3;
    mr[2] = x4;
    mr[3] = x5;
}

/* As above, for calls after which nothing comes back: the message registers stay as they are. */
static inline void microkit_trap_send(seL4_Word number, seL4_Word cap, seL4_Word info)
{
    const seL4_Word *mr = __sel4_ipc_buffer->msg;
    seL4_Word mr0 = mr[0], mr1 = mr[1], mr2 = mr[2], mr3 = mr[3];
    register seL4_Word x0 __asm__("x0") = cap;
    register seL4_Word x1 __asm__("x1") = info;
    register seL4_Word x2 __asm__("x2") = mr0;
    register seL4_Word x3 __asm__("x3") = mr1;
    register seL4_Word x4 __asm__("x4") = mr2;
    register seL4_Word x5 __asm__("x5") = mr3;
    register seL4_Word x7 __asm__("x7") = number;
    __asm__ volatile("svc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5) : "r"(x7) : "memory");
}

static inline seL4_MessageInfo_t microkit_trap_recv(seL4_Word number, seL4_CPtr src, seL4_MessageInfo_t info,
                                                    seL4_Word *sender, seL4_CPtr reply, seL4_CPtr dest)
{
    seL4_Word cap = src;
    microkit_trap(number, &cap, &info.words[0], reply, dest);
    if (sender) {
        *sender = cap;
    }
    return info;
}

static inline void seL4_Send(seL4_CPtr dest, seL4_MessageInfo_t info)
{
    microkit_trap_send((seL4_Word)seL4_SysSend, dest, info.words[0]);
}

static inline void seL4_NBSend(seL4_CPtr dest, seL4_MessageInfo_t info)
{
    microkit_trap_send((seL4_Word)seL4_SysNBSend, dest, info.words[0]);
}

static inline void seL4_Signal(seL4_CPtr dest)
{
    microkit_trap_send((seL4_Word)seL4_SysSend, dest, 0);
}

static inline seL4_MessageInfo_t seL4_Call(seL4_CPtr dest, seL4_MessageInfo_t info)
{
    return microkit_trap_recv((seL4_Word)seL4_SysCall, dest, info, 0, 0, 0);
}

static inline seL4_MessageInfo_t seL4_Recv(seL4_CPtr src, seL4_Word *sender, seL4_CPtr reply)
{
    return microkit_trap_recv((seL4_Word)seL4_SysRecv, src, seL4_MessageInfo_new(0, 0, 0, 0), sender, reply, 0);
}

static inline seL4_MessageInfo_t seL4_NBRecv(seL4_CPtr src, seL4_Word *sender, seL4_CPtr reply)
{
    return microkit_trap_recv((seL4_Word)seL4_SysNBRecv, src, seL4_MessageInfo_new(0, 0, 0, 0), sender, reply, 0);
}

static inline seL4_MessageInfo_t seL4_Wait(seL4_CPtr src, seL4_Word *sender)
{
    return microkit_trap_recv((seL4_Word)seL4_SysWait, src, seL4_MessageInfo_new(0, 0, 0, 0), sender, 0, 0);
}

static inline seL4_MessageInfo_t seL4_NBWait(seL4_CPtr src, seL4_Word *sender)
{
    return microkit_trap_recv((seL4_Word)seL4_SysNBWait, src, seL4_MessageInfo_new(0, 0, 0, 0), sender, 0, 0);
}

static inline seL4_MessageInfo_t seL4_Poll(seL4_CPtr src, seL4_Word *sender)
{
    return seL4_NBWait(src, sender);
}

static inline seL4_MessageInfo_t seL4_ReplyRecv(seL4_CPtr src, seL4_MessageInfo_t info, seL4_Word *sender,
                                                seL4_CPtr reply)
{
    return microkit_trap_recv((seL4_Word)seL4_SysReplyRecv, src, info, sender, reply, 0);
}

static inline seL4_MessageInfo_t seL4_NBSendRecv(seL4_CPtr dest, seL4_MessageInfo_t info, seL4_CPtr src,
                                                 seL4_Word *sender, seL4_CPtr reply)
{
    return microkit_trap_recv((seL4_Word)seL4_SysNBSendRecv, src, info, sender, reply, dest);
}

static inline seL4_MessageInfo_t seL4_NBSendWait(seL4_CPtr dest, seL4_MessageInfo_t info, seL4_CPtr src,
                                                 seL4_Word *sender)
{
    /* The only one whose destination travels in x6: there is no reply object to name. */
    return microkit_trap_recv((seL4_Word)seL4_SysNBSendWait, src, info, sender, dest, 0);
}

static inline void seL4_Yield(void)
{
    microkit_trap_send((seL4_Word)seL4_SysYield, 0, 0);
}

#ifdef CONFIG_PRINTING
static inline void seL4_DebugPutChar(char c)
{
    microkit_trap_send((seL4_Word)seL4_SysDebugPutChar, (seL4_Word)(unsigned char)c, 0);
}

static inline void seL4_DebugPutString(const char *s)
{
    while (*s) {
        seL4_DebugPutChar(*s++);
    }
}

static inline void seL4_DebugDumpScheduler(void)
{
    microkit_trap_send((seL4_Word)seL4_SysDebugDumpScheduler, 0, 0);
}
#endif

#ifdef CONFIG_DEBUG_BUILD
static inline void seL4_DebugHalt(void)
{
    microkit_trap_send((seL4_Word)seL4_SysDebugHalt, 0, 0);
}

/* The type of a capability as a number: 0 for an empty slot. */
static inline seL4_Uint32 seL4_DebugCapIdentify(seL4_CPtr cap)
{
    seL4_Word word = cap, info = 0;
    microkit_trap((seL4_Word)seL4_SysDebugCapIdentify, &word, &info, 0, 0);
    return (seL4_Uint32)word;
}

/* The name goes through the IPC buffer, from the first message register on. */
static inline void seL4_DebugNameThread(seL4_TCB tcb, const char *name)
{
    char *to = (char *)__sel4_ipc_buffer->msg;
    seL4_Word i = 0;
    for (; name[i] && i < sizeof(__sel4_ipc_buffer->msg) - 1; i++) {
        to[i] = name[i];
    }
    to[i] = 0;
    microkit_trap_send((seL4_Word)seL4_SysDebugNameThread, tcb, 0);
}
#endif
