/**
 * What the debugging information of a C program says about its types and global variables (DWARF versions 4 and 5, of 32 and
 * of 64 bits): how large a structure is, and what a variable is.
 */
import { readAbbreviations, type Abbreviation } from './dwarf-abbreviations.js';
import { ATTRIBUTE, DwarfEntryReader, TAG, type UnitForm, type Value } from './dwarf-entries.js';
import { DwarfReader } from './dwarf-reader.js';

/** What a variable is, or what a pointer points to. */
export interface DwarfType {
  kind: 'integer' | 'pointer' | 'structure' | 'array' | 'other';
  /** Bytes; undefined where the program does not say. */
  size: number | undefined;
  /** Of a structure or another type with a name, without `struct`. */
  name?: string | undefined;
  /** Of an integer. */
  signed?: boolean;
  /** Of an array: the number of elements, the outermost first; undefined where that is open. */
  dimensions?: (number | undefined)[];
  /** Of an array its elements, of a pointer what it points to; undefined of `void *`. */
  of?: DwarfType | undefined;
}

/** An entry, as far as types need it. */
interface Entry {
  tag: number;
  name: string | undefined;
  size: number | undefined;
  /** Offset of another entry. */
  type: number | undefined;
  encoding: number | undefined;
  dimensions: (number | undefined)[];
}

/** DW_ATE_signed and DW_ATE_signed_char; the unsigned ones and those for characters and truth values. */
const SIGNED = new Set([0x05, 0x06]);
const UNSIGNED = new Set([0x02, 0x07, 0x08, 0x10]);
const STRUCTURES: ReadonlySet<number> = new Set([TAG.structure, TAG.union, TAG.class]);
/** They add nothing to the type that they are made of. */
const TRANSPARENT: ReadonlySet<number> = new Set([TAG.typedef, TAG.const, TAG.volatile, TAG.restrict, TAG.atomic]);
const KEPT: ReadonlySet<number> = new Set([...STRUCTURES, ...TRANSPARENT, TAG.base, TAG.pointer, TAG.array, TAG.enumeration]);
/** Types are made of few others: more is a circle in a damaged program. */
const DEEPEST = 32;

export class ProgramTypes {
  private readonly entries = new Map<number, Entry>();
  private readonly globals = new Map<string, Entry[]>();

