/** Pages of predecoded code: they go when they are data, when others need the room, and never while they are code. */
import * as L from './layout.js';
import type { Processor } from './processor.js';
import { HERE, assemble, moveImmediate, toBytes } from './testing/assembler.js';
import { RAM, bareProcessor, runFor, runSliced } from './testing/machine.js';

const addImmediate = (d: number, i: number): number => assemble('ADD_SUB_immediate', { f: 1, o: 0, S: 0, h: 0, i, n: d, d });
const countDown = (d: number): number => assemble('ADD_SUB_immediate', { f: 1, o: 1, S: 1, h: 0, i: 1, n: d, d });
const storeWord = (t: number, n: number, i: number): number => assemble('LDR_STR_unsigned_immediate', { z: 2, o: 0, i, n, t });
const unlessZero = (words: number): number => assemble('B_cond', { c: 1, i: words & 0x7ffff });
const branch = (words: number): number => assemble('B_BL', { o: 0, i: words & 0x3ffffff });
const callTo = (n: number): number => assemble('BLR', { n });
const advance = (d: number): number => assemble('ADD_SUB_immediate', { f: 1, o: 0, S: 0, h: 1, i: 1, n: d, d });
const RET = assemble('BR_RET', { o: 1, n: 30 });
const TLBI_ALL = assemble('TLBI_all', { p: 4, n: 8, m: 7, q: 0, t: 31 });

const CODE = RAM + 0x5000;

function withCode(program: readonly number[], code: readonly number[]): Processor {
  const cpu = bareProcessor(program);
  cpu.write(CODE, toBytes(code));
  return cpu;
}

test('a page of code that is overwritten as a whole is data: its stores are fast again', () => {
  const cpu = withCode(
    [
      ...moveImmediate(1, BigInt(CODE)),
      callTo(1),
      // Over the whole page, twice: all that was decoded is gone after the first word.
      ...moveImmediate(2, 2048n),
      storeWord(31, 1, 0),
      storeWord(31, 1, 1),
      storeWord(31, 1, 2),
      countDown(2),
      unlessZero(-4),
      HERE,
    ],
    [addImmediate(0, 7), RET],
  );
  runFor(cpu, 4);
  expect(cpu.isCode(CODE)).toBe(true);
  runFor(cpu, 100);
  expect(cpu.x(0)).toBe(7n);
  expect(cpu.isCode(CODE)).toBe(false);
});

test('a page that no translation leads to for execution is data after a few stores, and code again when it is executed', () => {
  const cpu = withCode(
    [
      ...moveImmediate(1, BigInt(CODE)),
      callTo(1),
      TLBI_ALL,
      storeWord(31, 1, 9),
      storeWord(31, 1, 9),
      storeWord(31, 1, 9),
      callTo(1),
      HERE,
    ],
    [addImmediate(0, 7), RET],
  );
  runFor(cpu, moveImmediate(1, BigInt(CODE)).length + 7);
  expect(cpu.isCode(CODE)).toBe(false);
  runFor(cpu, 10);
  expect(cpu.x(0)).toBe(14n);
  expect(cpu.isCode(CODE)).toBe(true);
});

test('a page that has both stays code, however often its data is written', () => {
  const cpu = withCode([...moveImmediate(1, BigInt(CODE)), callTo(1), storeWord(0, 1, 9), branch(-2)], [addImmediate(0, 1), RET]);
  runSliced(cpu, 400_000, 10_000);
  expect(cpu.isCode(CODE)).toBe(true);
  expect(cpu.translation.released).toBe(0);
});

test('a page with both whose translation goes and comes is not decoded over and over', () => {
  const cpu = withCode([...moveImmediate(1, BigInt(CODE)), callTo(1), TLBI_ALL, storeWord(0, 1, 9), branch(-3)], [addImmediate(0, 1), RET]);
  runSliced(cpu, 600_000, 10_000);
  expect(cpu.x(0)).toBeGreaterThan(90_000n);
  expect(cpu.translation.released).toBeGreaterThan(0);
  expect(cpu.translation.released).toBeLessThan(16);
});

test('more pages of code than the pool has room for: those in use stay, translated', () => {
  const pages = 700;
  const start = [...moveImmediate(5, BigInt(RAM))];
  // A loop, then the next page, which comes back to the loop; after the last one the first again.
  const loop = [...moveImmediate(3, 50n), countDown(3), unlessZero(-1), advance(5), assemble('BR_RET', { o: 0, n: 5 })];
  const [plain, translated] = [0, 20].map((threshold) => {
    const cpu = bareProcessor([...start, ...loop], { threshold });
    for (let page = 1; page <= pages; page++) {
      const back = page === pages ? 0 : start.length;
      cpu.write(RAM + page * 4096, toBytes([addImmediate(0, 1), branch(back - page * 1024 - 1)]));
    }
    return cpu;
  }) as [Processor, Processor];
  for (let round = 0; round < 40; round++) {
    for (const cpu of [plain, translated]) runSliced(cpu, 10_000, 250);
    expect(translated.digest()).toBe(plain.digest());
  }
  expect(plain.x(0)).toBeGreaterThan(3000n);
  expect(translated.translation.released).toBeGreaterThan(1000);
  // It went with the others when the pool was full for the first time, and rarely since.
  expect(translated.translation.modules).toBeLessThan(30);
  expect(translated.isTranslated(RAM + (start.length + moveImmediate(3, 50n).length) * 4)).toBe(true);
});

test('operations that share a counter of visits become hot, all of them', () => {
  // As many pages apart as it takes until the table of counters begins again.
  const pages = Math.floor((L.HEAT_MASK + 16) / L.OPS_PAGE_SIZE);
  const shift = (L.HEAT_MASK + 16 - pages * L.OPS_PAGE_SIZE) / L.OP_SIZE;
  const first = 200;
  const cpu = bareProcessor([...moveImmediate(3, 500n)], { threshold: 100 });
  const at = (page: number, index: number, words: readonly number[]): boolean => cpu.write(RAM + page * 4096 + index * 4, toBytes(words));
  const start = moveImmediate(3, 500n).length;
  at(0, start, [branch(first - start)]);
  at(0, first, [countDown(3), unlessZero(-1), branch(1024 - first - 2)]);
  for (let page = 1; page < pages; page++) at(page, 0, [branch(1024)]);
  const second = first + shift;
  at(pages, 0, [branch(second)]);
  at(pages, second, [addImmediate(0, 1), branch(-1)]);
  runSliced(cpu, 20_000);
  expect(cpu.isTranslated(RAM + first * 4)).toBe(true);
  expect(cpu.isTranslated(RAM + pages * 4096 + second * 4)).toBe(true);
});
