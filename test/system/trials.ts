/** Random trials: system registers and instructions under random traps, entries by random SPSRs, and table walks. */
import { assemble, moveImmediate, mrs, msr } from '../../emulator/cpu/testing/assembler.js';
import { systemRegisters } from '../../emulator/cpu/sysregs/table.js';
import type { Random } from '../isa/state.js';
import { TABLES, type Trial } from './program.js';

export const pick = <T>(random: Random, list: readonly T[]): T => list[random.below(list.length)]!;
export const bit = (n: number): bigint => 1n << BigInt(n);
/** Some of these bits. */
export const some = (random: Random, bits: readonly number[], probability: number): bigint =>
  bits.reduce((sum, n) => (random.chance(probability) ? sum | bit(n) : sum), 0n);

export const SPSR = [0x3c0n, 0x3c5n, 0x3c9n] as const;
export const HCR_RW = bit(31);
const TRAPS = [13, 14, 16, 17, 18, 19, 21, 22, 23, 24, 25, 26, 27, 28, 30];
export const TGE = bit(27);

/** Every control of traps, and no translation. */
function controls(random: Random): [string, bigint][] {
  return [
    ['HCR_EL2', HCR_RW | some(random, TRAPS, 0.15)],
    ['MDCR_EL2', 6n | some(random, [5, 6, 8, 9, 10, 11], 0.15)],
    ['CPTR_EL2', 0x33ffn | some(random, [10, 31], 0.2)],
    ['CNTHCTL_EL2', some(random, [0, 1], 0.7)],
    ['CNTKCTL_EL1', some(random, [0, 1, 8, 9], 0.5)],
    ['CPACR_EL1', some(random, [20, 21], 0.7)],
    ['SCTLR_EL1', (0x30d00800n & ~0x58000n) | some(random, [9, 14, 15, 16, 18, 26], 0.5)],
    ['SCTLR_EL2', 0x30c50830n],
    ['PMUSERENR_EL0', some(random, [0, 1, 2, 3], 0.4)],
    ['MDSCR_EL1', some(random, [12], 0.3)],
  ];
}

/** What changes by itself, or what the harness needs. */
const UNSTABLE = /^(CNT[PV]CT|CNT.*_TVAL|CNT.*_CTL|CNT.*_CVAL|CNTVOFF|PMCCNTR|TPIDR_EL2|VBAR|SCTLR|HCR_EL2|PAR|SP_EL|ISR|RES_|SPSel)/;
/** Registers that QEMU 7.2 models otherwise than the part does, or not at all. */
const UNLIKE =
  /^(CPU|L2|CBAR|LOR|PMEV|PMXEV|PMCEID|DBG|OSDTR|OSECCR|MDCC|PMOVS|PMINT|PMSWINC|PMSELR|PMCR|PMCNT|PMCCF|AMAIR|DACR32|IFSR32|FPEXC32|RVBAR)/;

/** What they read as is not compared, only who may read them: QEMU's part has AArch32, ours has not. */
const OF_AARCH32 = /^(ID_(PFR|DFR|AFR|MMFR|ISAR)|MVFR|ID_AA64PFR0)/;

export function registerTrial(random: Random): Trial {
  const register = pick(
    random,
    systemRegisters.filter(({ name }) => !UNSTABLE.test(name) && !UNLIKE.test(name)),
  );
  const level = random.below(3);
  const isRead = register.access === 'ro' || (register.access === 'rw' && (level === 2 || random.chance(0.6)));
  return {
    name: `${isRead ? 'MRS' : 'MSR'} ${register.name} at EL${level}`,
    registers: controls(random),
    spsr: SPSR[level]!,
    words: [isRead ? mrs(5, register.name) : msr(register.name, 5), ...(OF_AARCH32.test(register.name) ? moveImmediate(5, 0n) : [])],
    // Not read back: what a register keeps of a random value is its own matter.
    x5: isRead ? random.bits64() : 0n,
    x6: 0n,
  };
}

