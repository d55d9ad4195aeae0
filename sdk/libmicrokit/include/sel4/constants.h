/* Sizes, limits and flags of the seL4 API, as powers of two where the name ends in Bits. */
#pragma once

#include <sel4/config.h>
#include <sel4/macros.h>

/* Addresses that a program can have, and what a page table of each level covers. */
#define seL4_UserTop 0x000000ffffffffff
#define seL4_UserVSpaceTop seL4_UserTop
#define seL4_PageBits 12
#define seL4_LargePageBits 21
#define seL4_HugePageBits 30
#define seL4_PageTableBits 12
#define seL4_PageTableEntryBits 3
#define seL4_PageTableIndexBits 9
#define seL4_VSpaceBits 13
#define seL4_VSpaceEntryBits 3
#define seL4_VSpaceIndexBits 10

/* A word, in bits and in bytes. */
#define seL4_WordBits 64
#define seL4_WordSizeBits 3

/* seL4's objects. Those of the embedded microkernel have sizes of their own. */
#define seL4_SlotBits 5
#define seL4_TCBBits 11
#define seL4_EndpointBits 4
#define seL4_NotificationBits 6
#define seL4_ReplyBits 5
#define seL4_ARM_VCPUBits 12
#define seL4_VCPUBits 12
#define seL4_MinSchedContextBits 7
#define seL4_IPCBufferSizeBits 10

/* What the third value of a VM fault says. */
#define seL4_DataFault 0
#define seL4_InstructionFault 1

enum {
    seL4_InvalidPrio = -1,
    seL4_MinPrio = 0,
    seL4_MaxPrio = CONFIG_NUM_PRIORITIES - 1,
};

typedef enum {
    seL4_TCBFlag_NoFlag = 0,
    seL4_TCBFlag_fpuDisabled = 1,
    seL4_TCBFlag_MASK = seL4_TCBFlag_fpuDisabled,
} seL4_TCBFlag;

typedef enum {
    seL4_SchedContext_NoFlag = 0,
    seL4_SchedContext_Sporadic = 1,
} seL4_SchedContextFlag;
