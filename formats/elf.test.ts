import { smallElf } from './testing/small-elf.js';
import { elfName, EM_AARCH64, ET_EXEC, isElf, PT_INTERP } from './elf.js';
import { readElfProgram } from './elf-program.js';
import { readElfSections } from './elf-sections.js';

test('a name ends at its zero; one that has no end, or starts outside, is empty', () => {
  const names = new TextEncoder().encode('\0one\0two');
  expect([0, 1, 3, 5, 100].map((start) => elfName(names, start))).toEqual(['', 'one', 'e', '', '']);
});

test('sections by name, without those that the file does not hold', () => {
  const file = smallElf({ type: ET_EXEC, sections: { '.text': 'code', '.data': 'more' } });
  const read = readElfSections(file);
  expect(read).toMatchObject({ type: ET_EXEC, machine: EM_AARCH64, dynamic: false });
  expect([...(read?.sections ?? [])].map(([name, content]) => [name, Buffer.from(content).toString()])).toEqual(
    expect.arrayContaining([
      ['.text', 'code'],
      ['.data', 'more'],
    ]),
  );
  expect(readElfSections(smallElf({ segmentType: PT_INTERP }))?.dynamic).toBe(true);
});

test.each([0, 3, 63, 64, 100, 119])('%i bytes of one are not read', (length) => {
  const file = smallElf({ sections: { '.text': 'code' } });
  expect(isElf(file.subarray(0, length))).toBe(length >= 4);
  expect(readElfSections(file.subarray(0, length))).toBeUndefined();
});

/** A program of one segment, whose virtual address is not its physical one. */
function program(change: (view: DataView) => void = () => undefined): Uint8Array {
  const file = new Uint8Array(128);
  file.set(smallElf({ type: ET_EXEC }).subarray(0, 64));
  const view = new DataView(file.buffer);
  view.setBigUint64(24, 0xffff_0000_0000_1004n, true);
  const at = 64;
  view.setUint32(at, 1, true);
  view.setBigUint64(at + 8, 120n, true);
  view.setBigUint64(at + 16, 0xffff_0000_0000_1000n, true);
  view.setBigUint64(at + 24, 0x4000_0000n, true);
  view.setBigUint64(at + 32, 8n, true);
  view.setBigUint64(at + 40, 16n, true);
  file.fill(7, 120);
  change(view);
  return file;
}

test('a program goes to its physical addresses, and starts there', () => {
  expect(readElfProgram(program(), 100)).toEqual({
    entry: 0x4000_0004,
    segments: [{ address: 0x4000_0000, bytes: Uint8Array.of(7, 7, 7, 7, 7, 7, 7, 7, 0, 0, 0, 0, 0, 0, 0, 0) }],
  });
});

test.each<[string, (view: DataView) => void, string]>([
  ['another processor', (view) => view.setUint16(18, 62, true), 'the ELF file is not for AArch64, little-endian'],
  ['a table outside', (view) => view.setBigUint64(32, 1n << 63n, true), 'the ELF file is cut off'],
  ['a segment that goes on after the end', (view) => view.setBigUint64(64 + 32, 9n, true), 'the ELF file is cut off'],
  [
    'more than there is RAM',
    (view) => view.setBigUint64(64 + 40, 101n, true),
    'the ELF file has a segment of 101 bytes, which is more than there is RAM',
  ],
  ['nothing to load', (view) => view.setUint32(64, 6, true), 'the ELF file has nothing to load'],
])('%s', (_, change, message) => {
  expect(() => readElfProgram(program(change), 100)).toThrow(new RangeError(message));
});
