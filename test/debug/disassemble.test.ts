/**
 * The disassembler writes what binutils' objdump writes: random words of every row, and the words of a Linux kernel.
 *
 * @peers objdump debian
 */
import { readFileSync } from 'node:fs';
import { Decoder } from '../../emulator/cpu/decoder.js';
import type { Encoding } from '../../emulator/cpu/encoding.js';
import { instructionTable } from '../../emulator/cpu/isa/index.js';
import { disassemble } from '../../emulator/debug/disassemble.js';
import { ensureGuest } from '../../sdk/guest/guest.js';
import { Random } from '../isa/state.js';
import { normalised, objdump } from './objdump.js';
import { dhcpGuest } from '../support/guests.js';

/** `DISASSEMBLE_WORDS` of each row and `DISASSEMBLE_SEED` widen the search by hand. */
const PER_ROW = Number(process.env['DISASSEMBLE_WORDS'] ?? 100);
const SEED = Number(process.env['DISASSEMBLE_SEED'] ?? 1);
/** Words of the kernel that are looked at: one in so many. */
const SHARE = 16;
const BASE = 0x4000_0000;
const decoder = new Decoder(instructionTable, new Map());

/** Where the two differ, and have to. */
const DIFFERENCES: readonly { name: string; applies: (row: string, word: number, theirs: string) => boolean }[] = [
  {
    name: 'objdump knows instructions of later architectures, and of extensions that a Cortex-A53 has not',
    applies: (row) => row === 'UNDEFINED',
  },
  // Manual K1.1: a pair into one register, or into the base that is written back. The processor executes them, as QEMU does.
  {
    name: 'objdump refuses loads that are constrained unpredictable',
    applies: (row, _, theirs) => row === 'LDPSW' && theirs.startsWith('.inst'),
  },
  {
    name: 'objdump wants the bits of LDAR and STLR that should be one to be so',
    applies: (row, word, theirs) => row === 'LDAR_STLR' && (word & 0x1f_7c00) !== 0x1f_7c00 && theirs.startsWith('.inst'),
  },
  {
    name: 'objdump refuses the upper bits of MSR SPSel, which mean nothing',
    applies: (row, word) => row === 'MSR_immediate_SPSel' && ((word >> 8) & 15) > 1,
  },
];

/** Words of a row, often with registers that have aliases (31), and with fields that are zero. */
function wordsOf(row: Encoding, count: number, random: Random): number[] {
  const words: number[] = [];
  const fields = [...row.fieldBits.values()];
  for (let attempts = 0; words.length < count && attempts < 4000 * count; attempts++) {
    let word = (random.bits32() & ~row.mask) | row.value;
    for (const { shift, width } of fields) {
      const ones = ((1 << width) - 1) << shift;
      if (attempts % 3 === 0 && width === 5 && random.chance(0.5)) word |= ones;
      if (attempts % 5 === 0 && random.chance(0.4)) word &= ~ones;
    }
    word >>>= 0;
    if (((word ^ row.value) & row.mask) === 0 && decoder.find(word).row === row) words.push(word);
  }
  return words;
}

/** A line for each kind of difference, with the words of it; without those that have a name. */
function differences(words: Uint32Array): string[] {
  const theirs = objdump(words, BASE);
  expect(theirs.length).toBe(words.length);
  const found = new Map<string, string>();
  words.forEach((word, i) => {
    const [ours, expected] = [normalised(disassemble(word, BigInt(BASE + 4 * i))), theirs[i]!];
    if (ours === expected) return;
    const row = decoder.find(word).row.name;
    if (DIFFERENCES.some(({ applies }) => applies(row, word, expected))) return;
    if (!found.has(row)) found.set(row, `${row} ${word.toString(16).padStart(8, '0')}: here ${ours}, objdump ${expected}`);
  });
  return [...found.values()];
}

test('random words of every row', () => {
  const random = new Random(SEED);
  const words = instructionTable.flatMap((row) => {
    const drawn = wordsOf(row, PER_ROW, random);
    expect([row.name, drawn.length > 0]).toEqual([row.name, true]);
    return drawn;
  });
  expect(differences(Uint32Array.from(words))).toEqual([]);
}, 120_000);

test('words of a Linux kernel', async () => {
  const { kernel } = await ensureGuest(dhcpGuest);
  const image = readFileSync(kernel);
  const all = new Uint32Array(image.buffer.slice(image.byteOffset, image.byteOffset + (image.length & ~3)));
  // Addresses are what objdump gives them: one after the other.
  const words = all.filter((word, i) => i % SHARE === 0 && word !== 0);
  expect(words.length).toBeGreaterThan(100_000);
  expect(differences(words)).toEqual([]);
}, 120_000);
