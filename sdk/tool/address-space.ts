import { hex, LARGE_PAGE, PAGE, roundDown, roundUp } from './board.js';
import type { ElfFile, Segment } from './elf.js';
import { buildError } from './fail.js';
import { USER_TOP } from './limits.js';
import type { MemoryMap, ProtectionDomain, SystemDescription } from './model.js';
import { MAP, type Frame, type Mapping, type Plan, type Thread } from './plan.js';

export const IPC_BUFFER_SYMBOL = '__sel4_ipc_buffer_obj';

/** A segment of a program image and the memory it is loaded into. */
export interface LoadedSegment {
  /** As the report calls it. */
  name: string;
  segment: Segment;
  frame: Frame;
}

interface Area {
  name: string;
  start: number;
  end: number;
  kind: 'elf' | 'stack' | 'ipc';
}

export function segmentFlags(segment: Segment): number {
  return MAP.cached | (segment.readable ? MAP.read : 0) | (segment.writable ? MAP.write : 0) | (segment.executable ? MAP.execute : 0);
}

/** Plans what a protection domain finds at its addresses: program, IPC buffer, stack and memory regions. */
export function planDomainSpace(
  system: SystemDescription,
  plan: Plan,
  domain: ProtectionDomain,
  elf: ElfFile,
  thread: Thread,
  regions: ReadonlyMap<string, Frame>,
): LoadedSegment[] {
  const { vspace } = thread;
  const fail = (message: string, hint: string): Error => buildError(system, message, domain.programImage.at, hint, 'returned');
  const areas: Area[] = [];
  const segments = elf.segments.map((segment, index): LoadedSegment => {
    const name = `ELF:${domain.name}-${index}`;
    const start = roundDown(segment.vaddr, PAGE);
    const end = roundUp(segment.vaddr + segment.memorySize, PAGE);
    if (end > Number(USER_TOP))
      throw fail(
        `ELF '${elf.name}': a segment is at ${hex(segment.vaddr)}, addresses end at ${hex(USER_TOP)}`,
        'link it with -Tmicrokit.ld',
      );
    const other = areas.find((area) => start < area.end && end > area.start);
    if (other)
      throw fail(
        `ELF '${elf.name}': two segments share the page at ${hex(start)}`,
        'start each segment on a page of its own, as microkit.ld does',
      );
    areas.push({ name, start, end, kind: 'elf' });
    const frame: Frame = { name, size: end - start, alignment: PAGE, address: -1, clearFrom: 0 };
    plan.map({ vspace, name, vaddr: start, frame, offset: 0, size: end - start, flags: segmentFlags(segment) });
    return { name, segment, frame };
  });

  const ipcArea = planIpcBuffer(plan, domain.name, elf, thread, segments, fail);
  if (ipcArea) areas.push(ipcArea);

  const stackTop = Number(USER_TOP);
  const stackSize = Number(domain.stackSize);
  const stack = plan.addFrame(`STACK:${domain.name}`, stackSize, PAGE, 0);
  const flags = MAP.read | MAP.write | MAP.cached;
  const stackArea: Area = { name: stack.name, start: stackTop - stackSize, end: stackTop, kind: 'stack' };
  const clash = areas.find((area) => area.end > stackArea.start);
  if (clash) throw fail(`ELF '${elf.name}': '${clash.name}' overlaps with the stack`, 'link it with -Tmicrokit.ld');
  areas.push(stackArea);
  plan.map({ vspace, name: stack.name, vaddr: stackArea.start, frame: stack, offset: 0, size: stackSize, flags });

  for (const map of domain.maps) {
    checkAgainst(system, domain, map, areas);
    mapRegion(plan, vspace, map, regions);
  }
  thread.entry = elf.entry;
  thread.stackPointer = stackTop;
  return segments;
}

