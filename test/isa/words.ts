/** Random instruction words of the processor's table. */
import { Decoder } from '../../emulator/cpu/decoder.js';
import { fieldsOf, type Encoding, type Fields, type Letter } from '../../emulator/cpu/encoding.js';
import { handlerNumbers } from '../../emulator/cpu/interpreter/generate.js';
import { instructionTable } from '../../emulator/cpu/isa/index.js';
import type { Random } from './state.js';

export const decoder = new Decoder(instructionTable, handlerNumbers(instructionTable));

/** Registers that a sequence uses more than others, so that its instructions have to do with each other. */
export interface RegisterPools {
  readonly general: readonly number[];
  readonly vector: readonly number[];
}

export interface Drawn {
  readonly row: Encoding;
  readonly word: number;
  readonly fields: Fields;
}

interface RegisterField {
  readonly shift: number;
  readonly kind: 'gpr' | 'vector' | 'unused';
}

/** Five bits that name a register, whether the row has a use for it or not. */
const registerFields = new Map(
  instructionTable.map((row) => [
    row,
    [...row.fieldBits].flatMap(([letter, { shift, width }]): RegisterField[] => {
      const kind = row.operandList.find(({ rule }) => rule.letter === letter)?.rule.kind ?? 'unused';
      return width === 5 && 'adnmstu'.includes(letter) && kind !== 'number' ? [{ shift, kind }] : [];
    }),
  ]),
);

/** Words of rows that chance seldom finds, without their registers. */
const enumerated = new Map<Encoding, readonly number[]>();
/** So many bits are gone through one by one. */
const ENUMERABLE = 14;
const TRIES_BEFORE = 12;
const TRIES = 4000;

/** HLT #0xF000, which qemu-aarch64 takes for a semihosting call, and most of these end it. */
const SEMIHOSTING_CALL = 0xd45e0000;

const belongs = (row: Encoding, word: number): boolean =>
  ((word ^ row.value) & row.mask) === 0 && word !== SEMIHOSTING_CALL && decoder.find(word).row === row;

/** Every word of the row, its registers being 0; undefined where there are too many. */
function enumerate(row: Encoding): readonly number[] | undefined {
  const known = enumerated.get(row);
  if (known) return known;
  let free = ~row.mask;
  for (const { shift } of registerFields.get(row)!) free &= ~(31 << shift);
  const bits = Array.from({ length: 32 }, (_, bit) => bit).filter((bit) => (free >>> bit) & 1);
  if (bits.length > ENUMERABLE) return undefined;
  const words: number[] = [];
  for (let i = 0; i < 1 << bits.length; i++) {
    let word = row.value;
    bits.forEach((bit, n) => (word |= ((i >>> n) & 1) << bit));
    if (belongs(row, word >>> 0)) words.push(word >>> 0);
  }
  enumerated.set(row, words);
  return words;
}

/** A word of the row. Throws where none is found. */
export function drawWord(row: Encoding, random: Random, pools: RegisterPools): Drawn {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    let word = (random.bits32() & ~row.mask) | row.value;
    const list = attempt >= TRIES_BEFORE ? enumerate(row) : undefined;
    const registers = registerFields.get(row)!;
    if (list?.length) {
      word = random.pick(list);
      for (const { shift } of registers) word |= random.below(32) << shift;
    }
    for (const { shift, kind } of registers) {
      if (kind !== 'unused' && random.chance(0.8))
        word = (word & ~(31 << shift)) | (random.pick(kind === 'gpr' ? pools.general : pools.vector) << shift);
    }
    // Operands that are the same register are where results overtake sources.
    if (registers.length > 1 && random.chance(0.2)) {
      const [from, to] = [random.pick(registers), random.pick(registers)];
      word = (word & ~(31 << to.shift)) | (((word >>> from.shift) & 31) << to.shift);
    }
    word >>>= 0;
    if (belongs(row, word)) return { row, word, fields: fieldsOf(row, word) };
  }
  throw new Error(`no word of ${row.name} has been found`);
}

/** The same word with another value in a field; undefined where it then is no word of the row. */
export function withField({ row, word }: Drawn, letter: Letter, value: number): Drawn | undefined {
  const { shift, width } = row.fieldBits.get(letter)!;
  const mask = (1 << width) - 1;
  const changed = ((word & ~(mask << shift)) | ((value & mask) << shift)) >>> 0;
  return belongs(row, changed) ? { row, word: changed, fields: fieldsOf(row, changed) } : undefined;
}
