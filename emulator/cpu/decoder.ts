import { fieldsOf, type Encoding, type Fields, type Statics } from './encoding.js';
import type { HandlerNumbers } from './interpreter/generate.js';
import { HANDLER_UNDECODED, OP_BYTES, OP_HANDLER, OP_IMMEDIATE, OP_SIZE } from './layout.js';

/** Picks the handler of a row for given fields without building a key. */
class VariantPicker {
  private readonly rules: { values: readonly number[]; of: (f: Fields) => number; stride: number }[];
  private readonly handlers: number[] = [];

  constructor(
    private readonly row: Encoding,
    variants: { statics: Statics; handler: number }[],
  ) {
    let stride = 1;
    const names = Object.keys(row.statics ?? {});
    this.rules = names.map((name) => {
      const rule = row.statics![name]!;
      const own = stride;
      stride *= rule.values.length;
      return { values: rule.values, of: rule.of, stride: own };
    });
    for (const { statics, handler } of variants) {
      const index = names.reduce((sum, name, i) => sum + this.rules[i]!.values.indexOf(statics[name]!) * this.rules[i]!.stride, 0);
      this.handlers[index] = handler;
    }
  }

  pick(fields: Fields): number {
    let index = 0;
    for (const { values, of, stride } of this.rules) index += values.indexOf(of(fields)) * stride;
    const handler = this.handlers[index];
    if (handler === undefined) throw new Error(`${this.row.name}: no handler for ${JSON.stringify(fields)}`);
    return handler;
  }
}

/** Turns instruction words into predecoded operations. */
export class Decoder {
  private readonly buckets: (readonly Encoding[] | undefined)[] = new Array<undefined>(4096);
  /** Made when a row's first instruction comes. */
  private readonly pickers = new Map<Encoding, VariantPicker>();
  /** The operation that is being made. */
  private readonly scratch = new DataView(new ArrayBuffer(OP_SIZE));

  constructor(
    private readonly rows: readonly Encoding[],
    private readonly numbers: HandlerNumbers,
  ) {}

  /** Rows that can match a word with these upper 12 bits. */
  private bucket(upper: number): readonly Encoding[] {
    return (this.buckets[upper] ??= this.rows.filter((row) => (((upper << 20) ^ row.value) & row.mask & 0xfff00000) === 0));
  }

  /** The row that a word is an instance of. */
  find(word: number): { row: Encoding; fields: Fields } {
    for (const row of this.bucket(word >>> 20)) {
      if (((word ^ row.value) & row.mask) !== 0) continue;
      const fields = fieldsOf(row, word);
      if (row.allocated && !row.allocated(fields)) continue;
      return { row, fields };
    }
    throw new Error('the instruction table has no row for undefined words');
  }

  /** The number of the handler of an instruction: one for each row and combination of its statics. */
  handlerOf(row: Encoding, fields: Fields): number {
    let picker = this.pickers.get(row);
    if (!picker) this.pickers.set(row, (picker = new VariantPicker(row, this.numbers.get(row) ?? [])));
    return picker.pick(fields);
  }

  /** The predecoded operation of a word, until the next one is made. */
  operationOf(word: number): DataView {
    const { row, fields } = this.find(word);
    const { scratch } = this;
    for (let i = 0; i < OP_SIZE; i += 4) scratch.setUint32(i, 0);
    for (const operand of row.operandList) {
      scratch.setUint8(OP_BYTES + operand.index, operand.rule.encode(fields[operand.rule.letter], fields));
    }
    if (row.immediate) scratch.setBigUint64(OP_IMMEDIATE, BigInt.asUintN(64, row.immediate(fields, word)), true);
    const handler = this.handlerOf(row, fields);
    if (handler === HANDLER_UNDECODED) throw new Error(`${row.name} has no handler`);
    scratch.setUint16(OP_HANDLER, handler, true);
    return scratch;
  }
}
