import * as L from '../layout.js';
import type { CompiledRegion } from './compiler.js';
import { Regions } from './regions.js';

const POOL = 0x200000;
const HANDLER = 77;

/** A table that remembers what it was given. */
class FakeTable {
  readonly length = 64;
  readonly slots = new Map<number, unknown>();

  set(index: number, value: unknown): void {
    this.slots.set(index, value);
  }
}

function fixture(): { regions: Regions; view: DataView; table: FakeTable } {
  const view = new DataView(new ArrayBuffer(POOL + 4 * L.OPS_PAGE_SIZE));
  for (let page = 0; page < 4; page++) {
    for (let index = 0; index < 1024; index++)
      view.setUint16(POOL + page * L.OPS_PAGE_SIZE + index * L.OP_SIZE + L.OP_HANDLER, HANDLER, true);
  }
  const table = new FakeTable();
  return { regions: new Regions(view, table, 40), view, table };
}

const operationsOf = (page: number): number => POOL + page * L.OPS_PAGE_SIZE;
const region = (...entries: number[]): CompiledRegion => ({
  page: 0,
  entries: entries.map((index) => ({ index, need: 5 })),
  covered: Uint16Array.from(entries),
  loop: Uint16Array.from(entries),
});

test('an operation has one region, which is entered by its slot, and its own handler back when the code changes', () => {
  const { regions, view, table } = fixture();
  const code = (): void => undefined;
  expect(regions.install(operationsOf(1), region(10, 20), 100, code)).toBe(true);
  expect(regions.install(operationsOf(1), region(20, 30), 100, code)).toBe(true);
  const [first, second] = regions.of(operationsOf(1));
  expect([first!.entries, second!.entries]).toEqual([[10, 20], [30]]);
  const ip = operationsOf(1) + 20 * L.OP_SIZE;
  expect(regions.handlerAt(ip)).toBe(L.HANDLER_TRANSLATED);
  expect(view.getUint32(operationsOf(1) + L.OPS_ENTRIES + 20 * L.ENTRY_SIZE + L.ENTRY_SLOT, true)).toBe(first!.slot);
  regions.drop(operationsOf(1));
  expect(regions.handlerAt(ip)).toBe(HANDLER);
  expect([regions.count, regions.bytes]).toEqual([0, 0]);
  expect([...table.slots.values()]).toEqual([null, null]);
});

test('when there is no room, what nobody has entered since the last time goes first', () => {
  const { regions, view } = fixture();
  for (let page = 0; page < 4; page++) for (const index of [1, 2]) regions.install(operationsOf(page), region(index), 10, () => undefined);
  const all = [0, 1, 2, 3].flatMap((page) => [...regions.of(operationsOf(page))]);
  // All are new, so the first ones go; afterwards nobody has entered any but two.
  expect(regions.evict()).toBe(4);
  const kept = all.filter(({ operations, slot }) => regions.of(operations).some((one) => one.slot === slot));
  expect(kept).toHaveLength(4);
  for (const { slot } of kept.slice(0, 2)) view.setUint8(L.REGION_USED + slot, 1);
  expect(regions.evict()).toBe(2);
  expect([0, 1, 2, 3].flatMap((page) => regions.of(operationsOf(page)).map(({ slot }) => slot))).toEqual(
    kept.slice(0, 2).map(({ slot }) => slot),
  );
});

test('a full table takes no more, and a slot that was given back is used again', () => {
  const { regions } = fixture();
  for (let index = 0; index < 24; index++) expect(regions.install(operationsOf(0), region(index), 1, () => undefined)).toBe(true);
  expect(regions.install(operationsOf(1), region(1), 1, () => undefined)).toBe(false);
  regions.drop(operationsOf(0));
  expect(regions.install(operationsOf(1), region(1), 1, () => undefined)).toBe(true);
});
