import { HERE, assemble, moveImmediate, msr, toBytes } from '../testing/assembler.js';
import { RAM, bareProcessor } from '../testing/machine.js';
import type { Processor } from '../processor.js';

const add = (d: number, n: number, m: number): number => assemble('ADD_SUB_shifted_register', { f: 1, o: 0, S: 0, h: 0, m, i: 0, n, d });
const addImmediate = (d: number, n: number, i: number): number => assemble('ADD_SUB_immediate', { f: 1, o: 0, S: 0, h: 0, i, n, d });
const subs = (d: number, n: number, i: number, f = 1): number => assemble('ADD_SUB_immediate', { f, o: 1, S: 1, h: 0, i, n, d });
const branchIf = (c: number, words: number): number => assemble('B_cond', { c, i: words & 0x7ffff });
const branch = (words: number): number => assemble('B_BL', { o: 0, i: words & 0x3ffffff });
const call = (words: number): number => assemble('B_BL', { o: 1, i: words & 0x3ffffff });
const RET = assemble('BR_RET', { o: 1, n: 30 });
const load = (t: number, n: number, i = 0): number => assemble('LDR_STR_unsigned_immediate', { z: 3, o: 1, i, n, t });
const store = (t: number, n: number, i = 0): number => assemble('LDR_STR_unsigned_immediate', { z: 3, o: 0, i, n, t });
/** The lowest bits of a register. */
const lowest = (d: number, n: number, bits: number): number =>
  assemble('AND_ORR_EOR_immediate', { f: 1, o: 0, N: 1, r: 0, s: bits - 1, n, d });
/** An entry of 8 bytes of the table at `n`. */
const entry = (kind: 'load' | 'store', t: number, n: number, m: number): number =>
  assemble('LDR_STR_register', { z: 3, o: kind === 'load' ? 1 : 0, m, p: 3, S: 1, n, t });

/** Programs that do what translation can get wrong. Each runs for ever. */
const programs: Record<string, number[]> = {
  'a loop inside a loop': [
    ...moveImmediate(1, 37n),
    ...moveImmediate(2, 11n),
    add(0, 0, 2),
    subs(2, 2, 1),
    branchIf(1, -2),
    add(3, 3, 0),
    subs(1, 1, 1),
    branchIf(12, -6),
    branch(-8),
  ],
  'flags that outlive their block': [
    subs(31, 0, 5, 0),
    addImmediate(0, 0, 1),
    branch(2),
    assemble('HINT', {}),
    assemble('CSEL_CSINC_CSINV_CSNEG', { f: 1, o: 0, p: 1, n: 1, m: 1, c: 11, d: 1 }),
    assemble('CCMP_CCMN', { f: 1, o: 1, i: 1, m: 9, c: 3, n: 0, z: 5 }),
    assemble('ADC_SBC', { f: 0, o: 1, S: 1, m: 0, n: 1, d: 2 }),
    branchIf(6, 3),
    assemble('AND_ORR_EOR_immediate', { f: 1, o: 3, N: 1, r: 0, s: 3, n: 0, d: 3 }),
    branchIf(0, 1),
    assemble('ADC_SBC', { f: 1, o: 0, S: 1, m: 1, n: 2, d: 4 }),
    branch(-11),
  ],
  'calls and returns': [
    ...moveImmediate(9, BigInt(RAM + 0x3000)),
    assemble('ADD_SUB_immediate', { f: 1, o: 0, S: 0, h: 0, i: 0, n: 9, d: 31 }),
    call(3),
    add(5, 5, 0),
    branch(-2),
    assemble('LDP_STP', { o: 1, p: 3, L: 0, i: -2 & 0x7f, u: 30, n: 31, t: 29 }),
    addImmediate(0, 0, 3),
    call(3),
    assemble('LDP_STP', { o: 1, p: 1, L: 1, i: 2, u: 30, n: 31, t: 29 }),
    RET,
    assemble('MADD_MSUB', { f: 1, o: 0, m: 0, a: 1, n: 0, d: 1 }),
    RET,
  ],
  'code that changes under itself': [
    ...moveImmediate(1, BigInt(RAM + 0x10)),
    assemble('LDR_STR_unsigned_immediate', { z: 2, o: 1, i: 0, n: 1, t: 2 }),
    branch(1),
    addImmediate(0, 0, 1), // 0x10: its immediate counts up
    assemble('ADD_SUB_immediate', { f: 0, o: 0, S: 0, h: 0, i: 0x400, n: 2, d: 2 }),
    assemble('AND_ORR_EOR_immediate', { f: 0, o: 0, N: 0, r: 0, s: 29, n: 2, d: 3 }),
    addImmediate(4, 4, 1),
    assemble('AND_ORR_EOR_immediate', { f: 1, o: 0, N: 1, r: 0, s: 5, n: 4, d: 5 }),
    assemble('CBZ_CBNZ', { f: 1, o: 1, i: 2, t: 5 }),
    assemble('LDR_STR_unsigned_immediate', { z: 2, o: 0, i: 0, n: 1, t: 2 }),
    branch(-7),
  ],
  'memory of every kind': [
    ...moveImmediate(1, BigInt(RAM + 0x2ff0)),
    ...moveImmediate(6, 0x09000000n),
    store(0, 1),
    load(2, 1, 1),
    addImmediate(1, 1, 4), // crosses into the next page by and by
    assemble('LDXR_LDAXR', { z: 3, n: 7, t: 3, s: 31, u: 31 }),
    load(4, 6),
    store(4, 6),
    add(0, 0, 4), // a device
    subs(31, 1, 0),
    assemble('AND_ORR_EOR_immediate', { f: 1, o: 0, N: 1, r: 52, s: 50, n: 1, d: 1 }),
    branch(-9),
  ],
  'a table of jumps, as a switch or an interpreter has one': [
    ...moveImmediate(9, BigInt(RAM + 0x3000)), // the table: filled below, in steps of 16 bytes of code
    ...[0, 1, 2, 3].flatMap((i) => [...moveImmediate(2, BigInt(RAM + 0x200 + 16 * i)), store(2, 9, i)]),
    ...moveImmediate(3, 0n),
    ...moveImmediate(4, BigInt(RAM + 0x200)),
    assemble('BR_RET', { o: 0, n: 4 }),
  ],
  'entries of a small table, which lies over two pages': [
    ...moveImmediate(9, BigInt(RAM + 0x2f00)),
    ...moveImmediate(8, BigInt(RAM + 0x800)), // beside code: to be written by the interpreter
    addImmediate(0, 0, 37),
    lowest(5, 0, 8),
    entry('load', 6, 9, 5),
    add(6, 6, 0),
    entry('store', 6, 9, 5),
    lowest(4, 6, 4),
    entry('load', 2, 8, 4),
    addImmediate(2, 2, 1),
    entry('store', 2, 8, 4),
    add(3, 3, 2),
    branch(-10),
  ],
  'a small table that moves, to where there is nothing': [
    ...moveImmediate(0, BigInt(RAM + 0x800)),
    msr('VBAR_EL2', 0),
    ...moveImmediate(1, BigInt(RAM + 0x3fe000)),
    addImmediate(0, 0, 37),
    lowest(5, 0, 3),
    entry('load', 2, 1, 5),
    addImmediate(1, 1, 8),
    add(3, 3, 2),
    branch(-5),
  ],
  'a loop that ends in nothing': [
    ...moveImmediate(0, BigInt(RAM + 0x800)),
    msr('VBAR_EL2', 0),
    ...moveImmediate(1, BigInt(RAM + 0x3fe000)),
    load(2, 1),
    addImmediate(1, 1, 8),
    add(3, 3, 2),
    branch(-3),
  ],
};

