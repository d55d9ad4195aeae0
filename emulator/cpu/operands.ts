/** The fields of an instruction word, and how they become the operands of a predecoded operation. */
import { SLOT_SINK, SLOT_SP, SLOT_ZR } from './layout.js';

type LowerCase =
  | 'a'
  | 'b'
  | 'c'
  | 'd'
  | 'e'
  | 'f'
  | 'h'
  | 'i'
  | 'j'
  | 'k'
  | 'l'
  | 'm'
  | 'n'
  | 'o'
  | 'p'
  | 'q'
  | 'r'
  | 's'
  | 't'
  | 'u'
  | 'w'
  | 'x'
  | 'z';
/** The name of a field in a pattern. */
export type Letter = LowerCase | Uppercase<LowerCase>;

/** The fields of one instruction word. A row asks only for the letters of its own pattern (`table.test.ts` checks that). */
export type Fields = Readonly<Record<Letter, number>>;

/** How an operand travels from the instruction word into a predecoded operation: one byte. */
export interface OperandRule {
  readonly letter: Letter;
  /** What the byte holds for this field value. */
  readonly encode: (value: number, fields: Fields) => number;
  readonly kind: 'gpr' | 'vector' | 'number';
}

/** General register read; 31 is the zero register. */
export const gpr = (letter: Letter): OperandRule => ({ letter, kind: 'gpr', encode: (n) => (n === 31 ? SLOT_ZR : n) });
/** General register written; 31 discards. */
export const gprDest = (letter: Letter): OperandRule => ({ letter, kind: 'gpr', encode: (n) => (n === 31 ? SLOT_SINK : n) });
/** General register read or written; 31 is the stack pointer. */
export const gprOrSp = (letter: Letter): OperandRule => ({ letter, kind: 'gpr', encode: (n) => (n === 31 ? SLOT_SP : n) });
/** Destination of an addition: 31 is the stack pointer, and nothing where the flags (field S) are set. */
export const sumDest: OperandRule = { letter: 'd', kind: 'gpr', encode: (n, f) => (n === 31 ? (f.S ? SLOT_SINK : SLOT_SP) : n) };
export const vector = (letter: Letter): OperandRule => ({ letter, kind: 'vector', encode: (n) => n });
/** A small number, 0..255, computed from the fields. */
export const small = (letter: Letter, encode: (value: number, fields: Fields) => number = (n) => n): OperandRule => ({
  letter,
  kind: 'number',
  encode,
});

/** An operand as `emit` receives it: its place in the operation. The builder gives it a value. */
export interface Operand {
  readonly rule: OperandRule;
  /** 0..5. */
  readonly index: number;
}
