/**
 * Bare-metal programs of many trials, for the processor and for `qemu-system-aarch64` alike. A trial sets system
 * registers at EL2, goes to some level and executes a few words there; whatever exception that causes is written into
 * a log, and the next trial begins. The same image runs on both, and only the logs are compared.
 */
import { assemble, moveImmediate, mrs, msr, toBytes } from '../../emulator/cpu/testing/assembler.js';

export const BASE = 0x40200000;
/** EL2's vectors, EL1's, the words that trials execute, and the log. */
const VECTORS2 = BASE + 0x1000;
const VECTORS1 = BASE + 0x2000;
const WORDS = 0x40800000;
export const LOG = 0x40900000;
export const TABLES = 0x40b00000;
/** The PL011 that QEMU's log leaves by. */
const UART = 0x09000000n;
const SYSTEM_OFF = 0x84000008n;

/** What one exception to EL2 leaves in the log. */
export const LOGGED = [
  'vector',
  'X5',
  'ESR_EL2',
  'ELR_EL2',
  'SPSR_EL2',
  'FAR_EL2',
  'HPFAR_EL2',
  'ESR_EL1',
  'ELR_EL1',
  'SPSR_EL1',
  'FAR_EL1',
  'PAR_EL1',
] as const;
export const ENTRY = LOGGED.length * 8;

/** What a register is set to; it may depend on where the trial's words are. */
export type Setting = bigint | ((entry: bigint) => bigint);
export const settingAt = (setting: Setting, entry: bigint): bigint => (typeof setting === 'bigint' ? setting : setting(entry));

export interface Trial {
  readonly name: string;
  readonly registers: readonly (readonly [string, Setting])[];
  /** PSTATE to enter with, as SPSR_EL2 has it. */
  readonly spsr: bigint;
  /** At most four words, which may use X5 and X6. */
  readonly words: readonly number[];
  readonly x5: bigint;
  readonly x6: bigint;
  /** Where it is entered, from its first word: 0, but for trials of misaligned addresses. */
  readonly displacement?: number;
  /** Registers that the next trial must not find as this one leaves them: set to zero by it. */
  readonly undone?: readonly string[];
}

const store = (t: number, n: number, offset: number): number => assemble('LDR_STR_unsigned_immediate', { z: 3, o: 0, i: offset / 8, n, t });
const branch = (words: number): number => assemble('B_BL', { o: 0, i: words & 0x3ffffff });
const branchRegister = (n: number): number => assemble('BR_RET', { n });
const add = (d: number, n: number, i: number): number => assemble('ADD_SUB_immediate', { f: 1, o: 0, S: 0, h: 0, i, n, d });
const ISB = assemble('ISB', { m: 15 });
const TLBI_ALL = [assemble('TLBI_all', { p: 4, n: 8, m: 7, q: 4, t: 31 }), assemble('DSB_DMB', { m: 15, p: 0 }), ISB];
const set = (register: string, value: bigint): number[] => [...moveImmediate(0, value), msr(register, 0)];
/** Registers that an exception need not write: they must not show what an earlier trial left. */
const CLEARED = ['ESR_EL1', 'ELR_EL1', 'SPSR_EL1', 'FAR_EL1', 'FAR_EL2', 'HPFAR_EL2', 'PAR_EL1'];
/** X27 says where the next trial is. */
const NEXT = 27;

/** Writes an entry from X0, with the vector's number in X1. */
const logEntry = [
  ...LOGGED.flatMap((name, i) => {
    if (i === 0) return [store(1, 0, 0)];
    if (name === 'X5') return [store(5, 0, 8)];
    return [mrs(1, name), store(1, 0, 8 * i)];
  }),
  add(0, 0, ENTRY),
  msr('TPIDR_EL2', 0),
  branchRegister(NEXT),
];

/** An absolute address in two words. */
const address = (d: number, value: number): number[] => [
  assemble('MOVZ_MOVN', { f: 1, o: 1, h: 0, i: value & 0xffff, d }),
  assemble('MOVK', { f: 1, h: 1, i: value >>> 16, d }),
];

