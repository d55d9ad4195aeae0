/** Reads `report.txt` back: what the tool planned for the image beside it. `read-real-report.ts` reads SDK 2.0.1's. */
import { readRealReport } from './read-real-report.js';
import {
  fromHex,
  ownerOf,
  sharedAddress,
  spaceOfThread,
  type ReportedCapability,
  type ReportedMapping,
  type ReportedSpace,
} from './reported.js';

export { ownerOf, type ReportedCapability, type ReportedMapping, type ReportedSpace, type SpaceKind } from './reported.js';

/** In the order of the system table. Empty for a report of a tool that writes no such details. */
export function readReport(text: string): ReportedSpace[] {
  const sections = sectionsOf(text);
  if (sections.has('System Kernel Invocations Detail')) return readRealReport(sections);
  const priorities = new Map(
    (sections.get('Allocated Kernel Objects Detail') ?? []).flatMap((line): [string, number][] => {
      const [, thread, priority] = /^\s+TCB: (.*?)\s+tcb index=\d+ priority=(\d+)/.exec(line) ?? [];
      return thread === undefined ? [] : [[spaceOfThread(thread), Number(priority)]];
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

/** A kernel object, and which of its kind it is in the microkernel's memory. */
export interface ReportedObject {
  /** As the report calls it: `TCB`, `EP`, `Reply`. */
  kind: string;
  /** Such as `PD=client`, for `ownerOf`. */
  owner: string;
  index: number;
  /** Of a thread: the virtual address at which it begins. */
  entry?: number;
}

/** Of the embedded microkernel's systems; none in other reports. */
export function readObjects(text: string): ReportedObject[] {
  return (sectionsOf(text).get('Allocated Kernel Objects Detail') ?? []).flatMap((line) => {
    const [, kind, owner, index, entry] = /^\s+(\w+): (.*?)\s+\w+ index=(\d+)(?:.* entry=([0-9a-f]+))?/.exec(line) ?? [];
    if (kind === undefined || owner === undefined) return [];
    return [{ kind, owner, index: Number(index), ...(entry !== undefined && { entry: fromHex(entry) }) }];
  });
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
  const [, start = '', end = '', physical = '', rights = '', name = '', kind, pageSize = ''] = match;
  return { start: fromHex(start), end: fromHex(end), physical: fromHex(physical), rights, name, cached: kind === 'cached', pageSize };
}

function capability(line: string): ReportedCapability | undefined {
  const match = /^ +(cspace +)?(\d+) (.*?)(?: rights=(\S+))?(?: badge=([0-9a-f]+))?$/.exec(line);
  if (!match) return undefined;
  const [, level, digits, object = '', rights, badge = '0'] = match;
  const slot = Number(digits);
  const place = level === undefined ? { slot } : { slot: sharedAddress(slot), shared: slot };
  return { ...place, object, rights: rights?.split('+') ?? [], badge: BigInt(`0x${badge}`) };
}
