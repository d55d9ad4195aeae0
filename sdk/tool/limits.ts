/** Bounds of a Microkit system on an AArch64 hypervisor with 40-bit addresses (SDK 2.3.0). */

/** Channel, interrupt and vCPU identifiers: 62 bits of a badge are theirs. */
export const MAX_ID = 61;
/** The monitor alone runs at 255. */
export const MAX_PRIORITY = 254;
export const MAX_PROTECTION_DOMAINS = 63;
/** Microseconds. */
export const DEFAULT_BUDGET = 1000n;
/** Bytes. */
export const DEFAULT_STACK_SIZE = 0x2000n;
export const MIN_STACK_SIZE = 0x1000n;
export const MAX_STACK_SIZE = 0x100_0000n;
/** Bytes; smallest first. */
export const PAGE_SIZES = [0x1000n, 0x20_0000n] as const;
/** First address past what a protection domain or a guest can address; a stack grows down from here. */
export const USER_TOP = 0x100_0000_0000n;
/** Above the stack, SDK 2.3.0 has the page of the IPC buffer, and one that guards it: a description that maps there is refused, whatever we have there. */
const RESERVED_TOP = 0x2000n;
/** First address that a protection domain may not map any more. */
export const mapLimit = (stackSize: bigint): bigint => USER_TOP - RESERVED_TOP - stackSize;
/** Scheduling domains of the kernel, and entries of its schedule. */
export const SCHEDULING_DOMAINS = 16;
export const MAX_DOMAIN_TURNS = 100;
/** Slots of the first level of a CSpace: the first is Microkit's own. */
export const MAX_SHARED_SLOT = 63;
/** The thread that starts all others has this name. */
export const MONITOR_NAME = 'monitor';