  /** Of a program's sections, by name. What is damaged, or of a form that is not known, says nothing from there on. */
  constructor(private readonly sections: ReadonlyMap<string, Uint8Array>) {
    const information = sections.get('.debug_info');
    if (!information) return;
    const reader = new DwarfReader(information);
    try {
      while (reader.at < information.length) this.readUnit(reader);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }

  /**
   * Bytes of a type with a name: of `struct queue` where `structure`, otherwise of a `typedef`. Undefined where the program has none, or
   * files of the program have different ones.
   */
  sizeOf(name: string, structure: boolean): number | undefined {
    const sizes = new Set<number>();
    for (const [offset, { tag, name: own, size }] of this.entries) {
      if (own !== name || (structure ? !STRUCTURES.has(tag) : tag !== TAG.typedef)) continue;
      const bytes = structure ? size : this.typeAt(offset)?.size;
      if (bytes !== undefined) sizes.add(bytes);
    }
    const [only, ...others] = sizes;
    return others.length === 0 ? only : undefined;
  }

  /** A global variable; undefined where there is none of this name, or different ones. */
  variable(name: string): DwarfType | undefined {
    const [first, ...others] = (this.globals.get(name) ?? []).map(({ type }) => this.typeAt(type));
    // Each file of a program that declares it has an entry.
    return others.every((other) => JSON.stringify(other) === JSON.stringify(first)) ? first : undefined;
  }

  private typeAt(offset: number | undefined, depth = 0): DwarfType | undefined {
    const entry = offset === undefined ? undefined : this.entries.get(offset);
    if (!entry || depth > DEEPEST) return undefined;
    const { tag, name, size, encoding = 0 } = entry;
    const of = (): DwarfType | undefined => this.typeAt(entry.type, depth + 1);
    if (TRANSPARENT.has(tag)) return of();
    if (STRUCTURES.has(tag)) return { kind: 'structure', size, name };
    if (tag === TAG.pointer) return { kind: 'pointer', size: size ?? 8, of: of() };
    if (tag === TAG.array) {
      const element = of();
      const { dimensions } = entry;
      return { kind: 'array', size: dimensions.reduce(product, element?.size), dimensions, of: element };
    }
    const integer = SIGNED.has(encoding) || UNSIGNED.has(encoding);
    return integer ? { kind: 'integer', size, name, signed: SIGNED.has(encoding) } : { kind: 'other', size, name };
  }

  private readUnit(reader: DwarfReader): void {
    const start = reader.at;
    let length = reader.fixed(4);
    const offsetSize = length === 0xffff_ffff ? 8 : 4;
    if (offsetSize === 8) length = reader.fixed(8);
    const end = reader.at + length;
    const version = reader.fixed(2);
    if (version < 4 || version > 5) throw new RangeError(`version ${version}`);
    const kind = version === 5 ? reader.u8() : UNIT_COMPILE;
    // The two stand the other way round since version 5.
    const first = version === 5 ? reader.u8() : reader.fixed(offsetSize);
    const second = version === 5 ? reader.fixed(offsetSize) : reader.u8();
    const [addressSize, abbreviations] = version === 5 ? [first, second] : [second, first];
    // Other kinds have more in their headers, and no variables.
    if (kind === UNIT_COMPILE) {
      const form = { start, offsetSize, addressSize, sections: this.sections };
      this.readEntries(new DwarfEntryReader(reader, form), end, readAbbreviations(this.sections.get('.debug_abbrev'), abbreviations), form);
    }
    reader.at = end;
  }

  private readEntries(reader: DwarfEntryReader, end: number, abbreviations: ReadonlyMap<number, Abbreviation>, { start }: UnitForm): void {
    /** The entries that the present one is inside of. */
    const open: (Entry | undefined)[] = [];
    while (reader.at < end) {
      const offset = reader.at;
      const code = reader.code();
      if (code === 0) {
        open.pop();
        continue;
      }
      const abbreviation = abbreviations.get(code);
      if (!abbreviation) throw new RangeError(`abbreviation ${code}`);
      const { tag, children } = abbreviation;
      const entry = entryOf(tag, reader.attributes(abbreviation), start);
      if (tag === TAG.subrange) open.at(-1)?.dimensions.push(entry.size);
      if (KEPT.has(tag)) this.entries.set(offset, entry);
      // Inside of the unit itself: what is in a function is none of these.
      if (tag === TAG.variable && open.length === 1 && entry.name !== undefined && entry.type !== undefined)
        this.globals.set(entry.name, [...(this.globals.get(entry.name) ?? []), entry]);
      if (children) open.push(entry);
    }
  }
}

/** DW_UT_compile. */
const UNIT_COMPILE = 0x01;

const product = (size: number | undefined, count: number | undefined): number | undefined =>
  size === undefined || count === undefined ? undefined : size * count;

/** @param start of the unit, from which types are counted */
function entryOf(tag: number, values: ReadonlyMap<number, Value>, start: number): Entry {
  const number = (attribute: number): number | undefined => {
    const value = values.get(attribute);
    return typeof value === 'number' ? value : undefined;
  };
  const name = values.get(ATTRIBUTE.name);
  const reference = values.get(ATTRIBUTE.type);
  const last = number(ATTRIBUTE.upperBound);
  // An array without an end has none, or -1.
  const count = number(ATTRIBUTE.count) ?? (last === undefined || last < 0 || last >= 0xffff_ffff ? undefined : last + 1);
  return {
    tag,
    name: typeof name === 'string' ? name : undefined,
    size: tag === TAG.subrange ? count : number(ATTRIBUTE.byteSize),
    type: typeof reference === 'object' ? reference.offset + (reference.local ? start : 0) : undefined,
    encoding: number(ATTRIBUTE.encoding),
    dimensions: [],
  };
}
