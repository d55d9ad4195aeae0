/** Variables of a domain, read out of the memory of a machine. */
import type { ReportedSpace } from '../../sdk/tool/read-report.js';
import type { BuiltSystem } from './built-system.js';
import { readSymbol } from './domain-memory.js';

const SPACE = {
  kind: 'domain',
  name: 'counter',
  mappings: [
    { start: 0x20_0000, end: 0x20_1000, physical: 0x6000_0000, rights: 'rw-', name: 'ELF:counter', cached: true, pageSize: '4 KiB' },
    { start: 0x20_1000, end: 0x20_2000, physical: 0x6100_0000, rights: 'rw-', name: 'ELF:counter', cached: true, pageSize: '4 KiB' },
  ],
  capabilities: [],
} satisfies ReportedSpace;

/** A program with one variable, in the memory of a machine. */
async function variable(address: number, bytes: readonly number[]) {
  const system = {
    find: () => SPACE,
    symbols: () => ({ find: (name: string) => [{ name, address, size: bytes.length }], names: () => [] }),
  } as unknown as BuiltSystem;
  const memory = new Map(
    bytes.map((byte, index): [number, number] => {
      const at = address + index;
      const map = at < 0x20_1000 ? SPACE.mappings[0] : SPACE.mappings[1];
      return [(map?.physical ?? 0) + at - (map?.start ?? 0), byte];
    }),
  );
  const readMemory = async (from: number, length: number) => Uint8Array.from({ length }, (_, index) => memory.get(from + index) ?? 0xee);
  return readSymbol({ readMemory }, system, 'counter', 'count');
}

test('`exact` has all 64 bits, `value` those that a number has', async () => {
  const { value, exact, size, bytes } = await variable(0x20_0010, [0xf9, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
  expect([exact, value, size, bytes.length]).toEqual([0xffff_ffff_ffff_fff9n, 2 ** 64, 8, 8]);
  expect(await variable(0x20_0010, [1, 0, 0, 0, 0, 0, 0x20, 0])).toMatchObject({ exact: 2n ** 53n + 1n, value: 2 ** 53 });
});

test('a small variable is as large as it is, and a large one gives its first 8 bytes', async () => {
  expect(await variable(0x20_0010, [0x34, 0x12])).toMatchObject({ exact: 0x1234n, value: 0x1234 });
  const large = await variable(0x20_0010, [1, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0xff]);
  expect([large.exact, large.bytes.length]).toEqual([0x8000_0000_0000_0001n, 10]);
});

test('one that crosses into another page is read from both, and text ends at the first 0', async () => {
  const text = [...'hello'].map((letter) => letter.charCodeAt(0));
  expect((await variable(0x20_0ffd, [...text, 0, 0x77])).text).toBe('hello');
});
