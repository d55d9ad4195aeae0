import * as L from './layout.js';
import { systemRegisters } from './sysregs/table.js';
import {
  ENTRY,
  MEMORY,
  OPERATION,
  OPERATIONS_PAGE,
  overlaps,
  STATE_PAGE,
  SYSTEM_REGISTERS,
  TLB_BANK,
  TLB_LINE,
  type Areas,
} from './testing/layout-areas.js';

const SPACES: [string, Areas, number, number][] = [
  ['memory', MEMORY, 0, L.RAM_HOST],
  ['state page', STATE_PAGE, L.STATE, L.STATE + 0x1000],
  ['system registers', SYSTEM_REGISTERS, 0, L.SYSREG_COUNT],
  ['page of operations', OPERATIONS_PAGE, 0, L.OPS_PAGE_SIZE],
  ['operation', OPERATION, 0, L.OP_SIZE],
  ['entry of a region', ENTRY, 0, L.ENTRY_SIZE],
  ['line of the TLB', TLB_LINE, 0, L.TLB_LINE_SIZE],
  ['bank of the TLB', TLB_BANK, 0, L.TLB_BANK_SIZE],
];

test.each(SPACES)('nothing overlaps in the %s', (_, areas, start, end) => {
  expect(overlaps(areas, start, end)).toEqual([]);
});

test('an overlap is found', () => {
  expect(overlaps({ ...STATE_PAGE, NEW_CELL: [L.STATE + 0x410, 4] }, L.STATE, L.STATE + 0x1000)).toEqual([
    'NEW_CELL begins before NZCV ends',
  ]);
  expect(overlaps({ a: [0, 8], b: [4, 2], c: [6, 4] }, 0, 8)).toEqual([
    'b begins before a ends',
    'c begins before a ends',
    'c goes past the end',
  ]);
  expect(overlaps({ a: [2, 2] }, 4, 8)).toEqual(['a begins before the start ends']);
});

/** Constants that are no place: sizes and counts, masks, values of cells, addresses of the guest, and other names of a place. */
const NO_PLACE =
  /^(SR_.*|SLOT_.*|EXIT_(?!REASON).*|(IRQ|FIQ)_(PHYSICAL|VIRTUAL)|CONDUIT_.*|STEP_.*|HANDLER_.*|REGION_(?!USED).*|TRACE_.*|WATCH_(READ|WRITE)|.*_(SIZE|COUNT|REGISTERS|COUNTERS|BANKS|LINES|PAGES|MAX|MASK)|MAX_PROCESSORS|OUTPUT_PERFORMANCE|GUEST_DEBUG|RAM_GUEST|RETURN_UNIT|PAGE_WRITABLE|PAGE_WRITTEN|DIRECT_FIRST)$/;

test('every place of the layout is checked', () => {
  const checked = new Set(SPACES.flatMap(([, areas]) => Object.keys(areas)));
  expect(Object.keys(L).filter((name) => !checked.has(name) && !NO_PLACE.test(name))).toEqual([]);
});

test('registers share a cell only where one sets what the other clears', () => {
  const owners = new Map<number, string[]>();
  for (const { cell, name } of systemRegisters) if (cell !== undefined) owners.set(cell, [...(owners.get(cell) ?? []), name]);
  expect([...owners.values()].filter((names) => names.length > 1)).toEqual([
    ['PMCNTENSET_EL0', 'PMCNTENCLR_EL0'],
    ['PMOVSCLR_EL0', 'PMOVSSET_EL0'],
    ['PMINTENSET_EL1', 'PMINTENCLR_EL1'],
  ]);
  expect(Math.max(...owners.keys())).toBeLessThan(L.SYSREG_COUNT);
});
