import type { ReportedSpace } from '../../sdk/tool/reported.js';
import { asLoaded } from './loaded-space.js';

const ROOT = 0x6000_a000;
const MAP = { rights: 'rw-', cached: true, pageSize: '4 KiB' };
const SPACE: ReportedSpace = {
  kind: 'domain',
  name: 'driver',
  capabilities: [],
  root: ROOT,
  mappings: [
    { ...MAP, start: 0x20_0000, end: 0x20_2000, physical: 0x602b_d000, name: 'ELF:driver' },
    { ...MAP, start: 0x4000_0000, end: 0x4040_0000, physical: 0x7000_0000, name: 'large', pageSize: '2 MiB' },
    { ...MAP, start: 0xff_ffff_c000, end: 0xff_ffff_d000, physical: 0x602c_3000, name: 'STACK:driver' },
  ],
};

/** Physical memory with these 64-bit words. */
const memory = (words: Readonly<Record<number, bigint>>) => async (address: number, length: number) => {
  const view = new DataView(new ArrayBuffer(length));
  for (const [at, word] of Object.entries(words)) {
    if (Number(at) >= address && Number(at) < address + length) view.setBigUint64(Number(at) - address, word, true);
  }
  return new Uint8Array(view.buffer);
};

test('pages are where the tables of the machine have them, and those that lie together are one mapping', async () => {
  const read = memory({
    [ROOT]: 0x6100_0003n,
    [ROOT + 8]: 0x6200_0003n,
    // The entry of the last gigabyte is in the second of the two tables.
    [ROOT + 8 * 1023]: 0x6300_0003n,
    [0x6100_0000 + 8]: 0x6100_1003n,
    [0x6100_1000]: 0x0040_0000_6500_07ffn,
    [0x6100_1000 + 8]: 0x0040_0000_6500_17ffn,
    [0x6200_0000]: 0x0040_0000_6600_07fdn,
    [0x6200_0000 + 8]: 0x0040_0000_6700_07fdn,
    [0x6300_0000 + 8 * 511]: 0x6300_1003n,
    [0x6300_1000 + 8 * 508]: 0x0040_0000_6800_07ffn,
  });
  expect((await asLoaded(SPACE, read)).mappings).toEqual([
    { ...SPACE.mappings[0], physical: 0x6500_0000 },
    { ...SPACE.mappings[1], end: 0x4020_0000, physical: 0x6600_0000 },
    { ...SPACE.mappings[1], start: 0x4020_0000, physical: 0x6700_0000 },
    { ...SPACE.mappings[2], physical: 0x6800_0000 },
  ]);
});

test('before anything is mapped, and where no first table is known, the report counts', async () => {
  expect((await asLoaded(SPACE, memory({}))).mappings).toEqual(SPACE.mappings);
  const embedded = { ...SPACE, root: undefined };
  expect(await asLoaded(embedded, () => Promise.reject(new Error('nothing is read')))).toBe(embedded);
});
