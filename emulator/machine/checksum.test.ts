import { crc32 as zlib } from 'node:zlib';
import { crc32 } from './checksum.js';

test.each([0, 1, 15, 16, 17, 33, 0xbfff, 0xc000, 0xc001, 0x2_0000])('is zlib’s for %i bytes', (length) => {
  const bytes = Uint8Array.from({ length }, (_, i) => (i * 251 + (i >> 8)) & 0xff);
  expect(crc32(bytes)).toBe(zlib(bytes));
  expect(crc32(bytes.subarray(1))).toBe(zlib(bytes.subarray(1)));
});