const sys = (row: string, p: number, m: number, q: number, n = 7): [string, number] => [
  `${row} ${p},c${n},c${m},${q}`,
  assemble(row, { p, n, m, q, t: 6 }),
];
const instructions: [string, number][] = [
  ['SVC', assemble('SVC', { i: 0x1234 })],
  ['HVC', assemble('HVC', { i: 0x4321 })],
  ['BRK', assemble('BRK', { i: 7 })],
  ['DAIFSet', assemble('MSR_immediate_DAIF', { i: 15, c: 0 })],
  ['DAIFClr', assemble('MSR_immediate_DAIF', { i: 8, c: 1 })],
  ['SPSel', assemble('MSR_immediate_SPSel', { i: 1 })],
  ['MRS SP_EL0', mrs(5, 'SP_EL0')],
  ['MRS SPSel', mrs(5, 'SPSel')],
  ['FMOV', 0x9e660005],
  ['UDF', 0],
  ['ERET', assemble('ERET')],
  sys('IC', 0, 1, 0),
  sys('IC', 0, 5, 0),
  sys('DC_IC_by_address', 3, 5, 1),
  sys('DC_IC_by_address', 3, 10, 1),
  sys('DC_IC_by_address', 3, 11, 1),
  sys('DC_IC_by_address', 3, 14, 1),
  sys('DC_IVAC', 0, 6, 1),
  sys('DC_by_set', 0, 6, 2),
  sys('DC_by_set', 0, 10, 2),
  sys('DC_by_set', 0, 14, 2),
  sys('DC_ZVA', 3, 4, 1),
  sys('TLBI_VA', 0, 7, 1, 8),
  sys('TLBI_VA', 0, 3, 5, 8),
  sys('TLBI_all', 0, 7, 0, 8),
  sys('TLBI_all', 4, 7, 4, 8),
  sys('TLBI_VA', 4, 3, 1, 8),
  sys('AT', 0, 8, 0),
  sys('AT', 4, 8, 4),
  sys('AT', 4, 8, 0),
];

export function instructionTrial(random: Random): Trial {
  const [name, word] = pick(random, instructions);
  const level = random.below(3);
  // QEMU 7.2 mixes up op1 and op2 in the syndrome of this trap.
  if (name.startsWith('DAIF') && level === 0) return instructionTrial(random);
  const spsr = SPSR[level]! & ~(level > 0 && random.chance(0.3) ? 1n : 0n);
  // An ERET at EL1 returns to what follows it, by a random SPSR; not to AArch32, which QEMU's part has.
  const eret = name === 'ERET' ? [0x10000085, msr('ELR_EL1', 5), msr('SPSR_EL1', 6), word] : undefined;
  if (eret && level !== 1) return instructionTrial(random);
  const registers = controls(random).map(([register, value]): [string, bigint] => [
    register,
    register === 'HCR_EL2' && level > 0 ? value & ~TGE : value,
  ]);
  return {
    name: `${name} at EL${level}`,
    registers,
    spsr,
    words: eret ?? [word],
    x5: random.bits64(),
    x6: eret ? pick(random, [0n, 4n, 5n, 1n, 9n, 0x100005n, 0x3c4n, 0xf00003c0n, 2n, 0xcn]) : BigInt(TABLES - 0x1000),
  };
}

/** Entries by every kind of SPSR, to aligned and misaligned addresses. */
export function entryTrial(random: Random): Trial {
  const spsr = BigInt(random.below(16)) | 0x3c0n | some(random, [20], 0.2) | (BigInt(random.below(16)) << 28n);
  return {
    name: 'entry',
    registers: controls(random),
    spsr,
    words: [mrs(5, 'NZCV')],
    x5: 0n,
    x6: 0n,
    displacement: random.chance(0.2) ? 1 + random.below(3) : 0,
  };
}

