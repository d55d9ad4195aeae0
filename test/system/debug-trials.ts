/** Random trials of self-hosted debug: breakpoints, watchpoints, steps, and the controls that enable and route them. */
import { assemble, mrs, msr } from '../../emulator/cpu/testing/assembler.js';
import type { Random } from '../isa/state.js';
import { TABLES, type Setting, type Trial } from './program.js';
import { bit, pick, some, HCR_RW, TGE } from './trials.js';

/** Accessed by the trials, right before the tables: nothing else is there. */
const DATA = BigInt(TABLES - 0x1000);
/** Load or store of X5 at X6; `z` is log2 of the bytes. */
const access = (z: number, o: 0 | 1, i = 0): number => assemble('LDR_STR_unsigned_immediate', { z, o, i, n: 6, t: 5 });
const pair = (L: 1, i = 0): number => assemble('LDP_STP', { o: 1, p: 2, L, i: i & 0x7f, u: 7, n: 6, t: 5 });
const NOP = assemble('HINT', {});
const ACCESSES = [
  ...[0, 1, 2, 3].flatMap((z) => [access(z, 0), access(z, 1), access(z, 0, 1), access(z, 1, 1)]),
  // Not to store a pair: what of it is stored before a watchpoint of the second one is left open, and later trials would load it.
  pair(1),
  pair(1, 2),
  pair(1, -1),
  assemble('LDTR_STTR', { z: 3, o: 1, i: 0, n: 6, t: 5 }),
  assemble('LDTR_STTR', { z: 2, o: 0, i: 4, n: 6, t: 5 }),
  assemble('LDXR_LDAXR', { z: 3, s: 31, u: 31, n: 6, t: 5 }),
  assemble('LDAR_STLR', { z: 2, L: 0, s: 31, u: 31, n: 6, t: 5 }),
];
const OTHERS = [
  NOP,
  NOP,
  mrs(5, 'NZCV'),
  assemble('SVC', { i: 9 }),
  assemble('HVC', { i: 8 }),
  assemble('BRK', { i: 3 }),
  0,
  assemble('B_BL', { o: 0, i: 2 }),
  assemble('ISB', { m: 15 }),
];

const BREAKPOINTS = [0, 1, 2, 3, 4, 5];
const WATCHPOINTS = [0, 1, 2, 3];

/** E, PxC, SSC, HMC, and LBN where `linked`. */
function condition(random: Random, linked: boolean): bigint {
  const base =
    (random.chance(0.85) ? 1n : 0n) |
    (BigInt(random.below(4)) << 1n) |
    some(random, [13], 0.4) |
    (BigInt(random.chance(0.7) ? 0 : random.below(4)) << 14n);
  return linked ? base | (BigInt(random.chance(0.8) ? pick(random, [4, 5]) : random.below(16)) << 16n) : base;
}

function breakpoint(random: Random, n: number, context: bigint): [string, Setting][] {
  // Bits above 48 are ignored by the part (RESS), and compared by QEMU 7.2.
  const far = random.chance(0.1) ? 1n << BigInt(40 + random.below(8)) : 0n;
  const at = BigInt(4 * random.below(5));
  const bas = BigInt(random.chance(0.85) ? 15 : random.below(16)) << 5n;
  if (n >= 4 && random.chance(0.6))
    return [
      [`DBGBVR${n}_EL1`, random.chance(0.7) ? context : 77n],
      [`DBGBCR${n}_EL1`, condition(random, false) | bas | (3n << 20n)],
    ];
  const linked = random.chance(0.3);
  return [
    [`DBGBVR${n}_EL1`, (entry) => (entry + at) ^ far],
    [`DBGBCR${n}_EL1`, condition(random, linked) | bas | (linked ? bit(20) : 0n)],
  ];
}

function watchpoint(random: Random, n: number): [string, Setting][] {
  const linked = random.chance(0.3);
  const wide = random.chance(0.25);
  const mask = wide ? BigInt(3 + random.below(10)) : random.chance(0.05) ? BigInt(random.below(3)) : 0n;
  // Bytes without gaps; of a mask, all.
  const bytes = wide ? 0xffn : (((1n << BigInt(1 + random.below(8))) - 1n) << BigInt(random.below(8))) & 0xffn;
  const at = (DATA + BigInt(4 * (random.below(12) - 3))) ^ (random.chance(0.1) ? 1n << BigInt(40 + random.below(8)) : 0n);
  return [
    [`DBGWVR${n}_EL1`, wide ? at & ~((1n << mask) - 1n) : at],
    [
      `DBGWCR${n}_EL1`,
      condition(random, linked) | (BigInt(random.below(4)) << 3n) | (bytes << 5n) | (linked ? bit(20) : 0n) | (mask << 24n),
    ],
  ];
}

