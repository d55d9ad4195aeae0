import { createHash } from 'node:crypto';
import { sha256 } from './sha256.js';

test.each([0, 1, 55, 56, 63, 64, 65, 119, 120, 1000])('is the host’s for %i bytes', (length) => {
  const bytes = Uint8Array.from({ length }, (_, i) => (i * 7 + 3) & 0xff);
  expect(sha256(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'));
});
