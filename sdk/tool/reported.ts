/** What a report says of the address spaces of a system, whoever wrote it. */

export interface ReportedMapping {
  start: number;
  end: number;
  /** Physical address of the first byte. */
  physical: number;
  /** Such as `rw-`. */
  rights: string;
  /** Of the region, or the tool's own: `ELF:client-0`, `STACK:client`. */
  name: string;
  cached: boolean;
  /** Such as `4 KiB`. */
  pageSize: string;
}

export interface ReportedCapability {
  /** Its address. */
  slot: number;
  /** Where `cspace` gives it: the slot that is written there. */
  shared?: number | undefined;
  /** As the report calls it: `Notification: PD=client`. */
  object: string;
  rights: string[];
  badge: bigint;
}

export type SpaceKind = 'domain' | 'machine' | 'monitor';

/** An address space, and the CSpace of what runs in it: a virtual machine has none. */
export interface ReportedSpace {
  kind: SpaceKind;
  name: string;
  mappings: ReportedMapping[];
  capabilities: ReportedCapability[];
  priority?: number | undefined;
  /** Physical address of its first table, where the report says so. */
  root?: number | undefined;
}

/** Whose an object is, by the report's name of it: `PD=client`, `VM=linux`, `VM(VCPU-0)=linux`, `monitor`. */
export function ownerOf(name: string): { kind: SpaceKind; name: string } {
  const [, kind, owner] = /^(PD|VM)(?:\(.*?\))?=(.*)$/.exec(name) ?? [];
  if (owner === undefined) return { kind: 'monitor', name };
  return { kind: kind === 'PD' ? 'domain' : 'machine', name: owner };
}

/** The name by which a space goes whose thread this is: the virtual CPUs of a machine share one. */
export function spaceOfThread(thread: string): string {
  return thread.replace(/^VM\(VCPU-\d+\)=/, 'VM=');
}

/** The address of a capability that `cspace` gives: a slot of the first of two levels, whose number is the six highest bits. */
export const sharedAddress = (slot: number): number => slot * 2 ** 58;

/** Of digits without `0x`. */
export function fromHex(digits: string): number {
  return parseInt(digits, 16);
}
