import { DiagnosticError } from '../diagnostic.js';
import { decodeDescription } from './decode.js';

const TEXT = '<system>\n  <!-- Zürich -->\n</system>\n';

test('UTF-8, with or without a byte order mark', () => {
  expect(decodeDescription(Buffer.from(TEXT), 't')).toBe(TEXT);
  expect(decodeDescription(Buffer.from(`\uFEFF${TEXT}`), 't')).toBe(`\uFEFF${TEXT}`);
});

test.each([
  ['UTF-16', Buffer.from(`\uFEFF${TEXT}`, 'utf16le'), 1, 'it is UTF-16'],
  ['Latin-1', Buffer.from(TEXT, 'latin1'), 2, 'another encoding'],
  ['a character that is cut off', Buffer.from(`${TEXT}ü`).subarray(0, -1), 4, 'another encoding'],
])('%s is refused, with the line', (_name, bytes, line, hint) => {
  let complaint: unknown;
  try {
    decodeDescription(bytes, 't');
  } catch (error) {
    complaint = error;
  }
  expect(complaint).toBeInstanceOf(DiagnosticError);
  const [diagnostic] = (complaint as DiagnosticError).diagnostics;
  expect(diagnostic).toMatchObject({ file: 't', line, message: 'this is not UTF-8 text' });
  expect(diagnostic?.hint).toContain(hint);
});
