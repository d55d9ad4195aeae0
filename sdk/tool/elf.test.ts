import { ElfError, ElfFile } from './elf.js';
import { itemAt } from './item.js';
import { writeElf, writeProgram } from './testing/elf-writer.js';

const read = (bytes: Uint8Array): ElfFile => new ElfFile(bytes, 'x.elf');

function damaged(change: (view: DataView, bytes: Uint8Array) => void): Uint8Array {
  const bytes = writeProgram([{ name: 'counter', address: 0x20_2080, size: 8 }]);
  change(new DataView(bytes.buffer), bytes);
  return bytes;
}

test('segments, entry and symbols', () => {
  const elf = read(writeProgram([{ name: 'counter', address: 0x20_2080, size: 8 }]));
  expect(elf.entry).toBe(0x20_0000);
  expect(
    elf.segments.map(({ vaddr, memorySize, data, readable, writable, executable }) => [
      vaddr,
      memorySize,
      data.length,
      readable,
      writable,
      executable,
    ]),
  ).toEqual([
    [0x20_0000, 0x1234, 0x1234, true, false, true],
    [0x20_2000, 0x2800, 0x100, true, true, false],
  ]);
  expect(elf.symbol('counter')).toMatchObject({ address: 0x20_2080, size: 8 });
  expect(elf.symbol('nothing')).toBeUndefined();
  expect(elf.variableNames()).toContain('counter');
});

test('patching leaves the file as it is, also one that Node has read', () => {
  const bytes = Buffer.from(writeProgram([{ name: 'counter', address: 0x20_2080, size: 8 }]));
  const before = Buffer.from(bytes);
  const elf = new ElfFile(bytes, 'x.elf');
  for (const value of [1, 2]) elf.patch('counter', new Uint8Array(8).fill(value));
  expect(elf.segments[1]?.data[0x80]).toBe(2);
  expect(bytes.equals(before)).toBe(true);
});

test('patching writes a copy, and grows into .bss', () => {
  const bytes = writeProgram([
    { name: 'late', address: 0x20_3000, size: 8 },
    { name: 'lost', address: 0x90_0000, size: 8 },
  ]);
  const before = bytes.slice();
  const elf = read(bytes);
  expect(elf.patch('late', new Uint8Array([1, 2, 3]))).toBe(true);
  const { data } = itemAt(elf.segments, 1);
  expect(data).toHaveLength(0x1003);
  expect([...data.subarray(0xff, 0x101)]).toEqual([0xd5, 0]);
  expect([...data.subarray(0x1000)]).toEqual([1, 2, 3]);
  expect(bytes).toEqual(before);
  expect(elf.patch('nothing', new Uint8Array(1))).toBe(false);
  expect(() => elf.patch('late', new Uint8Array(9))).toThrow(/has 8 bytes, and 9 are to be written/);
  expect(() => elf.patch('lost', new Uint8Array(8))).toThrow(/is not in a loadable segment/);
});

test('two symbols of one name are refused only when they are asked for', () => {
  const elf = read(
    writeProgram([
      { name: 'twice', address: 0x20_2080, size: 8 },
      { name: 'twice', address: 0x20_2090, size: 8 },
    ]),
  );
  expect(elf.symbol('microkit_name')).toBeDefined();
  expect(() => elf.symbol('twice')).toThrow("Found multiple symbols with name 'twice'");
});

const REFUSED: [string, Uint8Array, RegExp][] = [
  ['an empty file', new Uint8Array(0), /^Failed to read ELF 'x.elf': the file has only 0 bytes/],
  ['a text file', new TextEncoder().encode('int main(void) { return 0; }'.repeat(4)), /^ELF 'x.elf': magic check failed/],
  ['32 bits', damaged((_, bytes) => void (bytes[4] = 1)), /invalid class '1'/],
  ['big endian', damaged((_, bytes) => void (bytes[5] = 2)), /incorrect endianness, only little endian architectures are supported/],
  ['another processor', damaged((view) => view.setUint16(18, 62, true)), /machine 62, not for AArch64/],
  ['an object file', damaged((view) => view.setUint16(16, 1, true)), /not an executable/],
  [
    'program headers beyond the end',
    damaged((view) => view.setBigUint64(32, 1n << 60n, true)),
    /program header table lies outside of the file/,
  ],
  ['a segment beyond the end', damaged((view) => view.setBigUint64(64 + 32, 0x10000n, true)), /segment 0 lies outside of the file/],
  [
    'a segment smaller than its file part',
    damaged((view) => view.setBigUint64(64 + 40, 1n, true)),
    /segment 0 is larger in the file than in memory/,
  ],
  ['a segment beyond all memory', damaged((view) => view.setBigUint64(64 + 40, 1n << 40n, true)), /more than the board's memory/],
  [
    'an address beyond all addresses',
    damaged((view) => view.setBigUint64(64 + 16, 1n << 60n, true)),
    /segment 0 has the address 0x1000000000000000/,
  ],
  ['segments over each other', damaged((view) => view.setBigUint64(64 + 40, 0x5000n, true)), /two segments overlap at 0x202000/],
  ['nothing to load', writeElf({ entry: 0, segments: [] }), /nothing in it is to be loaded/],
];

describe('refused', () => {
  for (const [title, bytes, message] of REFUSED) {
    test(title, () => {
      const attempt = (): ElfFile => read(bytes);
      expect(attempt).toThrow(ElfError);
      expect(attempt).toThrow(message);
    });
  }
});

test('a symbol table without a string table', () => {
  const elf = read(damaged((view) => view.setUint32(Number(view.getBigUint64(40, true)) + 64 + 40, 99, true)));
  expect(() => elf.symbol('counter')).toThrow(/the symbol table has no string table/);
});
