import { IPC_BUFFER_SYMBOL, segmentFlags } from './address-space.js';
import { PAGE, roundDown, roundUp } from './board.js';
import { ElfError, type ElfFile } from './elf.js';
import { sdkError } from './fail.js';
import { USER_TOP } from './limits.js';
import type { SystemDescription } from './model.js';
import { MAP, type Frame, type Plan, type Thread } from './plan.js';
import { nameBytes, THREAD_NAME_BYTES } from './table.js';
import { u64 } from './variables.js';

const STACK_BYTES = PAGE;
/** `pd_names` and `pd_stack_bottom` have one entry for each badge, from 1. */
const ENTRIES = 64;

export interface PlannedMonitor {
  frame: Frame;
  virtualStart: number;
}

/** The monitor's memory is one piece, IPC buffer page included; its segments keep their own rights. */
export function planMonitorSpace(plan: Plan, elf: ElfFile, thread: Thread): PlannedMonitor {
  const ipc = elf.symbol(IPC_BUFFER_SYMBOL);
  if (!ipc || ipc.address % PAGE !== 0) throw sdkError(elf.name, `no page-aligned symbol '${IPC_BUFFER_SYMBOL}'`);
  const { vspace } = thread;
  const pages = elf.segments.map((segment) => ({
    segment,
    from: roundDown(segment.vaddr, PAGE),
    to: roundUp(segment.vaddr + segment.memorySize, PAGE),
  }));
  const start = Math.min(...pages.map(({ from }) => from));
  const end = Math.max(...pages.map(({ to }) => to), ipc.address + PAGE);
  if (ipc.address < start || end - start > 0x100_0000) throw sdkError(elf.name, 'the monitor is not in one piece');
  const frame: Frame = { name: 'ELF:monitor', size: end - start, alignment: PAGE, address: -1, clearFrom: 0 };
  let mapped = start;
  for (const { segment, from, to } of pages) {
    if (from < mapped) throw sdkError(elf.name, 'two segments share a page');
    plan.map({
      vspace,
      name: 'ELF:monitor',
      vaddr: from,
      frame,
      offset: from - start,
      size: to - from,
      flags: segmentFlags(segment),
    });
    mapped = to;
  }
  const readWrite = MAP.read | MAP.write | MAP.cached;
  if (!pages.some(({ from, to }) => ipc.address >= from && ipc.address < to)) {
    plan.map({
      vspace,
      name: 'IPC Buffer: monitor',
      vaddr: ipc.address,
      frame,
      offset: ipc.address - start,
      size: PAGE,
      flags: readWrite,
    });
  }
  const top = Number(USER_TOP);
  const stack = plan.addFrame('STACK:monitor', STACK_BYTES, PAGE, 0);
  plan.map({
    vspace,
    name: stack.name,
    vaddr: top - STACK_BYTES,
    frame: stack,
    offset: 0,
    size: STACK_BYTES,
    flags: readWrite,
  });
  thread.entry = elf.entry;
  thread.stackPointer = top;
  thread.ipcBuffer = { vaddr: ipc.address, frame, offset: ipc.address - start };
  return { frame, virtualStart: start };
}

/** Tells the monitor whom it watches. */
export function patchMonitor(system: SystemDescription, elf: ElfFile): void {
  const domains = system.protectionDomains;
  const names = new Uint8Array(ENTRIES * THREAD_NAME_BYTES);
  const stacks = new Uint8Array(ENTRIES * 8);
  domains.forEach(({ name, stackSize }, index) => {
    names.set(nameBytes(name, THREAD_NAME_BYTES), (index + 1) * THREAD_NAME_BYTES);
    stacks.set(u64(USER_TOP - stackSize), (index + 1) * 8);
  });
  const values: [string, Uint8Array][] = [
    ['pd_names', names],
    ['pd_stack_bottom', stacks],
    ['pd_count', u64(domains.length)],
    ['has_schedule', u64(system.schedule ? 1 : 0)],
  ];
  for (const [symbol, value] of values) {
    try {
      if (!elf.patch(symbol, value)) throw sdkError(elf.name, `no symbol named '${symbol}'`);
    } catch (error) {
      throw error instanceof ElfError ? sdkError(elf.name, error.message) : error;
    }
  }
}