function machine(program: readonly number[], threshold: number): Processor {
  let count = 0;
  const cpu = bareProcessor(program, { threshold, bus: { read: () => count++ & 0xff, write: (_, value) => ((count += value), true) } });
  cpu.write(RAM + 0xa00, toBytes([addImmediate(10, 10, 1), ...moveImmediate(1, BigInt(RAM + 0x3ff800)), assemble('ERET')]));
  cpu.setX(7, BigInt(RAM + 0x2000));
  // Four ways of the table of jumps: each counts, and chooses the next by what all have counted.
  [0, 1, 2, 3].forEach((i) => {
    const next = [
      addImmediate(3, 3, 2 * i + 1),
      assemble('AND_ORR_EOR_immediate', { f: 1, o: 0, N: 1, r: 0, s: 1, n: 3, d: 5 }),
      branch((0x240 - 0x200 - 16 * i - 8) / 4),
    ];
    cpu.write(RAM + 0x200 + 16 * i, toBytes(next));
  });
  cpu.write(
    RAM + 0x240,
    toBytes([assemble('LDR_STR_register', { z: 3, o: 1, m: 5, p: 3, S: 1, n: 9, t: 6 }), assemble('BR_RET', { o: 0, n: 6 })]),
  );
  return cpu;
}

describe.each(Object.entries(programs))('%s', (_, program) => {
  test.each([1, 3, 40])('has the same states with code translated after %i visits, however it is sliced', (threshold) => {
    const plain = machine(program, 0);
    const translated = machine(program, threshold);
    let state = 1;
    let now = 0;
    for (let round = 0; round < 60; round++) {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      const until = now + 1 + ((state >>> 8) % 9000);
      for (const cpu of [plain, translated]) {
        for (let time = now; time < until;) time += cpu.run(time, Math.min(until - time, cpu === plain ? 1 << 20 : 4096)).executed;
      }
      now = until;
      expect(translated.digest()).toBe(plain.digest());
    }
    expect(translated.translation.modules).toBeGreaterThan(0);
    expect(plain.translation.modules).toBe(0);
  });
});

test('a guest that rewrites its code for ever is left to the interpreter, and its regions do not pile up', () => {
  const cpu = machine(programs['code that changes under itself']!, 1);
  for (let now = 0; now < 3_000_000;) now += cpu.run(now, 50_000).executed;
  expect(cpu.translation.invalidations).toBeLessThan(40);
  expect(cpu.translation.regions).toBeLessThan(10);
});

test('DMA into translated code is seen at the next slice, and nowhere sooner or later', () => {
  const [plain, translated] = [0, 1].map((threshold) => machine([addImmediate(0, 0, 1), addImmediate(1, 1, 1), branch(-2)], threshold)) as [
    Processor,
    Processor,
  ];
  let now = 0;
  for (let round = 1; round < 40; round++) {
    for (const cpu of [plain, translated]) {
      for (let time = now; time < now + 1000;) time += cpu.run(time, Math.min(250, now + 1000 - time)).executed;
      // A device writes another instruction over the second one.
      cpu.write(RAM + 4, toBytes([addImmediate(1, 1, round)]));
    }
    now += 1000;
    expect(translated.digest()).toBe(plain.digest());
  }
  expect(translated.translation.invalidations).toBeGreaterThan(3);
});

test('HERE is a loop, too', () => {
  const cpu = machine([HERE], 1);
  for (let now = 0; now < 100_000;) now += cpu.run(now, 30_000).executed;
  expect(cpu.pc).toBe(BigInt(RAM));
});
