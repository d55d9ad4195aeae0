import type { Diagnostic } from '../diagnostic.js';
import { itemAt } from './item.js';
import type { Position, Source } from './source.js';

/** Sizes and addresses are in bytes, budgets and periods in microseconds. */
export interface MemoryRegion {
  name: string;
  size: bigint;
  /** 4 KiB or 2 MiB: what is written, or the largest that size and every address allow. */
  pageSize: bigint;
  /** `page_size` is written, so the pages do not grow. */
  pageSizeGiven: boolean;
  /** Absent: the tool chooses. */
  physicalAddress?: bigint | undefined;
  /** `prefill_path`: the file that its first bytes are. */
  prefill?: string | undefined;
  /** `prefill_bootinfo`: what the kernel is asked to put there. */
  bootInformation?: string | undefined;
  at: Position;
}

export interface Permissions {
  read: boolean;
  write: boolean;
  execute: boolean;
}

export interface MemoryMap {
  region: string;
  address: bigint;
  permissions: Permissions;
  cached: boolean;
  at: Position;
}

export interface Interrupt {
  /** As the interrupt controller counts: shared peripheral interrupt n is 32 + n. */
  irq: bigint;
  id: number;
  trigger: 'level' | 'edge';
  at: Position;
}

/** A variable of the program image that the tool fills in, 8 bytes wide. */
export interface SetVariable {
  symbol: string;
  value:
    | { kind: 'address'; address: bigint }
    | { kind: 'size'; region: string }
    | { kind: 'prefillSize'; region: string }
    | { kind: 'physicalAddress'; region: string }
    /** The identifier of a channel's end or an interrupt. */
    | { kind: 'id'; id: number };
  at: Position;
}

/** A capability for an object of a protection domain, its own or another's, that `cspace` gives. */
export interface SharedCapability {
  kind: 'tcb' | 'schedulingContext' | 'vspace';
  /** Whose: index in `SystemDescription.protectionDomains`. */
  pd: number;
  /** In the first level of the CSpace. */
  slot: number;
  at: Position;
}

/** A turn of a scheduling domain; at an `end`, the schedule goes back to its first turn. */
export interface DomainTurn {
  domain: number;
  unit: 'microseconds' | 'ticks' | 'end';
  duration: bigint;
}

export interface DomainSchedule {
  /** Numbers of the domains, by their names. */
  numbers: ReadonlyMap<string, number>;
  turns: DomainTurn[];
  /** Index of the turn that it begins with. */
  first: number;
  at: Position;
}

export interface VirtualCpu {
  id: number;
  at: Position;
}

export interface VirtualMachine {
  name: string;
  priority: number;
  budget: bigint;
  period: bigint;
  vcpus: VirtualCpu[];
  maps: MemoryMap[];
  at: Position;
}

export interface ProtectionDomain {
  name: string;
  priority: number;
  budget: bigint;
  period: bigint;
  passive: boolean;
  stackSize: bigint;
  /** It may use the floating-point and vector registers. */
  fpu: boolean;
  /** It may call the secure monitor. */
  smc: boolean;
  /** Its scheduling domain, where there is a schedule. */
  domain?: number | undefined;
  /** `symbols`: another file of the same program, which has the variables that are filled in. */
  programImage: { path: string; symbols?: string | undefined; at: Position };
  maps: MemoryMap[];
  interrupts: Interrupt[];
  setVariables: SetVariable[];
  virtualMachine?: VirtualMachine | undefined;
  shared: SharedCapability[];
  /** Index of the parent in `SystemDescription.protectionDomains`. */
  parent?: number | undefined;
  /** By which the parent knows this one. */
  id?: bigint | undefined;
  hasChildren: boolean;
  /** The older dialect: whoever has a channel to this protection domain may call it. */
  callable: boolean;
  at: Position;
}

export interface ChannelEnd {
  /** Index in `SystemDescription.protectionDomains`. */
  pd: number;
  id: number;
  notify: boolean;
  /** This end may make protected procedure calls to the other. */
  pp: boolean;
  at: Position;
}

export interface Channel {
  ends: [ChannelEnd, ChannelEnd];
  at: Position;
}

/** A system that has passed every check that needs no program image. */
export interface SystemDescription {
  file: string;
  source: Source;
  memoryRegions: MemoryRegion[];
  /** Children follow their parents, in the order of the file. */
  protectionDomains: ProtectionDomain[];
  channels: Channel[];
  schedule?: DomainSchedule | undefined;
  warnings: Diagnostic[];
}

/** What a protection domain needs an endpoint for: faults of children and guests, and calls. */
export function needsEndpoint(system: SystemDescription, pd: number): boolean {
  const domain = itemAt(system.protectionDomains, pd);
  return (
    domain.hasChildren ||
    domain.virtualMachine !== undefined ||
    system.channels.some(({ ends: [a, b] }) => (a.pp && b.pd === pd) || (b.pp && a.pd === pd))
  );
}
