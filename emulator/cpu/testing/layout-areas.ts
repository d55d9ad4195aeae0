/** How much room everything in `layout.ts` takes: that file has only constants, so the check is here. */
import * as L from '../layout.js';

/** Named pieces of one address space: where each begins, and how many units it takes. */
export type Areas = Readonly<Record<string, readonly [start: number, size: number]>>;

const PAGE = 4096;
/** Of a memory of 4 GiB: more than there can be. */
const PAGES = 2 ** 20;

/** The one linear memory, in bytes. Guest RAM, and the pool of operations after it, come last. */
export const MEMORY: Areas = {
  // Constant data of runtime.wasm: `--memoryBase` in scripts/build.mjs.
  RUNTIME_DATA: [PAGE, L.STATE - PAGE],
  STATE: [L.STATE, PAGE],
  OTHER_PROCESSORS: [L.OTHER_PROCESSORS, L.MAX_PROCESSORS * PAGE],
  BREAKPOINTS: [L.BREAKPOINTS, 4],
  WATCHPOINTS: [L.WATCHPOINTS, 4],
  WATCH_HIT: [L.WATCH_HIT, 4],
  TRACE: [L.TRACE, 4],
  WATCH_PASS: [L.WATCH_PASS, 8],
  WATCH_PASSER: [L.WATCH_PASSER, 8],
  WATCH_TABLE: [L.WATCH_TABLE, L.WATCH_MAX * L.WATCH_SIZE],
  GUEST_BREAKPOINTS: [L.GUEST_BREAKPOINTS, 4],
  GUEST_WATCHPOINTS: [L.GUEST_WATCHPOINTS, 4],
  GUEST_BREAKPOINT_TABLE: [L.GUEST_BREAKPOINT_TABLE, L.BREAKPOINT_REGISTERS * 8],
  GUEST_WATCH_TABLE: [L.GUEST_WATCH_TABLE, L.WATCHPOINT_REGISTERS * L.WATCH_SIZE],
  GUEST_DEBUG_BEFORE: [L.GUEST_DEBUG_BEFORE, L.GUEST_DEBUG_SIZE],
  DIVISIONS: [L.DIVISIONS, 8],
  DIVISION_TABLE: [L.DIVISION_TABLE, L.DIVISIONS_MAX * L.DIVISION_SIZE],
  TLB_AREA: [L.TLB_AREA, L.TLB_BANKS * L.TLB_BANK_SIZE],
  BANK_KEYS: [L.BANK_KEYS, PAGE],
  BANK_LARGE: [L.BANK_LARGE, L.TLB_BANKS * 64],
  HEAT: [L.HEAT, (L.HEAT_MASK >> 2) + 4],
  // Handlers and regions: see REGION_SLOTS of interpreter/generate.ts.
  REGION_USED: [L.REGION_USED, 0x10000],
  PAGE_MAP: [L.PAGE_MAP - L.DIRECT_PAGES * 4, (L.DIRECT_PAGES + PAGES) * 4],
  PAGE_RETURNS: [L.PAGE_RETURNS, PAGES * 2],
  POOL_OWNER: [L.POOL_OWNER, L.OPS_POOL_PAGES * 4],
  DIRECT_HOST: [L.DIRECT_HOST, L.DIRECT_PAGES * PAGE],
  RAM_HOST: [L.RAM_HOST, 0],
};

