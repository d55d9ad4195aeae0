/**
 * A64 instructions as text: in the Arm manual's assembler syntax, with the aliases that binutils' objdump prefers. The
 * instruction table decodes; how each row is written is in disassembly/, a form for each row or group of rows.
 */
import { Decoder } from '../cpu/decoder.js';
import { instructionTable } from '../cpu/isa/index.js';
import { makeForms } from './disassembly/index.js';

/** Made when the first instruction is asked for: a machine that nobody looks into starts without it. */
let tools: { decoder: Decoder; forms: ReturnType<typeof makeForms> } | undefined;

/** The instruction at `address`; `.inst` and the word where the processor has none. */
export function disassemble(word: number, address: bigint): string {
  tools ??= { decoder: new Decoder(instructionTable, new Map()), forms: makeForms() };
  const { row, fields } = tools.decoder.find(word >>> 0);
  const form = tools.forms[row.name];
  if (!form) throw new Error(`${row.name} has no form in disassembly/`);
  return form(fields, address);
}

/** The instruction with its address and word, as in QEMU's `-d in_asm`. */
export function instructionLine(address: bigint, word: number): string {
  const [, mnemonic, operands] = /^(\S+) ?(.*)$/.exec(disassemble(word, address))!;
  return `0x${address.toString(16).padStart(8, '0')}:  ${(word >>> 0).toString(16).padStart(8, '0')}  ${`${mnemonic!.padEnd(8)} ${operands}`.trimEnd()}`;
}
