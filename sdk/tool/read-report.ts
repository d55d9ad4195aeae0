/** Reads `report.txt` back: what the tool planned for the image that stands beside it. `read-real-report.ts` reads SDK 2.0.1's. */
import { readRealReport } from './read-real-report.js';

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
  slot: number;
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
  priority?: number;
  /** Physical address of its first table, where the report says so. */
  root?: number;
}

/** In the order of the system table. Empty for a report of a tool that writes no such details. */
export function readReport(text: string): ReportedSpace[] {
  const sections = sectionsOf(text);
  if (sections.has('System Kernel Invocations Detail')) return readRealReport(sections);
  const priorities = new Map(
    (sections.get('Allocated Kernel Objects Detail') ?? []).flatMap((line): [string, number][] => {
      const match = /^\s+TCB: (.*?)\s+tcb index=\d+ priority=(\d+)/.exec(line);
      return match ? [[match[1].replace(/^VM\(VCPU-\d+\)=/, 'VM='), Number(match[2])]] : [];
    }),
  );
  const capabilities = groups(sections.get('Capabilities Detail') ?? [], 'CNode: ', capability);
  return [...groups(sections.get('Mappings Detail') ?? [], 'VSpace: ', mapping)].map(([owner, mappings]) => ({
    ...ownerOf(owner),
    mappings,
    capabilities: capabilities.get(owner) ?? [],
    priority: priorities.get(owner),
  }));
}

/** Whose an object is, by the report's name of it: `PD=client`, `VM=linux`, `VM(VCPU-0)=linux`, `monitor`. */
export function ownerOf(name: string): { kind: SpaceKind; name: string } {
  const match = /^(PD|VM)(?:\(.*?\))?=(.*)$/.exec(name);
  if (!match) return { kind: 'monitor', name };
  return { kind: match[1] === 'PD' ? 'domain' : 'machine', name: match[2] };
}

function sectionsOf(text: string): Map<string, string[]> {
  const sections = new Map<string, string[]>();
  let lines: string[] = [];
  for (const line of text.split('\n')) {
    const title = /^# (.*)$/.exec(line)?.[1];
    if (title !== undefined) sections.set(title, (lines = []));
    else lines.push(line);
  }
  return sections;
}

/** The lines after each line of four blanks and a title. */
function groups<T>(lines: readonly string[], title: string, read: (line: string) => T | undefined): Map<string, T[]> {
  const found = new Map<string, T[]>();
  let items: T[] = [];
  for (const line of lines) {
    if (line.startsWith(`    ${title}`)) {
      found.set(line.slice(4 + title.length).trim(), (items = []));
      continue;
    }
    const item = read(line);
    if (item) items.push(item);
  }
  return found;
}

function mapping(line: string): ReportedMapping | undefined {
  const match = /^ +\[0x([0-9a-f]+)\.\.0x([0-9a-f]+)\) -> 0x([0-9a-f]+) ([r-][w-][x-]) (.*) \((cached|device), (.*) pages\)$/.exec(line);
  if (!match) return undefined;
  const [start, end, physical] = match.slice(1, 4).map((digits) => parseInt(digits, 16));
  return { start, end, physical, rights: match[4], name: match[5], cached: match[6] === 'cached', pageSize: match[7] };
}

function capability(line: string): ReportedCapability | undefined {
  const match = /^ +(\d+) (.*?)(?: rights=(\S+))?(?: badge=([0-9a-f]+))?$/.exec(line);
  if (!match) return undefined;
  return { slot: Number(match[1]), object: match[2], rights: match[3]?.split('+') ?? [], badge: BigInt(`0x${match[4] ?? '0'}`) };
}
