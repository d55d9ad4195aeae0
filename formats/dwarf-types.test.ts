import { ProgramTypes } from './dwarf-types.js';

const leb = (value: number): number[] => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >> 7)]);
const u16 = (value: number): number[] => [value & 0xff, value >> 8];
const u32 = (value: number): number[] => [...u16(value & 0xffff), ...u16(value >>> 16)];
const text = (words: string): number[] => [...new TextEncoder().encode(words), 0];

const [NAME, SIZE, UPPER, ENCODING, TYPE, LOCATION, BASE] = [0x03, 0x0b, 0x2f, 0x3e, 0x49, 0x02, 0x72];
const [DATA1, DATA2, STRING, STRP, REF4, EXPRLOC, STRX1, SEC_OFFSET, IMPLICIT] = [0x0b, 0x05, 0x08, 0x0e, 0x13, 0x18, 0x25, 0x17, 0x21];

/** Abbreviations, by their numbers from 1: tag, children, attributes with their forms. */
const abbreviations = (...rows: [tag: number, children: boolean, ...attributes: number[][]][]): Uint8Array =>
  new Uint8Array([
    ...rows.flatMap(([tag, children, ...attributes], index) => [
      ...leb(index + 1),
      ...leb(tag),
      Number(children),
      ...attributes.flatMap(([attribute = 0, form = 0, ...constant]) => [...leb(attribute), ...leb(form), ...constant]),
      ...[0, 0],
    ]),
    0,
  ]);

/** A unit with its header, and the offset that its first entry has. */
function unit(version: 4 | 5, entries: (first: number) => number[]): Uint8Array {
  const header = version === 5 ? [...u16(5), 1, 8, ...u32(0)] : [...u16(4), ...u32(0), 8];
  const body = [...header, ...entries(4 + header.length)];
  return new Uint8Array([...u32(body.length), ...body]);
}

const COMPILE_UNIT = 0x11;
const [ARRAY, POINTER, STRUCTURE, TYPEDEF, SUBRANGE, BASE_TYPE, CONST, VARIABLE, SUBPROGRAM] = [
  0x01, 0x0f, 0x13, 0x16, 0x21, 0x24, 0x26, 0x34, 0x2e,
];

/** int (signed, 4 bytes); struct queue (0x808 bytes); table: struct queue [3][open]; row: const int; and a local variable. */
function program(version: 4 | 5): Map<string, Uint8Array> {
  const strings = version === 5 ? STRX1 : STRP;
  const named = (index: number): number[] => (version === 5 ? [index] : u32(index === 0 ? 0 : 6));
  const abbrev = abbreviations(
    [COMPILE_UNIT, true, ...(version === 5 ? [[BASE, SEC_OFFSET]] : [])],
    [BASE_TYPE, false, [SIZE, IMPLICIT, 4], [ENCODING, DATA1], [NAME, STRING]],
    [STRUCTURE, false, [NAME, strings], [SIZE, DATA2]],
    [ARRAY, true, [TYPE, REF4]],
    [SUBRANGE, false, [UPPER, DATA1]],
    [SUBRANGE, false],
    [CONST, false, [TYPE, REF4]],
    [VARIABLE, false, [NAME, strings], [TYPE, REF4], [LOCATION, EXPRLOC]],
    [SUBPROGRAM, true],
    [TYPEDEF, false, [NAME, STRING], [TYPE, REF4]],
    [POINTER, false, [TYPE, REF4]],
    [VARIABLE, false, [NAME, STRING], [TYPE, REF4]],
  );
  // DW_FORM_implicit_const is of version 5: the same bytes mean nothing else in version 4, where no compiler writes it.
  const info = unit(version, (first) => {
    const bytes: number[] = [];
    const at: Record<string, number> = {};
    const put = (name: string, ...entry: number[]): void => {
      at[name] = first + bytes.length;
      bytes.push(...entry);
    };
    put('unit', 1, ...(version === 5 ? u32(8) : []));
    put('int', 2, 0x05, ...text('int'));
    put('queue', 3, ...named(0), ...u16(0x808));
    put('array', 4, ...u32(at.queue!), 5, 2, 6, 0);
    put('const', 7, ...u32(at.int!));
    put('table', 8, ...named(1), ...u32(at.array!), 9, 0x03, ...Array.from({ length: 8 }, () => 0));
    put('function', 9);
    put('local', 12, ...text('local'), ...u32(at.int!), 0);
    put('typedef', 10, ...text('queue_t'), ...u32(at.queue!));
    put('pointer', 11, ...u32(at.typedef!));
    put('ring', 12, ...text('ring'), ...u32(at.pointer!));
    put('row', 12, ...text('row'), ...u32(at.const!));
    return [...bytes, 0];
  });
  return new Map([
    ['.debug_abbrev', abbrev],
    ['.debug_info', info],
    ['.debug_str', new Uint8Array([...text('queue'), ...text('table')])],
    ['.debug_str_offsets', new Uint8Array([...u32(12), ...u16(5), ...u16(0), ...u32(0), ...u32(6)])],
  ]);
}

describe.each([4, 5] as const)('DWARF %i', (version) => {
  const types = new ProgramTypes(program(version));

  test('sizes of structures and of typedefs', () => {
    expect(types.sizeOf('queue', true)).toBe(0x808);
    expect(types.sizeOf('queue_t', false)).toBe(0x808);
    expect(types.sizeOf('queue', false)).toBeUndefined();
    expect(types.sizeOf('int', true)).toBeUndefined();
  });

  test('global variables', () => {
    const queue = { kind: 'structure', size: 0x808, name: 'queue' };
    expect(types.variable('table')).toEqual({ kind: 'array', size: undefined, dimensions: [3, undefined], of: queue });
    expect(types.variable('row')).toEqual({ kind: 'integer', size: 4, name: 'int', signed: true });
    expect(types.variable('ring')).toEqual({ kind: 'pointer', size: 8, of: queue });
    expect(types.variable('local')).toBeUndefined();
    expect(types.variable('other')).toBeUndefined();
  });
});

test('what is damaged says nothing from there on', () => {
  const sections = program(5);
  for (let end = 0; end < sections.get('.debug_info')!.length; end++)
    expect(() => new ProgramTypes(new Map([...sections, ['.debug_info', sections.get('.debug_info')!.slice(0, end)]]))).not.toThrow();
  expect(new ProgramTypes(new Map()).sizeOf('queue', true)).toBeUndefined();
});
