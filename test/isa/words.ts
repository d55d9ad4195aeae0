/** Random instruction words of the processor's table, with the registers that they need to stay harmless. */
import { fieldsOf, type Encoding, type Fields } from '../../emulator/cpu/encoding.js';
import { Decoder } from '../../emulator/cpu/decoder.js';
import { handlerNumbers } from '../../emulator/cpu/interpreter/generate.js';
import { instructionTable } from '../../emulator/cpu/isa/index.js';
import type { Random } from './state.js';

const decoder = new Decoder(instructionTable, handlerNumbers(instructionTable));

/** Rows that stop the harness or need more than EL0: system calls, exceptions, system registers and maintenance. */
const excluded = /^(SVC|HVC|SMC|BRK|HLT|ERET|UNDEFINED|WFE|WFI|HINT|M[RS][RS]_?.*|MSR.*|IC|DC_.*|AT|TLBI.*|SYS.*)$/;

export const testedRows: readonly Encoding[] = instructionTable.filter((row) => !excluded.test(row.name));

/** One instruction under test. */
export interface Trial {
  readonly row: string;
  readonly word: number;
  /** Executed directly before. */
  readonly prefix: readonly number[];
  /** Registers that must hold an address: by number, 31 being the stack pointer. */
  readonly addresses: ReadonlyMap<number, { to: 'scratch' | 'after'; offset: number }>;
  /** Registers that must be small: offsets of addresses. */
  readonly small: readonly number[];
}

const isLoadStore = (word: number): boolean => ((word >>> 25) & 5) === 4;
const isLiteral = (word: number): boolean => ((word >>> 27) & 7) === 3 && ((word >>> 24) & 1) === 0;
const isExclusive = (word: number): boolean => ((word >>> 24) & 0x3f) === 8;

/** A word of the row, by chance; undefined where the fields drawn are not allocated to it. */
function draw(row: Encoding, random: Random): { word: number; fields: Fields } | undefined {
  let word = ((random.bits32() & ~row.mask) | row.value) >>> 0;
  // Operands that are the same register are where results overtake sources.
  const registers = row.operandList.filter(({ rule }) => rule.kind !== 'number' && row.fieldBits.get(rule.letter)?.width === 5);
  if (registers.length > 1 && random.chance(0.25)) {
    const [from, to] = [random.pick(registers), random.pick(registers)].map((o) => row.fieldBits.get(o.rule.letter)!.shift);
    word = ((word & ~(31 << to!)) | (((word >>> from!) & 31) << to!)) >>> 0;
  }
  if (((word ^ row.value) & row.mask) !== 0 || decoder.find(word).row !== row) return undefined;
  return { word, fields: fieldsOf(row, word) };
}

/** Branches go over one instruction, or to the one behind. */
function branch(row: Encoding, word: number, random: Random): Trial | undefined {
  const none = { row: row.name, prefix: [], small: [], addresses: new Map() };
  const distance = random.pick([1, 2]);
  const replace = (shift: number, width: number): number => ((word & ~(((1 << width) - 1) << shift)) | (distance << shift)) >>> 0;
  switch (row.name) {
    case 'B_BL': return { ...none, word: replace(0, 26) };
    case 'B_cond':
    case 'CBZ_CBNZ': return { ...none, word: replace(5, 19) };
    case 'TBZ_TBNZ': return { ...none, word: replace(5, 14) };
    case 'BR_RET':
    case 'BLR': {
      const n = (word >>> 5) & 31;
      return n === 31 ? undefined : { ...none, word, addresses: new Map([[n, { to: 'after', offset: 4 * (distance - 1) }]]) };
    }
    // Barriers and the like.
    default: return { ...none, word };
  }
}

/** Register numbers by the letters that rows use for them; undefined where the row has none. */
const register = (row: Encoding, fields: Fields, letter: string): number | undefined => (row.fieldBits.get(letter)?.width === 5 ? fields[letter] : undefined);

/** Bases and registers that the manual leaves unpredictable together. */
function loadStore(row: Encoding, word: number, fields: Fields, random: Random): Trial | undefined {
  const exclusive = isExclusive(word);
  const isVector = ((word >>> 26) & 1) === 1;
  const n = fields['n']!;
  const t = register(row, fields, 't');
  const pair = row.name.startsWith('LDP') || row.name === 'LDXP';
  const u = pair ? register(row, fields, 'u') : undefined;
  const writesBack = row.name.includes('indexed') || row.name.endsWith('_post') || (/^LDP|^STP/.test(row.name) && (fields['p']! & 1) === 1);
  if (!isVector && writesBack && n !== 31 && (n === t || n === u)) return undefined;
  if (pair && u !== undefined && u === t && !(row.name.startsWith('LDP_STP') && !fields['L'])) return undefined;
  const prefix: number[] = [];
  if (row.name === 'STXR' || row.name === 'STXP') {
    const s = fields['s']!;
    if (s === n || s === t || (row.name === 'STXP' && s === fields['u'])) return undefined;
    // The load-exclusive that makes it succeed: into the zero register, a pair also into another one.
    const other = n === 7 ? 8 : 7;
    const pairRegister = row.name === 'STXP' ? (word & ~0x7c00) | (other << 10) : word;
    if (random.chance(0.8)) prefix.push((pairRegister | 0x5f001f) >>> 0);
  }
  const post = writesBack && (row.name.endsWith('_post') || fields['p'] === (/^LDP|^STP/.test(row.name) ? 1 : 0));
  const immediate = row.immediate && !post ? Number(row.immediate(fields, word)) : 0;
  const offset = 96 + (exclusive ? 0 : random.below(16)) - immediate;
  const small: number[] = [];
  if (row.name.endsWith('_register')) {
    const m = fields['m']!;
    if (m === n) return undefined;
    if (m !== 31) small.push(m);
  }
  return { row: row.name, word, prefix, small, addresses: new Map([[n, { to: 'scratch', offset }]]) };
}

/** A trial of this row; undefined when the word drawn cannot be tried. */
export function trial(row: Encoding, random: Random): Trial | undefined {
  const drawn = draw(row, random);
  if (!drawn) return undefined;
  const { word, fields } = drawn;
  const plain = { row: row.name, word, prefix: [], small: [], addresses: new Map() };
  if (((word >>> 26) & 7) === 5) return branch(row, word, random);
  if (!isLoadStore(word)) return plain;
  if (row.name.startsWith('PRFM')) return plain;
  if (isLiteral(word)) {
    // The words of the trial itself, or what stands before it.
    const distance = random.below(16) - 8;
    return { ...plain, word: ((word & ~(0x7ffff << 5)) | ((distance & 0x7ffff) << 5)) >>> 0 };
  }
  return loadStore(row, word, fields, random);
}

/** A word of the SIMD and floating-point space that the table calls undefined. */
export function undefinedTrial(random: Random): Trial | undefined {
  const word = ((random.bits32() & ~(7 << 25)) | (7 << 25)) >>> 0;
  if (decoder.find(word).row.name !== 'UNDEFINED') return undefined;
  return { row: 'UNDEFINED', word, prefix: [], small: [], addresses: new Map() };
}
