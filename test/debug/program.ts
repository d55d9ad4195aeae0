/** A program to debug: a hot loop that calls a function, stores that a watchpoint can see, vectors, and an exception. */
import { HERE, assemble, moveImmediate, msr, toBytes } from '../../emulator/cpu/testing/assembler.js';

export const BASE = 0x4100_0000;
/** Where the loop's function counts. */
export const COUNTER = BASE + 0x2000;
/** Until the first loop is surely hot, and of the second one. */
const ROUNDS = 30_000;
const MORE_ROUNDS = 3_000;

const add = (d: number, n: number, i: number): number => assemble('ADD_SUB_immediate', { f: 1, o: 0, S: 0, h: 0, i, n, d });
const subtract = (d: number, n: number, i: number): number => assemble('ADD_SUB_immediate', { f: 1, o: 1, S: 1, h: 0, i, n, d });

const start = [
  ...moveImmediate(1, BigInt(COUNTER)),
  ...moveImmediate(2, BigInt(BASE + 0x800)),
  msr('VBAR_EL2', 2),
  add(31, 1, 0x100), // SP
  ...moveImmediate(3, BigInt(ROUNDS)),
];
const HEAD = start.length;
const loop = [
  assemble('B_BL', { o: 1, i: 0x40 - HEAD }), // calls the function, 64 words after the start
  subtract(3, 3, 1),
  assemble('B_cond', { c: 1, i: -2 & 0x7ffff }),
];
const SECOND = HEAD + loop.length;
const secondLoop = [
  ...moveImmediate(3, BigInt(MORE_ROUNDS)),
  assemble('B_BL', { o: 1, i: 0x40 - SECOND - 1 }),
  subtract(3, 3, 1),
  assemble('B_cond', { c: 1, i: -2 & 0x7ffff }),
];
const LAST = SECOND + secondLoop.length;
const end = [assemble('DUP_general', { Q: 1, i: 8, n: 0, d: 0 }), assemble('SVC', { i: 7 }), HERE];
const callee = [
  assemble('LDR_STR_unsigned_immediate', { z: 3, o: 1, i: 0, n: 1, t: 4 }),
  add(4, 4, 3),
  assemble('LDR_STR_unsigned_immediate', { z: 3, o: 0, i: 0, n: 1, t: 4 }),
  add(0, 0, 1),
  assemble('BR_RET', { o: 1, n: 30 }),
];

/** PSCI SYSTEM_RESET. */
const reset = [...moveImmediate(0, 0x8400_0009n), assemble('SMC', { i: 0 })];

/** Addresses that a script means. */
export const PLACES = {
  head: BASE + 4 * HEAD,
  second: BASE + 4 * SECOND,
  last: BASE + 4 * LAST,
  svc: BASE + 4 * (LAST + 1),
  callee: BASE + 0x100,
  calleeReturn: BASE + 0x110,
  /** Ends in itself. */
  here: BASE + 4 * (LAST + 2),
  reset: BASE + 0x140,
  /** Synchronous exceptions from the same level with its own stack pointer. */
  vector: BASE + 0x800 + 0x200,
};

export function programImage(): Uint8Array {
  const image = new Uint8Array(0x1000);
  image.set(toBytes([...start, ...loop, ...secondLoop, ...end]));
  image.set(toBytes(callee), 0x100);
  image.set(toBytes(reset), 0x140);
  image.set(toBytes([add(6, 6, 1), assemble('ERET')]), 0x800 + 0x200);
  return image;
}
