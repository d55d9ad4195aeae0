import type { DirectMemory } from '../devices/peripheral.js';
import { HERE, assemble, moveImmediate, msr, toBytes } from './testing/assembler.js';
import { bareProcessor, runFor } from './testing/machine.js';
import type { Processor } from './processor.js';

const BASE = 0x1000;
const PAGES = 2000;
const add = (d: number, i: number): number => assemble('ADD_SUB_immediate', { f: 1, o: 0, S: 0, h: 0, i, n: d, d });
const RET = assemble('BR_RET', { o: 1, n: 30 });
const load = (t: number, n: number): number => assemble('LDR_STR_unsigned_immediate', { z: 3, o: 1, i: 0, n, t });
const store = (t: number, n: number): number => assemble('LDR_STR_unsigned_immediate', { z: 2, o: 0, i: 0, n, t });
const call = (n: number): number => assemble('BLR', { n });

/** A device that reads like memory, until somebody writes 1 to it; then it reads as 0x55. */
function flash(content: Uint8Array, program: readonly number[], threshold = 0): { cpu: Processor; reads: () => number } {
  const bytes = new Uint8Array(PAGES * 4096);
  bytes.set(content);
  let array = true;
  let reads = 0;
  const cpu = bareProcessor(program, {
    threshold,
    bus: {
      read: (address, size) => {
        reads++;
        if (address < BASE || address >= BASE + bytes.length) return -1;
        if (!array) return 0x55;
        return Buffer.from(bytes.buffer, address - BASE, size).readUIntLE(0, size);
      },
      write: (address, value) => {
        array = value === 0;
        if (value === 2) bytes.set(toBytes([add(0, 0x100)]), 0);
        cpu.directMemoryChanged(BASE, bytes.length);
        return address >= BASE;
      },
      directMemory: (address): DirectMemory | undefined =>
        array && address >= BASE && address < BASE + bytes.length ? { bytes, offset: address - BASE } : undefined,
    },
  });
  return { cpu, reads: () => reads };
}

const callTwice = [
  ...moveImmediate(1, BigInt(BASE)),
  call(1),
  call(1),
  ...moveImmediate(2, 2n),
  store(2, 1), // programs, and no longer reads as memory
  ...moveImmediate(2, 0n),
  store(2, 1),
  call(1),
  HERE,
];

test.each([0, 1])('flash is executed, and decoded again once it is programmed (threshold %i)', (threshold) => {
  const { cpu } = flash(toBytes([add(0, 1), RET]), callTwice, threshold);
  runFor(cpu, 100);
  expect(cpu.x(0)).toBe(0x102n);
});

test('reads pass the device by while it reads like memory, and only then', () => {
  const loop = [
    ...moveImmediate(1, BigInt(BASE)),
    ...moveImmediate(3, 100n),
    load(0, 1),
    assemble('ADD_SUB_immediate', { f: 1, o: 1, S: 1, h: 0, i: 1, n: 3, d: 3 }),
    assemble('B_cond', { c: 1, i: -2 & 0x7ffff }),
    ...moveImmediate(2, 1n),
    store(2, 1),
    load(4, 1),
    load(5, 1),
    HERE,
  ];
  const { cpu, reads } = flash(Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]), loop);
  runFor(cpu, 1000);
  expect([cpu.x(0), cpu.x(4), cpu.x(5)]).toEqual([0x0807060504030201n, 0x5500000055n, 0x5500000055n]);
  expect(reads()).toBe(6);
});

test('where a device does not read like memory, execution is an external abort', () => {
  const program = [
    ...moveImmediate(1, 0x40000800n),
    msr('VBAR_EL2', 1),
    ...moveImmediate(1, BigInt(BASE)),
    ...moveImmediate(2, 1n),
    store(2, 1),
    call(1),
  ];
  const { cpu } = flash(toBytes([add(0, 1), RET]), program);
  runFor(cpu, 100);
  expect(cpu.pc).toBe(0x40000a00n);
});

test('there may be more pages than there is room for copies', () => {
  const walk = [
    ...moveImmediate(1, BigInt(BASE)),
    ...moveImmediate(3, BigInt(PAGES)),
    ...moveImmediate(7, 2n),
    call(1),
    load(4, 1),
    assemble('ADD_SUB_immediate', { f: 1, o: 0, S: 0, h: 1, i: 1, n: 1, d: 1 }),
    assemble('ADD_SUB_immediate', { f: 1, o: 1, S: 1, h: 0, i: 1, n: 3, d: 3 }),
    assemble('B_cond', { c: 1, i: -4 & 0x7ffff }),
    HERE,
  ];
  const content = new Uint8Array(PAGES * 4096);
  for (let page = 0; page < PAGES; page++) content.set(toBytes([add(0, page & 0x7ff), RET]), page * 4096);
  const { cpu } = flash(content, walk);
  runFor(cpu, 10 * PAGES);
  expect(cpu.x(0)).toBe(BigInt(Array.from({ length: PAGES }, (_, page) => page & 0x7ff).reduce((a, b) => a + b)));
});
