/** Where capabilities are in a protection domain's CSpace; libmicrokit counts on it (SDK 2.3.0, microkit.h). */
export const SLOT = {
  input: 1,
  vspace: 3,
  reply: 4,
  monitorEndpoint: 5,
  /** In the configuration `benchmark` of a real SDK. */
  ownTcb: 6,
  secureMonitor: 7,
  outputNotification: 10,
  endpoint: 74,
  irq: 138,
  childTcb: 202,
  vmTcb: 266,
  vcpu: 330,
} as const;
export const CSPACE_RADIX = 9;
/** The first of two levels, where a protection domain has capabilities of others: its slot 0 leads to the slots above. */
export const ROOT_RADIX = 6;

/** The monitor's CSpace, `MONITOR_*` in system_image.h. */
export const MONITOR_SLOT = { endpoint: 1, reply: 4, tcb: 10, schedulingContext: 74, notification: 138, domainSchedule: 202 } as const;
export const MONITOR_GUARD = 1n << 54n;

/** A received badge says with its two highest bits what came in. */
export const CALL_BADGE = 1n << 63n;
export const FAULT_BADGE = 1n << 62n;
export const SCHEDULING_CONTEXT_BADGE = 0x100n;
