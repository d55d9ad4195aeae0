/**
 * One row of the instruction table: an A64 encoding as the Arm Architecture Reference Manual (DDI 0487) draws it,
 * and its meaning. Decoder, interpreter, translator, disassembler and random-instruction generator all read rows.
 */
import type { Builder } from './builder.js';
import type { Fields, Letter, Operand, OperandRule } from './operands.js';

export * from './operands.js';

/** What the choices of a row are, for one of its handlers. */
export type Statics = Readonly<Record<string, number>>;

/** A choice that is made when the instruction is decoded, never while it runs: each combination is a handler of its own. */
export interface StaticRule {
  readonly values: readonly number[];
  readonly of: (fields: Fields) => number;
}

export interface EncodingSpec<O extends string, S extends string> {
  /**
   * As the manual names it: the mnemonic, then what it has in parentheses (`LDR_literal`, `FADD_scalar`). A row of several
   * instructions has their mnemonics first (`ADD_SUB_immediate` is ADD, ADDS, SUB and SUBS). Unique.
   */
  readonly name: string;
  /** 32 characters: 0, 1, x (either), or a letter of a field, most significant bit first. Spaces are ignored. */
  readonly pattern: string;
  /** False: this combination of fields is unallocated or undefined. */
  readonly allocated?: (fields: Fields) => boolean;
  readonly operands?: Readonly<Record<O, OperandRule>>;
  readonly statics?: Readonly<Record<S, StaticRule>>;
  /** The operation's 64-bit immediate. */
  readonly immediate?: (fields: Fields, word: number) => bigint;
  /** Often executed: its code is part of the interpreter's main function, instead of a function of its own. */
  readonly hot?: boolean | ((statics: Readonly<Record<NoInfer<S>, number>>) => boolean);
  /** FP or SIMD: traps while CPACR_EL1, CPTR_EL2 say so. */
  readonly fp?: boolean;
  /**
   * What random sequences at EL0 beside qemu-aarch64 (`test/isa`) do not compare of it, and why. Absent: they compare all
   * that it does.
   */
  readonly notCompared?: string;
  /** Which combinations of statics exist, where not all do. */
  readonly exists?: (statics: Readonly<Record<NoInfer<S>, number>>) => boolean;
  readonly emit: (b: Builder, operands: Readonly<Record<O, Operand>>, statics: Readonly<Record<NoInfer<S>, number>>) => void;
}

/** Why rows of EL1 and above are compared elsewhere (`notCompared`). */
export const PRIVILEGED = 'what it does at EL1 and above: here that EL0 may not; test/system has the rest';

/** A row as its readers see it. */
export interface Encoding extends EncodingSpec<string, string> {
  readonly mask: number;
  readonly value: number;
  readonly fieldBits: ReadonlyMap<Letter, { shift: number; width: number }>;
  /** The same as a list, with a mask of the field's width. */
  readonly fieldList: readonly { letter: Letter; shift: number; bits: number }[];
  readonly operandList: readonly Operand[];
  readonly namedOperands: Readonly<Record<string, Operand>>;
}

/** Checks a row and works out its mask. A row that cannot work is an error of the table, at start-up. */
export function encoding<O extends string = never, S extends string = never>(spec: EncodingSpec<O, S>): Encoding {
  const pattern = spec.pattern.replace(/[ _]/g, '');
  if (!/^[01a-zA-Z]{32}$/.test(pattern)) throw new Error(`${spec.name}: the pattern has ${pattern.length} characters, not 32`);
  let mask = 0;
  let value = 0;
  const fieldBits = new Map<Letter, { shift: number; width: number }>();
  for (const [i, character] of [...pattern].entries()) {
    const bit = 31 - i;
    if (character === '0' || character === '1') {
      mask |= 1 << bit;
      if (character === '1') value |= 1 << bit;
    } else if (character !== 'x') {
      const letter = character as Letter;
      const known = fieldBits.get(letter);
      if (!known) fieldBits.set(letter, { shift: bit, width: 1 });
      else if (known.shift !== bit + 1) throw new Error(`${spec.name}: field '${letter}' is not contiguous`);
      else fieldBits.set(letter, { shift: bit, width: known.width + 1 });
    }
  }
  const entries = Object.entries<OperandRule>(spec.operands ?? {});
  if (entries.length > 6) throw new Error(`${spec.name}: more than six operands`);
  for (const [name, rule] of entries) {
    if (!fieldBits.has(rule.letter)) throw new Error(`${spec.name}: operand ${name} names no field of the pattern`);
  }
  const namedOperands = Object.fromEntries(entries.map(([name, rule], index) => [name, { rule, index }]));
  return {
    ...(spec as unknown as EncodingSpec<string, string>),
    mask: mask >>> 0,
    value: value >>> 0,
    fieldBits,
    fieldList: [...fieldBits].map(([letter, { shift, width }]) => ({ letter, shift, bits: width === 32 ? -1 : (1 << width) - 1 })),
    operandList: Object.values(namedOperands),
    namedOperands,
  };
}

export function fieldsOf(row: Encoding, word: number): Fields {
  const fields: Partial<Record<Letter, number>> = {};
  for (const { letter, shift, bits } of row.fieldList) fields[letter] = (word >>> shift) & bits;
  return fields as Fields;
}

/** Every combination of a row's statics that exists, in a fixed order. */
export function variantsOf(row: Encoding): Statics[] {
  let variants: Record<string, number>[] = [{}];
  for (const [name, rule] of Object.entries(row.statics ?? {})) {
    variants = variants.flatMap((variant) => rule.values.map((value) => ({ ...variant, [name]: value })));
  }
  return row.exists ? variants.filter(row.exists) : variants;
}

/** A static that is a field itself, taking each value of its width (or those given). */
export function field(letter: Letter, values: readonly number[] = [0, 1]): StaticRule {
  return { values, of: (fields) => fields[letter] };
}

/** A static computed from several fields. */
export function choice(values: readonly number[], of: (fields: Fields) => number): StaticRule {
  return { values, of };
}

/** Sign-extends the low `bits` bits. */
export function signed(value: number, bits: number): number {
  return (value << (32 - bits)) >> (32 - bits);
}
