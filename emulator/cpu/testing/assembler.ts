/** Instruction words from the table's own rows: tests need no assembler, and say which row they mean. */
import { fieldsOf, type Encoding, type Letter } from '../encoding.js';
import { instructionTable } from '../isa/index.js';
import { systemRegisters } from '../sysregs/table.js';

const rows = new Map(instructionTable.map((row) => [row.name, row]));

/** The word of a row with these field values; fields not given are zero. Throws on a value that does not fit. */
export function assemble(name: string, fields: Partial<Record<Letter, number>> = {}): number {
  const row = rows.get(name);
  if (!row) throw new Error(`no instruction is called ${name}`);
  let word = row.value;
  for (const [letter, value] of Object.entries(fields)) {
    const bits = row.fieldBits.get(letter as Letter);
    if (!bits) throw new Error(`${name} has no field '${letter}'`);
    const low = bits.width === 32 ? value : value & ((1 << bits.width) - 1);
    if (low !== value && value >= 0) throw new Error(`${value} does not fit into ${bits.width} bits of '${letter}'`);
    word |= low << bits.shift;
  }
  checkAllocated(row, word);
  return word >>> 0;
}

function checkAllocated(row: Encoding, word: number): void {
  if (row.allocated && !row.allocated(fieldsOf(row, word))) throw new Error(`${row.name}: unallocated fields`);
}

/** MOVZ and MOVKs that put a 64-bit value into a register: as few as it needs. */
export function moveImmediate(d: number, value: bigint): number[] {
  const parts = [0, 1, 2, 3].map((h) => Number((value >> BigInt(16 * h)) & 0xffffn));
  const words: number[] = [];
  parts.forEach((i, h) => {
    if (i === 0 && (h > 0 || value !== 0n)) return;
    words.push(words.length === 0 ? assemble('MOVZ_MOVN', { f: 1, o: 1, h, i, d }) : assemble('MOVK', { f: 1, h, i, d }));
  });
  return words;
}

function systemFields(name: string): Partial<Record<Letter, number>> {
  const register = systemRegisters.find((r) => r.name === name);
  if (!register) throw new Error(`no system register is called ${name}`);
  const [op0, p, n, m, q] = register.encoding;
  return { o: op0 - 2, p, n, m, q };
}

export const msr = (name: string, t: number): number => assemble('MSR_register', { ...systemFields(name), t });
export const mrs = (t: number, name: string): number => assemble('MRS', { ...systemFields(name), t });
/** Branch to itself. */
export const HERE = assemble('B_BL', { o: 0, i: 0 });

export function toBytes(words: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  words.forEach((word, i) => view.setUint32(i * 4, word >>> 0, true));
  return bytes;
}