/** Tables that point to each other, to memory, and nowhere: 64 of 4 KiB. */
const TABLE_PAGES = 64;
export function randomTables(random: Random): Uint8Array {
  const bytes = new Uint8Array(TABLE_PAGES * 4096);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < bytes.length; at += 8) {
    const table = BigInt(TABLES + 4096 * random.below(TABLE_PAGES));
    const attributes =
      some(random, [1, 6, 7, 8, 9, 10, 10, 10, 53, 54, 59, 60, 61, 62], 0.4) | bit(0) | (random.chance(0.8) ? bit(10) : 0n);
    // Where neither board has RAM or a device, and where no address is.
    const anywhere = 0x50000000n | (BigInt(random.below(1 << 16)) << 12n) | (random.chance(0.1) ? bit(pick(random, [33, 37, 41])) : 0n);
    const value = random.chance(0.7)
      ? table | bit(0) | bit(1) | some(random, [59, 60, 61, 62], 0.1) | (attributes & 0x7c0n) | bit(10) | bit(6) | bit(7)
      : anywhere | attributes;
    view.setBigUint64(at, random.chance(0.08) ? 0n : value & ~(random.chance(0.1) ? 1n : 0n), true);
  }
  return bytes;
}

const AT: [string, number, number][] = [
  ['S1E1R', 0, 0],
  ['S1E1W', 0, 1],
  ['S1E0R', 0, 2],
  ['S1E0W', 0, 3],
  ['S12E1R', 4, 4],
  ['S12E1W', 4, 5],
  ['S12E0R', 4, 6],
  ['S12E0W', 4, 7],
];

/** Walks of both stages, by AT at EL2. */
export function walkTrial(random: Random): Trial {
  const tableBase = (): bigint => BigInt(TABLES + 4096 * random.below(TABLE_PAGES)) | some(random, [4, 5, 48], 0.1);
  // Walks begin at level 1 with 4 KiB and at level 2 with 64 KiB: above, QEMU 7.2 takes blocks, which later architectures have.
  const t0 = BigInt(25 + random.below(15));
  const t1 = BigInt(25 + random.below(15));
  const tg0 = random.chance(0.3) ? 1n : 0n;
  const tg1 = random.chance(0.3) ? 3n : 2n;
  const tcr =
    t0 |
    (t1 << 16n) |
    (tg0 << 14n) |
    (tg1 << 30n) |
    (pick(random, [0n, 1n, 2n, 5n]) << 32n) |
    some(random, [7, 23], 0.08) |
    some(random, [37, 38], 0.3);
  // Stage 2: 40 bits by two concatenated tables at level 1, 39, or 30 at level 2.
  const [sl0, t0sz] = pick(random, [
    [1n, 24n],
    [1n, 25n],
    [0n, 34n],
    [0n, 30n],
  ] as const);
  const vtcr = 0x80000000n | t0sz | (sl0 << 6n) | (2n << 16n);
  const [name, p, q] = pick(random, AT);
  const upper = random.chance(0.4);
  const bits = 64n - (upper ? t1 : t0);
  const inside = random.bits64() & ((1n << bits) - 1n) & ~0xfffn;
  const top = upper ? (~0n << bits) & (2n ** 64n - 1n) : 0n;
  const address = (inside | top) ^ (random.chance(0.15) ? bit(random.below(64)) : 0n);
  const second = random.chance(0.4);
  return {
    name: `AT ${name}`,
    registers: [
      ['HCR_EL2', HCR_RW | (second ? bit(0) : 0n) | some(random, [12], 0.05)],
      ['TCR_EL1', tcr],
      ['TTBR0_EL1', tableBase()],
      ['TTBR1_EL1', tableBase()],
      ['VTCR_EL2', vtcr],
      ['VTTBR_EL2', BigInt(TABLES + 8192 * random.below(TABLE_PAGES / 2 - 1))],
      ['MAIR_EL1', 0xff440c0400bb77n],
      ['SCTLR_EL1', 0x30d00800n | some(random, [0], 0.95) | some(random, [19], 0.2)],
      ['SCTLR_EL2', 0x30c50830n],
    ],
    spsr: SPSR[2],
    words: [assemble('AT', { p, n: 7, m: 8, q, t: 5 })],
    x5: address,
    x6: 0n,
  };
}