export function debugTrial(random: Random): Trial {
  const level = random.below(3);
  const spsr = [0n, 5n, 9n][level]! | 0x1c0n | (random.chance(0.35) ? 0x200n : 0n) | (random.chance(0.7) ? bit(21) : 0n);
  const context = BigInt(random.below(4));
  const step = random.chance(0.4);
  const registers: [string, Setting][] = [
    ['HCR_EL2', HCR_RW | (level === 0 && random.chance(0.2) ? TGE : 0n)],
    ['MDCR_EL2', 6n | some(random, [8], 0.4)],
    ['SCTLR_EL1', 0x30d00800n],
    ['SCTLR_EL2', 0x30c50830n],
    // QEMU 7.2 takes debug exceptions while the OS lock is set, which the architecture does not (D2.4).
    ['OSLAR_EL1', 0n],
    ['CONTEXTIDR_EL1', context],
    ...BREAKPOINTS.flatMap((n) => (random.chance(step ? 0.1 : 0.35) ? breakpoint(random, n, context) : [])),
    ...WATCHPOINTS.flatMap((n) => (random.chance(step ? 0.15 : 0.5) ? watchpoint(random, n) : [])),
    ['MDSCR_EL1', (step ? 1n : 0n) | some(random, [13], 0.7) | some(random, [15], 0.85)],
  ];
  const words = Array.from({ length: 1 + random.below(4) }, () => (random.chance(0.6) ? pick(random, ACCESSES) : pick(random, OTHERS)));
  return {
    name: `debug at EL${level}`,
    registers,
    spsr,
    words,
    // Aligned: of others, QEMU 7.2 takes the words around them for what is accessed where there are watchpoints.
    x5: random.bits64(),
    x6: DATA + 8n * BigInt(random.below(4)),
    undone: ['MDSCR_EL1', ...BREAKPOINTS.map((n) => `DBGBCR${n}_EL1`), ...WATCHPOINTS.map((n) => `DBGWCR${n}_EL1`), 'CONTEXTIDR_EL1'],
  };
}

/**
 * A kernel steps itself, or lifts the mask: what begins while the code that is debugged runs. Not what sets the mask: QEMU 7.2
 * takes the exception of a step even after an instruction that has masked it, the part takes none (D2.12.3).
 */
export function stepTrial(random: Random): Trial {
  const level = 1 + random.below(2);
  const steps = [
    assemble('MSR_immediate_DAIF', { i: 8, c: 1 }),
    NOP,
    access(3, 1),
    assemble('LDXR_LDAXR', { z: 3, s: 31, u: 31, n: 6, t: 5 }),
    assemble('LDXP_LDAXP', { z: 1, s: 31, u: 7, n: 6, t: 5 }),
    assemble('ISB', { m: 15 }),
  ];
  const value = some(random, [0, 13], 0.8) | (random.chance(0.2) ? bit(15) : 0n);
  const usesValue = random.chance(0.6);
  return {
    name: `stepping itself at EL${level}`,
    registers: [
      ['HCR_EL2', HCR_RW],
      ['MDCR_EL2', 6n | some(random, [8], 0.5)],
      ['SCTLR_EL1', 0x30d00800n],
      ['SCTLR_EL2', 0x30c50830n],
      ['OSLAR_EL1', 0n],
      ['MDSCR_EL1', usesValue ? 0n : value],
    ],
    spsr: [0n, 5n, 9n][level]! | 0x1c0n | (random.chance(0.5) ? 0x200n : 0n) | (random.chance(0.5) ? bit(21) : 0n),
    words: Array.from({ length: 4 }, (_, i) => (usesValue && i === 0 ? msr('MDSCR_EL1', 5) : pick(random, steps))),
    x5: usesValue ? value : random.bits64(),
    x6: DATA,
    undone: ['MDSCR_EL1'],
  };
}
