import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseGccJson, parseText } from './diagnostics.js';
import { sourcesIn } from './sources.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'diag nostics-'));
  writeFileSync(join(folder, 'a.c'), 'int f(void)\n{ return x }\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

test('GCC: JSON with option and notes, the source line is read from the file', () => {
  const json = [
    {
      kind: 'error',
      message: "'x' undeclared\n here",
      option: '-Wx',
      locations: [{ caret: { file: 'a.c', line: 2, column: 10 } }],
      children: [{ kind: 'note', message: 'once only', locations: [{ caret: { file: 'a.c', line: 1, column: 1 } }] }],
    },
  ];
  expect(parseGccJson(JSON.stringify(json) + '\n', sourcesIn(folder))).toEqual([
    { severity: 'error', file: join(folder, 'a.c'), line: 2, column: 10, message: "'x' undeclared here [-Wx]", sourceLine: '{ return x }' },
    { severity: 'note', file: join(folder, 'a.c'), line: 1, column: 1, message: 'once only', sourceLine: 'int f(void)' },
  ]);
});

test('GCC: lines that are not JSON are read as text', () => {
  expect(parseGccJson("[not json\na.c:1: Error: unknown mnemonic `foo'\n", sourcesIn(folder))).toMatchObject([
    { severity: 'error', line: 1, message: "unknown mnemonic `foo'" },
  ]);
});

test('Clang: text with positions; the count at the end is no complaint', () => {
  expect(
    parseText("a.c:2:11: error: expected ';'\na.c:1:1: warning: odd [-Wodd]\n1 warning and 1 error generated.\n", sourcesIn(folder)),
  ).toMatchObject([
    { severity: 'error', line: 2, column: 11, message: "expected ';'", sourceLine: '{ return x }' },
    { severity: 'warning', line: 1, column: 1, message: 'odd [-Wodd]' },
  ]);
});

test('GNU ld: undefined symbol with and without line', () => {
  const said =
    "aarch64-linux-gnu-ld: /b/a.o: in function `f':\n/s/a.c:2: undefined reference to `g'\n" +
    "aarch64-linux-gnu-ld: /b/a.o:(.text+0x8): undefined reference to `h'\naarch64-linux-gnu-ld: cannot find x.o: No such file or directory\n" +
    'aarch64-linux-gnu-ld: warning: cannot find entry symbol _start; not setting start address\n';
  expect(parseText(said, sourcesIn(folder))).toMatchObject([
    { severity: 'error', file: '/s/a.c', line: 2, message: "undefined reference to `g'" },
    { severity: 'error', file: '/b/a.o', message: "undefined reference to `h'" },
    { severity: 'error', file: '', message: 'cannot find x.o: No such file or directory' },
    { severity: 'warning', file: '', message: 'cannot find entry symbol _start; not setting start address' },
  ]);
});

test('lld: the place comes in a line of its own', () => {
  const said =
    'ld.lld: error: undefined symbol: g\n>>> referenced by a.c:2 (/s p/a.c:2)\n>>>               /b/a.o:(f)\nld.lld: error: cannot open x.o: No such file or directory\n';
  expect(parseText(said, sourcesIn(folder))).toMatchObject([
    { severity: 'error', file: '/s p/a.c', line: 2, message: 'undefined symbol: g' },
    { severity: 'error', file: '', message: 'cannot open x.o: No such file or directory' },
  ]);
});