export interface Program {
  readonly parts: { address: number; bytes: Uint8Array }[];
  /** The first word of what is only for QEMU: it writes the log to the UART. */
  readonly end: number;
  readonly logLength: number;
}

export function buildProgram(trials: readonly Trial[], tables: Uint8Array = new Uint8Array(0)): Program {
  const logger = VECTORS2 + 0x800;
  const vectors2: number[] = [];
  const vectors1: number[] = [];
  for (let i = 0; i < 16; i++) {
    const at = i * 32;
    vectors2[at] = mrs(0, 'TPIDR_EL2');
    vectors2[at + 1] = moveImmediate(1, BigInt(i * 0x80))[0]!;
    vectors2[at + 2] = branch((logger - VECTORS2) / 4 - (at + 2));
    // EL1's exceptions go on to EL2, which logs the registers of both. QEMU 7.2 clears the flags on the way, the part does not.
    vectors1[at] = msr('NZCV', 31);
    vectors1[at + 1] = assemble('HVC', { i: 0x100 + i });
  }
  /** Vectors have gaps, which are filled with NOPs. */
  const fill = (words: readonly (number | undefined)[]): number[] => Array.from(words, (word) => word ?? assemble('HINT', {}));
  const main = [...set('VBAR_EL2', BigInt(VECTORS2)), ...set('TPIDR_EL2', BigInt(LOG))];
  const words: number[] = [];
  const start = BASE + 0x3000;
  let undone: readonly string[] = [];
  trials.forEach((trial) => {
    const entry = WORDS + words.length * 4;
    words.push(...trial.words, assemble('HVC', { i: 0x7f }), ...Array<number>(7 - trial.words.length).fill(assemble('HVC', { i: 0x7e })));
    main.push(...[...undone, ...CLEARED].flatMap((name) => msr(name, 31)), ...set('VBAR_EL1', BigInt(VECTORS1)));
    undone = trial.undone ?? [];
    for (const [register, value] of trial.registers) main.push(...set(register, settingAt(value, BigInt(entry))));
    main.push(...set('SPSR_EL2', trial.spsr), ...set('ELR_EL2', BigInt(entry + (trial.displacement ?? 0))), ...TLBI_ALL);
    main.push(...moveImmediate(5, trial.x5), ...moveImmediate(6, trial.x6));
    const next = start + (main.length + 3) * 4;
    main.push(...address(NEXT, next), assemble('ERET'));
  });
  const end = start + main.length * 4;
  const logLength = trials.length * ENTRY;
  main.push(
    ...moveImmediate(1, BigInt(LOG)),
    ...moveImmediate(2, BigInt(LOG + logLength)),
    ...moveImmediate(3, UART),
    assemble('LDR_STR_unsigned_immediate', { z: 0, o: 1, i: 0, n: 1, t: 4 }),
    assemble('LDR_STR_unsigned_immediate', { z: 0, o: 0, i: 0, n: 3, t: 4 }),
    add(1, 1, 1),
    assemble('ADD_SUB_shifted_register', { f: 1, o: 1, S: 1, h: 0, m: 2, i: 0, n: 1, d: 31 }),
    assemble('B_cond', { c: 1, i: -4 & 0x7ffff }),
    ...moveImmediate(0, SYSTEM_OFF),
    assemble('SMC', { i: 0 }),
    branch(0),
  );
  if (end > WORDS) throw new Error('the trials do not fit before their words');
  const part = (at: number, list: number[]): { address: number; bytes: Uint8Array } => ({ address: at, bytes: toBytes(fill(list)) });
  return {
    parts: [
      part(BASE, [branch((start - BASE) / 4)]),
      part(VECTORS2, vectors2),
      part(logger, logEntry),
      part(VECTORS1, vectors1),
      part(start, main),
      part(WORDS, words),
      { address: TABLES, bytes: tables },
    ],
    end,
    logLength,
  };
}