/** The cells of the resident processor, in bytes. */
export const STATE_PAGE: Areas = {
  X_BASE: [L.X_BASE, (L.SLOT_SP + 1) * 8],
  V_BASE: [L.V_BASE, 32 * 16],
  PC: [L.PC, 8],
  IP: [L.IP, 4],
  REMAINING: [L.REMAINING, 4],
  NZCV: [L.NZCV, 4],
  EL: [L.EL, 4],
  SPSEL: [L.SPSEL, 4],
  DAIF: [L.DAIF, 4],
  IRQ_LINES: [L.IRQ_LINES, 4],
  FP_TRAP: [L.FP_TRAP, 4],
  PAGE_VA: [L.PAGE_VA, 8],
  PAGE_OPS: [L.PAGE_OPS, 4],
  TLB_BASE: [L.TLB_BASE, 4],
  EXIT_REASON: [L.EXIT_REASON, 4],
  BUDGET: [L.BUDGET, 4],
  SLICE_START: [L.SLICE_START, 8],
  EXCLUSIVE_ADDRESS: [L.EXCLUSIVE_ADDRESS, 8],
  EXCLUSIVE_VALUE: [L.EXCLUSIVE_VALUE, 16],
  PSTATE_IL: [L.PSTATE_IL, 4],
  PSTATE_SS: [L.PSTATE_SS, 4],
  MPIDR: [L.MPIDR, 8],
  TIMER_OUTPUTS: [L.TIMER_OUTPUTS, L.TIMER_OUTPUT_COUNT * 4],
  STEP: [L.STEP, 4],
  IN_SLICE: [L.IN_SLICE, 4],
  FP_SLOW: [L.FP_SLOW, 4],
  RAM_SIZE: [L.RAM_SIZE, 4],
  OPS_POOL: [L.OPS_POOL, 4],
  OPS_POOL_USED: [L.OPS_POOL_USED, 4],
  OPS_POOL_SIZE: [L.OPS_POOL_SIZE, 4],
  OPS_POOL_FREE: [L.OPS_POOL_FREE, 4],
  OTHERS_READY: [L.OTHERS_READY, 4],
  CONDITION_TABLE: [L.CONDITION_TABLE, 16 * 2],
  CONDUIT: [L.CONDUIT, 4],
  HAS_EL2: [L.HAS_EL2, 4],
  BANK_OF_LEVEL: [L.BANK_OF_LEVEL, 3 * 4],
  BUS_ERROR: [L.BUS_ERROR, 4],
  HEAT_THRESHOLD: [L.HEAT_THRESHOLD, 4],
  SEMIHOSTING: [L.SEMIHOSTING, 4],
  SCRATCH: [L.SCRATCH, 64],
  FP_FINITE_D: [L.FP_FINITE_D, 8],
  FP_NORMAL_D: [L.FP_NORMAL_D, 8],
  FP_FINITE_S: [L.FP_FINITE_S, 4],
  FP_NORMAL_S: [L.FP_NORMAL_S, 4],
  FP_LEAST_D: [L.FP_LEAST_D, 8],
  FP_LEAST_S: [L.FP_LEAST_S, 4],
  FP_FINITE_2D: [L.FP_FINITE_2D, 16],
  FP_FINITE_4S: [L.FP_FINITE_4S, 16],
  FP_LEAST_2D: [L.FP_LEAST_2D, 16],
  FP_LEAST_4S: [L.FP_LEAST_4S, 16],
  SYSREG_BASE: [L.SYSREG_BASE, L.SYSREG_COUNT * 8],
};

/** Registers that take more than one cell. */
const REGISTER_COUNTS: Readonly<Record<string, number>> = {
  SR_DBGBVR: L.BREAKPOINT_REGISTERS,
  SR_DBGBCR: L.BREAKPOINT_REGISTERS,
  SR_DBGWVR: L.WATCHPOINT_REGISTERS,
  SR_DBGWCR: L.WATCHPOINT_REGISTERS,
  SR_PMEVCNTR: L.EVENT_COUNTERS,
  SR_PMEVTYPER: L.EVENT_COUNTERS,
  SR_FIRST_FREE: L.SYSREG_COUNT - L.SR_FIRST_FREE,
};

/** Numbers of system registers, in cells of eight bytes. */
export const SYSTEM_REGISTERS: Areas = Object.fromEntries(
  Object.entries(L)
    .filter(([name]) => name.startsWith('SR_'))
    .map(([name, number]) => [name, [number, REGISTER_COUNTS[name] ?? 1]]),
);

/** What the pool has for a page of predecoded code, in bytes. */
export const OPERATIONS_PAGE: Areas = {
  operations: [0, 1025 * L.OP_SIZE],
  OPS_ENTRIES: [L.OPS_ENTRIES, 1024 * L.ENTRY_SIZE],
  OPS_COVERED: [L.OPS_COVERED, 1024 / 8],
  OPS_WRITES: [L.OPS_WRITES, 4],
  OPS_LOOKED_FOR: [L.OPS_LOOKED_FOR, 1],
};

/** One operation, one entry of a region, one line and one bank of the TLB, in bytes. */
export const OPERATION: Areas = {
  OP_HANDLER: [L.OP_HANDLER, 2],
  OP_BYTES: [L.OP_BYTES, 6],
  OP_IMMEDIATE: [L.OP_IMMEDIATE, 8],
};
export const ENTRY: Areas = {
  ENTRY_SLOT: [L.ENTRY_SLOT, 4],
  ENTRY_HANDLER: [L.ENTRY_HANDLER, 2],
  ENTRY_COST: [L.ENTRY_COST, 2],
};
export const TLB_LINE: Areas = {
  LINE_TAG: [L.LINE_TAG, 8],
  LINE_ADDEND: [L.LINE_ADDEND, 4],
  LINE_PAGE: [L.LINE_PAGE, 4],
};
export const TLB_BANK: Areas = {
  TLB_READ: [L.TLB_READ, L.TLB_ARRAY_SIZE],
  TLB_WRITE: [L.TLB_WRITE, L.TLB_ARRAY_SIZE],
  TLB_FETCH: [L.TLB_FETCH, L.TLB_ARRAY_SIZE],
};

/** One text for each piece that begins before the one below it ends, or that does not lie in `start` to `end`. */
export function overlaps(areas: Areas, start: number, end: number): string[] {
  const sorted = Object.entries(areas).sort(([, [a]], [, [b]]) => a - b);
  let used = start;
  let last = 'the start';
  const found: string[] = [];
  for (const [name, [from, size]] of sorted) {
    if (from < used) found.push(`${name} begins before ${last} ends`);
    if (from + size > used) [used, last] = [from + size, name];
  }
  if (used > end) found.push(`${last} goes past the end`);
  return found;
}
