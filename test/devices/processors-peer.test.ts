/**
 * A program on four processors prints the same on ours and on QEMU's: power states, interrupts to each other, exclusives.
 *
 * @peers qemu
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assemble, mrs, msr, toBytes } from '../../emulator/cpu/testing/assembler.js';
import {
  AFFINITY_INFO,
  CPU_OFF,
  CPU_ON,
  SYSTEM_OFF,
  addOne,
  addOnes,
  firmware,
  listen,
  start,
  untilOff,
} from '../../emulator/cpu/testing/processors.js';
import {
  WFE,
  WFI,
  add,
  and,
  assembleProgram,
  ifNotZero,
  ifZero,
  jump,
  load,
  loadWord,
  move,
  store,
  storeWord,
  subtract,
  type Item,
} from '../../emulator/cpu/testing/program.js';
import { startMachine, type Which } from '../debug/machines.js';
import { requireQemu } from '../peers/program-console.js';

const CODE = 0x4100_0000;
const DATA = 0x4108_0000;
const TIMEOUT = 300_000;

let folder: string;
beforeAll(() => {
  requireQemu();
  folder = mkdtempSync(join(tmpdir(), 'processors-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const data = (d: number): Item => move(d, DATA);
/** A letter, A to P, for the low four bits of a register. Changes X25 to X27. */
const print = (n: number): Item => [move(25, 15), and(26, n, 25), add(26, 26, 0x41), move(27, 0x0900_0000), storeWord(26, 27)];
/** Until the doubleword at DATA + 8 * `index` is X22. */
const until = (name: string, index: number): Item => [data(20), name, WFE, load(21, 20, index), subtract(21, 21, 22), ifNotZero(21, name)];
/** Adds X11 times 1 to the doubleword at DATA + 8 * 4, and one to that at DATA + 8 * 5. */
const count = (name: string): Item => [data(10), add(10, 10, 32), addOnes(name), add(10, 10, 8), addOne(`${name} ends`)];

const program: Item = [
  move(27, 0x0900_0000),
  move(26, 0x301),
  storeWord(26, 27, 0x30),
  // Power: others are off, misaligned and unknown ones are refused, and a context comes through. 16 is no processor.
  [1, 2, 3, 4].map((cpu) => [firmware(AFFINITY_INFO, cpu, 0), print(0)]),
  firmware(AFFINITY_INFO, 0, 0),
  print(0),
  firmware(AFFINITY_INFO, 7, 1),
  print(0),
  firmware(CPU_ON, 1, CODE + 2, 0),
  print(0),
  firmware(CPU_ON, 4, CODE, 0),
  print(0),
  firmware(CPU_ON, 0, CODE, 0),
  print(0),
  [5, 6].map((context): Item => [
    // QEMU's processor is still off when CPU_ON returns.
    start(1, 'tells', context),
    add(28, 0, 0),
    move(22, context),
    until(`told ${context}`, 1),
    untilOff(`off ${context}`, 1),
    print(28),
  ]),
  // An interrupt to each, which each answers by one to the first processor: its sender is in the acknowledgement.
  move(10, 0x0800_0000),
  move(11, 1),
  storeWord(11, 10),
  listen,
  [1, 2, 3].map((cpu): Item => [
    start(cpu, 'answers'),
    print(0),
    move(22, cpu),
    until(`ready ${cpu}`, 0),
    move(10, 0x0800_0000),
    move(11, (1 << (16 + cpu)) | 3),
    storeWord(11, 10, 0xf00),
    move(10, 0x0801_0000),
    `waits ${cpu}`,
    WFI,
    loadWord(11, 10, 0xc),
    move(12, 1023),
    subtract(12, 11, 12),
    ifZero(12, `waits ${cpu}`),
    storeWord(11, 10, 0x10),
    print(11),
    assemble('SBFM_UBFM', { f: 1, o: 1, N: 1, r: 10, s: 63, n: 11, d: 11 }),
    print(11),
    untilOff(`gone ${cpu}`, cpu),
  ]),
  // A sum by all four: 4 * 5000 = 0x4e20.
  [1, 2, 3].map((cpu) => start(cpu, 'counts')),
  move(11, 5000),
  count('own'),
  move(22, 4),
  until('sum', 5),
  data(10),
  load(11, 10, 4),
  [4, 8, 12].map((shift) => [assemble('SBFM_UBFM', { f: 1, o: 1, N: 1, r: shift, s: 63, n: 11, d: 12 }), print(12)]),
  print(11),
  move(26, 10),
  storeWord(26, 27),
  firmware(SYSTEM_OFF),
  // Level, context and affinity of a processor that was started; masks, stack pointer and a register are as after a reset.
  'tells',
  add(8, 0, 0),
  print(0),
  mrs(1, 'CurrentEL'),
  print(1),
  mrs(1, 'MPIDR_EL1'),
  print(1),
  mrs(1, 'VMPIDR_EL2'),
  print(1),
  mrs(1, 'SCTLR_EL2'),
  print(1),
  print(9),
  move(9, 3),
  msr('VMPIDR_EL2', 9),
  data(1),
  store(8, 1, 1),
  firmware(CPU_OFF),
  'answers',
  listen,
  data(12),
  mrs(13, 'MPIDR_EL1'),
  move(14, 3),
  and(13, 13, 14),
  store(13, 12),
  'asleep',
  WFI,
  loadWord(11, 10, 0xc),
  move(14, 1023),
  subtract(14, 11, 14),
  ifZero(14, 'asleep'),
  storeWord(11, 10, 0x10),
  print(11),
  move(10, 0x0800_0000),
  move(11, 0x1_0005),
  storeWord(11, 10, 0xf00),
  firmware(CPU_OFF),
  'counts',
  move(11, 5000),
  count('other'),
  'end',
  WFI,
  jump('end'),
];

test(
  'the program prints the same',
  async () => {
    writeFileSync(join(folder, 'program'), toBytes(assembleProgram(CODE, [program])));
    const printed = async (which: Which): Promise<string> => {
      const console = startMachine(which, join(folder, 'program'), ['-smp', '4']);
      try {
        const end = await console.waitFor('\n', TIMEOUT);
        return console.text.slice(0, end);
      } finally {
        await console.stop();
      }
    };
    const [ours, theirs] = await Promise.all([printed('ours'), printed('QEMU')]);
    expect(theirs).toMatch(/COEA\n$/);
    expect(ours).toBe(theirs);
  },
  2 * TIMEOUT,
);
