import { fromBase64, toBase64 } from './base64.js';

test.each([0, 1, 2, 3, 4, 255, 256, 1000])('%i bytes there and back, as everybody writes them', (length) => {
  const bytes = Uint8Array.from({ length }, (_, i) => (i * 89) & 0xff);
  const text = toBase64(bytes);
  expect(text).toBe(Buffer.from(bytes).toString('base64'));
  expect(fromBase64(text)).toEqual(bytes);
});

test.each(['A', 'AAA', 'AA=A', 'A===', 'AA-_', 'AB==', 'AAB=', 'A\u{1f600}B', '===='])('%j is none', (text) => {
  expect(fromBase64(text)).toBeUndefined();
});
