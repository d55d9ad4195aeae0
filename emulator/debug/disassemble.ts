import type { Encoding, Fields } from '../cpu/encoding.js';

/** An instruction as the table has it: the row's name in the manual, and the fields of its pattern, by their letters. */
export function describeInstruction(row: Encoding, fields: Fields): string {
  const values = [...row.fieldBits.keys()].map((letter) => `${letter}=${hexOf(fields[letter]!)}`);
  return [row.name, ...values].join(' ');
}

function hexOf(value: number): string {
  return value < 10 ? String(value) : `0x${value.toString(16)}`;
}
