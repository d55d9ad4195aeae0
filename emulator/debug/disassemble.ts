/**
 * A64 instructions as text: in the Arm manual's assembler syntax, with the aliases that binutils' objdump prefers. The
 * instruction table decodes; how each row is written stands in disassembly/, a form for each row or group of rows.
 */
import { Decoder } from '../cpu/decoder.js';
import { instructionTable } from '../cpu/isa/index.js';
import { floatingPointForms } from './disassembly/floating-point.js';
import { generalForms } from './disassembly/general.js';
import { memoryForms } from './disassembly/memory.js';
import type { Form, Letters } from './disassembly/operands.js';
import { simdForms } from './disassembly/simd.js';
import { simdMoveForms } from './disassembly/simd-moves.js';
import { systemForms } from './disassembly/system.js';

/** How each row is written, by its name. */
export const forms: Readonly<Record<string, Form>> = {
  ...generalForms, ...memoryForms, ...systemForms, ...simdForms, ...simdMoveForms, ...floatingPointForms,
};

/** Made when the first instruction is asked for: a machine that nobody looks into has no need of it. */
let decoder: Decoder | undefined;

/** The instruction at `address`; `.inst` and the word where the processor has none. */
export function disassemble(word: number, address: bigint): string {
  decoder ??= new Decoder(instructionTable, new Map());
  const { row, fields } = decoder.find(word >>> 0);
  return forms[row.name]!(fields as Letters, address);
}

/** The instruction with its address and word, as in QEMU's `-d in_asm`. */
export function instructionLine(address: bigint, word: number): string {
  const [, mnemonic, operands] = /^(\S+) ?(.*)$/.exec(disassemble(word, address))!;
  return `0x${address.toString(16).padStart(8, '0')}:  ${(word >>> 0).toString(16).padStart(8, '0')}  ${`${mnemonic!.padEnd(8)} ${operands}`.trimEnd()}`;
}
