import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Diagnostic } from '../diagnostic.js';
import { aboutProgram } from './link-complaints.js';

let folder: string;
let source: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'link-'));
  source = join(folder, 'one.c');
  writeFileSync(source, 'void f(void);\nvoid g(void) { f(); }\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

const about = (diagnostic: Partial<Diagnostic>): Diagnostic =>
  aboutProgram({ severity: 'error', file: '', message: '', ...diagnostic }, 'one.elf', [source]);

test.each([
  ['GNU ld, which has the path', () => source],
  ['lld, which has the name', () => '/elsewhere/one.c'],
])('a place in a source: %s', (_, file) => {
  expect(about({ file: file(), line: 2, message: 'undefined symbol: f' })).toEqual({
    severity: 'error',
    file: source,
    line: 2,
    message: 'undefined symbol: f',
    sourceLine: 'void g(void) { f(); }',
  });
});

test.each(["undefined reference to `notified'", 'undefined symbol: notified'])('an entry point that is missing: %s', (message) => {
  expect(about({ file: '/sdk/main.c', line: 60, message })).toEqual({
    severity: 'error',
    file: source,
    message: `one.elf: ${message}`,
    hint: expect.stringContaining('void notified(microkit_channel ch)'),
  });
});

test('what is about no file of the reader is about the program', () => {
  expect(about({ file: join(folder, 'one.o'), message: 'cannot represent machine' })).toEqual({
    severity: 'error',
    file: source,
    message: 'one.elf: cannot represent machine',
  });
});
