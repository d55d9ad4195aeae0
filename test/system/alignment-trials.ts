/** Random trials of loads and stores at any address, with SCTLR_ELx.A and without. */
import { assemble } from '../../emulator/cpu/testing/assembler.js';
import type { Random } from '../isa/state.js';
import { TABLES, type Trial } from './program.js';
import { HCR_RW, SPSR, TGE, pick, some } from './trials.js';

const DATA = BigInt(TABLES - 0x1000);
const base = { n: 6, t: 5 };

/** One of each kind of access, by X6; what moves general registers moves X5 and X7. */
const ACCESSES: [string, number][] = [
  ...[0, 1, 2, 3].flatMap((z): [string, number][] =>
    [0, 1].flatMap((o): [string, number][] => [
      [`uimm ${z} ${o}`, assemble('LDR_STR_unsigned_immediate', { ...base, z, o, i: 1 })],
      [`unprivileged ${z} ${o}`, assemble('LDTR_STTR', { ...base, z, o, i: 3 })],
      [`vector ${z} ${o}`, assemble('LDR_STR_unsigned_immediate_SIMD_FP', { z, o, i: 0, n: 6, t: 1 })],
    ]),
  ),
  ['Q load', assemble('LDR_STR_unsigned_immediate_SIMD_FP', { z: 0, o: 3, i: 0, n: 6, t: 1 })],
  ['Q store', assemble('LDUR_STUR_SIMD_FP', { z: 0, o: 2, i: 8, n: 6, t: 1 })],
  ...[0, 1].flatMap((L): [string, number][] => [
    [`pair W ${L}`, assemble('LDP_STP', { o: 0, p: 2, L, i: 1, u: 7, ...base })],
    [`pair X ${L}`, assemble('LDP_STP', { o: 1, p: 2, L, i: 1, u: 7, ...base })],
    ...[0, 1, 2].map((o): [string, number] => [`pair V ${o} ${L}`, assemble('LDP_STP_SIMD_FP', { o, p: 2, L, i: 1, u: 2, n: 6, t: 1 })]),
  ]),
  ['LDPSW', assemble('LDPSW', { p: 2, i: 1, u: 7, ...base })],
  ['LDXR_LDAXR', assemble('LDXR_LDAXR', { z: 2, s: 31, u: 31, ...base })],
  ['LDAR', assemble('LDAR_STLR', { z: 1, L: 1, s: 31, u: 31, ...base })],
  ['LDXP_LDAXP', assemble('LDXP_LDAXP', { z: 0, s: 31, u: 7, ...base })],
  ['DC ZVA', assemble('DC_ZVA', { p: 3, n: 7, m: 4, q: 1, t: 6 })],
  // LD1, LD2, ST4 of whole registers, then LD1, ST2 of single elements, and LD1R.
  ...[
    0x4c407000, 0x4c407400, 0x4c407800, 0x4c407c00, 0x0c408400, 0x4c000800, 0x0d400000, 0x0d404000, 0x0d408000, 0x0d408400, 0x0d204000,
    0x0d40c400, 0x0d40cc00,
  ].map((word): [string, number] => [`structures ${word.toString(16)}`, (word | (6 << 5) | 1) >>> 0]),
];

export function alignmentTrial(random: Random): Trial {
  const level = random.below(3);
  const [name, word] = pick(random, ACCESSES);
  return {
    name: `${name} at EL${level}`,
    registers: [
      ['HCR_EL2', HCR_RW | (level === 0 && random.chance(0.2) ? TGE : 0n)],
      ['CPACR_EL1', 0x300000n],
      ['CPTR_EL2', 0x33ffn],
      ['MDCR_EL2', 6n],
      ['SCTLR_EL1', 0x30d04800n | some(random, [1], 0.7)],
      ['SCTLR_EL2', 0x30c50830n | some(random, [1], 0.7)],
    ],
    spsr: SPSR[level]!,
    words: [word],
    x5: 0n,
    x6: DATA + 0x40n + BigInt(random.below(random.chance(0.3) ? 2 : 32)) * pick(random, [1n, 2n, 4n, 8n]),
  };
}