/** The page that `microkit.ld` keeps for the IPC buffer after .bss; returns it if no segment holds it already. */
function planIpcBuffer(
  plan: Plan,
  owner: string,
  elf: ElfFile,
  thread: Thread,
  segments: readonly LoadedSegment[],
  fail: (message: string, hint: string) => Error,
): Area | undefined {
  const symbol = elf.symbol(IPC_BUFFER_SYMBOL);
  if (!symbol)
    throw fail(
      `No symbol named '${IPC_BUFFER_SYMBOL}' in ELF '${elf.name}' for PD '${owner}'`,
      'link the program with -lmicrokit -Tmicrokit.ld, and do not strip it',
    );
  const vaddr = symbol.address;
  if (vaddr % PAGE !== 0 || vaddr + PAGE > Number(USER_TOP)) {
    throw fail(`symbol '${IPC_BUFFER_SYMBOL}' in ELF '${elf.name}' is not at the start of a page`, 'link it with -Tmicrokit.ld');
  }
  const inside = segments.find(
    ({ segment, frame }) => vaddr >= roundDown(segment.vaddr, PAGE) && vaddr < roundDown(segment.vaddr, PAGE) + frame.size,
  );
  if (inside) {
    thread.ipcBuffer = { vaddr, frame: inside.frame, offset: vaddr - roundDown(inside.segment.vaddr, PAGE) };
    return undefined;
  }
  const frame = plan.addFrame(`IPC Buffer: PD=${owner}`, PAGE, PAGE, 0);
  thread.ipcBuffer = { vaddr, frame, offset: 0 };
  plan.map({
    vspace: thread.vspace,
    name: frame.name,
    vaddr,
    frame,
    offset: 0,
    size: PAGE,
    flags: MAP.read | MAP.write | MAP.cached,
  });
  return { name: frame.name, start: vaddr, end: vaddr + PAGE, kind: 'ipc' };
}

/** Maps the whole region; `map` has been checked against all others of its address space. */
export function mapRegion(plan: Plan, vspace: number, map: MemoryMap, regions: ReadonlyMap<string, Frame>): void {
  const frame = regions.get(map.region);
  if (!frame) throw new Error(`region ${map.region} has passed the checks but is not planned`);
  const { read, write, execute } = map.permissions;
  const flags =
    (read ? MAP.read : 0) |
    (write ? MAP.write : 0) |
    (execute ? MAP.execute : 0) |
    (map.cached ? MAP.cached : 0) |
    (frame.alignment === LARGE_PAGE ? MAP.large : 0);
  const mapping: Mapping = {
    vspace,
    name: map.region,
    vaddr: Number(map.address),
    frame,
    offset: 0,
    size: frame.size,
    flags,
  };
  plan.map(mapping);
}

function checkAgainst(system: SystemDescription, domain: ProtectionDomain, map: MemoryMap, areas: readonly Area[]): void {
  const size = system.memoryRegions.find(({ name }) => name === map.region)?.size ?? 0n;
  const [start, end] = [map.address, map.address + size];
  const other = areas.find((area) => start < BigInt(area.end) && end > BigInt(area.start));
  if (!other) return;
  const range = (from: number | bigint, to: number | bigint): string => `[${hex(from)}..${hex(to)})`;
  const message =
    `PD '${domain.name}' contains overlapping map, mapping for '${map.region}' ${range(start, end)} overlaps with mapping ` +
    `for '${other.name}' ${range(other.start, other.end)}`;
  const above = Math.max(...areas.filter(({ kind }) => kind !== 'stack').map((area) => area.end));
  const remedy = `choose a vaddr from ${hex(roundUp(above, LARGE_PAGE))} on`;
  const what = {
    elf: `the ELF for PD '${domain.name}'`,
    stack: `stack region or PD '${domain.name}'`,
    ipc: `the IPC buffer of PD '${domain.name}'`,
  }[other.kind];
  throw buildError(system, message, map.at, `mapping for '${map.region}' would overlap with ${what}: ${remedy}`, 'layout', 'vaddr');
}
