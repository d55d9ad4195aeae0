/** The values of a debugging information entry, in every form that a compiler writes (DWARF 5, section 7.5). */
import { type Abbreviation, IMPLICIT_CONSTANT } from './dwarf-abbreviations.js';
import { DwarfReader } from './dwarf-reader.js';

/** Kinds of entries (table 7.3). */
export const TAG = {
  array: 0x01,
  class: 0x02,
  enumeration: 0x04,
  pointer: 0x0f,
  structure: 0x13,
  typedef: 0x16,
  union: 0x17,
  subrange: 0x21,
  base: 0x24,
  const: 0x26,
  variable: 0x34,
  volatile: 0x35,
  restrict: 0x37,
  atomic: 0x47,
} as const;

/** Attributes (table 7.5). */
export const ATTRIBUTE = {
  name: 0x03,
  byteSize: 0x0b,
  upperBound: 0x2f,
  count: 0x37,
  encoding: 0x3e,
  type: 0x49,
  stringBase: 0x72,
} as const;

/** Another entry: counted from the beginning of its unit, where `local`, or of the section. */
export interface Reference {
  offset: number;
  local: boolean;
}
/** Undefined: something that nobody here asks for. */
export type Value = number | string | Reference | undefined;

/** What the values of a unit depend on. */
export interface UnitForm {
  /** In the section. */
  start: number;
  offsetSize: number;
  addressSize: number;
  sections: ReadonlyMap<string, Uint8Array>;
}

/** Forms with a number of as many bytes (table 7.6). Addresses and offsets into other sections are numbers that nobody asks for. */
const NUMBERS: Record<number, number> = { 0x0b: 1, 0x05: 2, 0x06: 4, 0x07: 8 };
const REFERENCES: Record<number, number> = { 0x11: 1, 0x12: 2, 0x13: 4, 0x14: 8 };
/** Forms whose value is left out: how many bytes they have. */
const SKIPPED: Record<number, number> = { 0x0c: 1, 0x19: 0, 0x1c: 4, 0x1e: 16, 0x20: 8, 0x24: 8, 0x29: 1, 0x2a: 2, 0x2b: 3, 0x2c: 4 };
/** The same, with as many bytes as an offset. */
const SKIPPED_OFFSETS: ReadonlySet<number> = new Set([0x17, 0x1d]);
/** The same, one number in LEB128. */
const SKIPPED_LEB: ReadonlySet<number> = new Set([0x1b, 0x22, 0x23]);
/** A length, and as many bytes; 0: the length is in LEB128. */
const BLOCKS: Record<number, number> = { 0x0a: 1, 0x03: 2, 0x04: 4, 0x09: 0, 0x18: 0 };
/** Strings by their number in a table: how many bytes the number has; 0: LEB128. */
const INDEXED_STRINGS: Record<number, number> = { 0x1a: 0, 0x25: 1, 0x26: 2, 0x27: 3, 0x28: 4 };
const FORM = {
  addr: 0x01,
  string: 0x08,
  sdata: 0x0d,
  strp: 0x0e,
  udata: 0x0f,
  refAddr: 0x10,
  refUdata: 0x15,
  indirect: 0x16,
  lineStrp: 0x1f,
};

export class DwarfEntryReader {
  /** Where the strings of this unit begin in their table: after its header, unless the unit says it. */
  private stringBase: number;

  constructor(
    private readonly reader: DwarfReader,
    private readonly unit: UnitForm,
  ) {
    this.stringBase = unit.offsetSize === 8 ? 16 : 8;
  }

  get at(): number {
    return this.reader.at;
  }

  code(): number {
    return this.reader.leb();
  }

  attributes({ attributes }: Abbreviation): Map<number, Value> {
    const values = new Map<number, Value>();
    for (const { attribute, form, constant } of attributes) {
      const value = form === IMPLICIT_CONSTANT ? constant : this.value(form);
      if (attribute === ATTRIBUTE.stringBase && typeof value === 'number') this.stringBase = value;
      values.set(attribute, value);
    }
    return values;
  }

  private value(form: number): Value {
    const { reader, unit } = this;
    const [number, reference, skipped, block] = [NUMBERS[form], REFERENCES[form], SKIPPED[form], BLOCKS[form]];
    if (number !== undefined) return reader.fixed(number);
    if (reference !== undefined) return { offset: reader.fixed(reference), local: true };
    if (skipped !== undefined) return this.skip(skipped);
    if (block !== undefined) return this.skip(block === 0 ? reader.leb() : reader.fixed(block));
    // Offsets into other sections; that of the strings is asked for.
    if (SKIPPED_OFFSETS.has(form)) return reader.fixed(unit.offsetSize);
    if (SKIPPED_LEB.has(form)) return reader.leb();
    return this.other(form);
  }

  private other(form: number): Value {
    const { reader, unit } = this;
    const index = INDEXED_STRINGS[form];
    if (index !== undefined)
      return this.indexed(index === 0 ? reader.leb() : index === 3 ? reader.fixed(2) + reader.u8() * 0x1_0000 : reader.fixed(index));
    switch (form) {
      case FORM.addr:
        return this.skip(unit.addressSize);
      case FORM.string:
        return reader.text();
      case FORM.strp:
        return this.textAt('.debug_str', reader.fixed(unit.offsetSize));
      case FORM.lineStrp:
        return this.textAt('.debug_line_str', reader.fixed(unit.offsetSize));
      case FORM.sdata:
        return reader.leb(true);
      case FORM.udata:
        return reader.leb();
      case FORM.refAddr:
        return { offset: reader.fixed(unit.offsetSize), local: false };
      case FORM.refUdata:
        return { offset: reader.leb(), local: true };
      case FORM.indirect:
        return this.value(reader.leb());
      default:
        throw new RangeError(`form 0x${form.toString(16)}`);
    }
  }

  private skip(bytes: number): undefined {
    this.reader.at += bytes;
    return undefined;
  }

  private textAt(section: string, offset: number): string | undefined {
    const bytes = this.unit.sections.get(section);
    return bytes && new DwarfReader(bytes, offset).text();
  }

  private indexed(index: number): string | undefined {
    const offsets = this.unit.sections.get('.debug_str_offsets');
    const { offsetSize } = this.unit;
    return offsets && this.textAt('.debug_str', new DwarfReader(offsets, this.stringBase + index * offsetSize).fixed(offsetSize));
  }
}
