import type { DomainTurn } from './model.js';

/**
 * Everything that exists at run time, as the system table (`sdk/microkernel/include/system_image.h`) will say it. Kinds
 * of objects that have no properties of their own are lists of names; the index is the object.
 */

/** A piece of physical memory, contiguous. */
export interface Frame {
  name: string;
  /** Bytes, whole pages. */
  size: number;
  /** 4 KiB or 2 MiB. */
  alignment: number;
  /** Physical address; -1 until it has its place. */
  address: number;
  /** The kernel zeroes it at boot, from `clearFrom` bytes on; undefined: not at all (devices, guest memory). */
  clearFrom?: number | undefined;
  /** What it holds at the start; the loader puts it there. */
  content?: Uint8Array | undefined;
}

export interface Mapping {
  vspace: number;
  name: string;
  vaddr: number;
  frame: Frame;
  /** Bytes into the frame. */
  offset: number;
  size: number;
  flags: number;
}

export interface CNode {
  name: string;
  radix: number;
  guard: bigint;
  /** Address bits that the next level resolves: 0 unless this is the root of two levels. */
  below?: number;
}

export interface SchedulingContext {
  name: string;
  budget: bigint;
  period: bigint;
  badge: bigint;
}

export interface IrqHandler {
  irq: number;
  edge: boolean;
  notification: number;
  badge: bigint;
}

export interface Thread {
  /** As the report calls it. */
  title: string;
  /** As the kernel calls it. */
  name: string;
  entry: number;
  stackPointer: number;
  ipcBuffer?: { vaddr: number; frame: Frame; offset: number };
  faultBadge: bigint;
  cspace?: number;
  vspace: number;
  schedulingContext: number;
  faultEndpoint?: number | undefined;
  notification?: number;
  vcpu?: number;
  priority: number;
  maximumPriority: number;
  /** It may not use the floating-point and vector registers. */
  withoutFpu?: boolean;
  /** It runs in the turns of this domain; 0 where there are none. */
  domain?: number;
}

/** Values of `enum system_cap_type`. */
export const CAP = {
  endpoint: 1,
  notification: 2,
  reply: 3,
  tcb: 4,
  vcpu: 5,
  irq: 6,
  schedulingContext: 7,
  vspace: 8,
  cnode: 9,
  secureMonitor: 10,
  domainSchedule: 11,
} as const;
export type CapType = keyof typeof CAP;

/** Values of `SYSTEM_CAP_*`. */
export const RIGHT = { write: 1, read: 2, grant: 4, grantReply: 8 } as const;

/** Values of `SYSTEM_MAP_*`. */
export const MAP = { read: 1, write: 2, execute: 4, cached: 8, large: 16 } as const;

export interface Capability {
  cnode: number;
  slot: number;
  type: CapType;
  rights: number;
  object: number;
  badge: bigint;
}

export class Plan {
  readonly endpoints: string[] = [];
  readonly notifications: string[] = [];
  readonly replies: string[] = [];
  readonly vspaces: string[] = [];
  readonly cnodes: CNode[] = [];
  readonly schedulingContexts: SchedulingContext[] = [];
  /** Index of the thread that runs on each virtual CPU, and its name. */
  readonly vcpus: { name: string; thread: number }[] = [];
  readonly irqs: IrqHandler[] = [];
  readonly threads: Thread[] = [];
  readonly caps: Capability[] = [];
  readonly mappings: Mapping[] = [];
  readonly frames: Frame[] = [];
  readonly pool: Frame = { name: 'Kernel object pool', size: 0, alignment: 0x1000, address: -1 };
  /** The schedule of domains: empty where nobody asks for one. */
  readonly turns: DomainTurn[] = [];
  /** The turn that the schedule begins with. */
  firstTurn = 0;
  /** Index of the monitor's thread. */
  monitor = 0;

  /** Kernel objects without the CNodes and VSpaces. */
  objectCount(): number {
    return (
      this.endpoints.length +
      this.notifications.length +
      this.replies.length +
      this.schedulingContexts.length +
      this.vcpus.length +
      this.irqs.length +
      this.threads.length
    );
  }

  addFrame(name: string, size: number, alignment: number, clearFrom?: number): Frame {
    const frame = { name, size, alignment, address: -1, clearFrom };
    this.frames.push(frame);
    return frame;
  }

  /** The kernel takes no page that cannot be read, and a page without rights is as good as none. */
  map(mapping: Mapping): void {
    if ((mapping.flags & MAP.read) !== 0 && mapping.size > 0) this.mappings.push(mapping);
  }
}

/** Adds to a list and tells the index. */
export function add<T>(list: T[], item: T): number {
  return list.push(item) - 1;
}
