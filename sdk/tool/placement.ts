import {
  GUEST_MEMORY,
  hex,
  hexRange,
  LARGE_PAGE,
  LOADER_START,
  MAIN_MEMORY,
  OUTSIDE_MAIN_MEMORY,
  PAGE,
  PHYSICAL_TOP,
  roundUp,
  type Range,
} from './board.js';
import { buildError } from './fail.js';
import type { MemoryRegion, SystemDescription } from './model.js';
import { PhysicalMemory } from './physical.js';
import type { Frame, Plan } from './plan.js';

/** One frame for each memory region. Those outside of main memory (devices, guest memory) are never cleared. */
export function planRegions(system: SystemDescription, plan: Plan, content: (path: string) => Uint8Array | undefined): Map<string, Frame> {
  const regions = new Map<string, Frame>();
  for (const region of system.memoryRegions) {
    const { name, size, physicalAddress, pageSize, at } = region;
    if (physicalAddress === undefined && size > BigInt(MAIN_MEMORY.end - MAIN_MEMORY.start)) {
      throw tooLarge(system, region, MAIN_MEMORY.end - MAIN_MEMORY.start);
    }
    if (physicalAddress !== undefined && physicalAddress + size > BigInt(PHYSICAL_TOP))
      throw beyondAddresses(system, region, physicalAddress);
    const frame = plan.addFrame(`MR=${name}`, Number(size), Number(pageSize));
    if (physicalAddress !== undefined) frame.address = Number(physicalAddress);
    else frame.clearFrom = 0;
    if (physicalAddress !== undefined && inside(frame, MAIN_MEMORY)) frame.clearFrom = 0;
    if (pageSize !== BigInt(PAGE) && pageSize !== BigInt(LARGE_PAGE))
      throw buildError(system, `page size ${hex(pageSize)} not supported`, at, 'page sizes are 0x1000 and 0x200000');
    if (region.prefill !== undefined) fill(system, region, frame, content(region.prefill));
    regions.set(name, frame);
  }
  return regions;
}

/** The region holds a file's bytes at its start. It must be where the loader can put them. */
function fill(system: SystemDescription, { name, prefill, size, at }: MemoryRegion, frame: Frame, bytes: Uint8Array | undefined): void {
  if (!bytes)
    throw buildError(
      system,
      `unable to find prefill file: '${prefill}'`,
      at,
      'write it, or add the folder that holds it to the search path',
      'returned',
    );
  if (BigInt(bytes.length) > size) {
    throw buildError(
      system,
      `memory region '${name}' has ${hex(size)} bytes, and '${prefill}' ${hex(bytes.length)}`,
      at,
      'leave size out, or make it larger',
      'plain',
    );
  }
  if (frame.clearFrom === undefined && !inside(frame, GUEST_MEMORY)) {
    throw buildError(
      system,
      `memory region '${name}' is filled from a file, and is outside of memory`,
      at,
      `leave phys_addr out, or choose one in ${hexRange(GUEST_MEMORY)} or ${hexRange(MAIN_MEMORY)}`,
      'plain',
    );
  }
  frame.content = bytes;
  if (frame.clearFrom !== undefined) frame.clearFrom = roundUp(bytes.length, PAGE);
}

function inside({ address, size }: Frame, { start, end }: Range): boolean {
  return address >= start && address + size <= end;
}

/**
 * Gives every frame its physical address. `occupied` is what kernel, system table, program images and monitor take, from the
 * start of main memory on; `loaderEnd` is where the loader's own memory ends.
 */
export function placeFrames(system: SystemDescription, plan: Plan, occupiedEnd: number, loaderEnd: number): void {
  const occupied = { start: MAIN_MEMORY.start, end: occupiedEnd };
  const main = new PhysicalMemory([{ start: occupiedEnd, end: MAIN_MEMORY.end }]);
  const outside = new PhysicalMemory(OUTSIDE_MAIN_MEMORY);
  // What has its address already is what the reader has fixed.
  for (const region of system.memoryRegions) {
    if (region.physicalAddress === undefined || region.size === 0n) continue;
    const range = { start: Number(region.physicalAddress), end: Number(region.physicalAddress + region.size) };
    if (!outside.takeAt(range) && !main.takeAt(range)) throw refused(system, region, range, occupied, main, outside);
  }
  // Whatever is placed freely keeps clear of the loader, whose page tables may outlive it.
  main.exclude({ start: LOADER_START, end: roundUp(loaderEnd, PAGE) });
  const pool = main.takeHighest(plan.pool.size, PAGE);
  if (pool === undefined) throw outOfMemory(system, plan.pool, main);
  plan.pool.address = pool;
  // Large pages first: they are hard to place in what small ones leave.
  const free = plan.frames.filter(({ address }) => address < 0);
  for (const frame of [...free].sort((a, b) => b.alignment - a.alignment)) {
    const address = main.takeLowest(frame.size, frame.alignment);
    if (address === undefined) {
      const region = system.memoryRegions.find(({ name }) => frame.name === `MR=${name}`);
      throw region ? tooLarge(system, region, main.largest()) : outOfMemory(system, frame, main);
    }
    frame.address = address;
  }
}

function refused(
  system: SystemDescription,
  region: MemoryRegion,
  range: Range,
  occupied: Range,
  main: PhysicalMemory,
  outside: PhysicalMemory,
): Error {
  const page = region.pageSize === BigInt(PAGE) ? '4 KiB' : '2 MiB';
  const name = `Page(${page}): MR=${region.name} @ ${range.start.toString(16)}`;
  if (range.start < occupied.end && range.end > occupied.start) {
    return buildError(
      system,
      `attempted to allocate object '${name}' at ${hex(range.start)} from reserved region, pick another physical address`,
      region.at,
      `the kernel, the monitor and the program images are at ${hexRange(occupied)}`,
      'layout',
    );
  }
  const list = [...main.ranges(), ...outside.ranges()].map(hexRange).join(', ');
  return buildError(
    system,
    `physical address ${hex(firstInvalid(range, main, outside))} not in any valid region, below are the valid ranges of memory to be allocated from:`,
    region.at,
    `valid ranges: ${list}`,
    'layout',
  );
}

function firstInvalid(range: Range, main: PhysicalMemory, outside: PhysicalMemory): number {
  const holder = [...main.ranges(), ...outside.ranges()].find(({ start, end }) => range.start >= start && range.start < end);
  return holder ? holder.end : range.start;
}

function beyondAddresses(system: SystemDescription, { name, size, at }: MemoryRegion, start: bigint): Error {
  return buildError(
    system,
    `memory region '${name}' is at [${hex(start)}..${hex(start + size)}), and physical addresses end at ${hex(PHYSICAL_TOP)}`,
    at,
    'choose a lower phys_addr, or leave it out',
    'layout',
    'phys_addr',
  );
}

function tooLarge(system: SystemDescription, region: MemoryRegion, largest: number): Error {
  return buildError(
    system,
    `failed to allocate objects for 'MR=${region.name}' of ${hex(region.size)} bytes`,
    region.at,
    `the largest piece of memory left has ${hex(largest)} bytes: make regions or stacks smaller`,
    'layout',
  );
}

function outOfMemory(system: SystemDescription, frame: Frame, main: PhysicalMemory): Error {
  return buildError(
    system,
    `failed to allocate objects for '${frame.name}' of ${hex(frame.size)} bytes`,
    undefined,
    `the largest piece of memory left has ${hex(main.largest())} bytes: make memory regions or stacks smaller`,
    'layout',
  );
}
