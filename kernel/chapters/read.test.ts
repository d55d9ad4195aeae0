import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DiagnosticError } from '../../sdk/diagnostic.js';
import { type Chapter, withUsed } from '../session/chapter.js';
import { readChapter } from './read.js';

const FOLDER = join(mkdtempSync(join(tmpdir(), 'virtbook-chapter-')), 'hello');
const FILE = join(FOLDER, 'chapter.json');
for (const folder of [join(FOLDER, 'kit'), join(FOLDER, '..', 'base', 'kit')]) mkdirSync(folder, { recursive: true });
for (const name of ['server.ts', 'words.ts']) writeFileSync(join(FOLDER, '..', 'base', 'kit', name), '');
for (const name of ['hello.ipynb', 'kit/index.ts', 'kit/server.ts', 'init']) writeFileSync(join(FOLDER, name), '');
afterAll(() => rmSync(join(FOLDER, '..'), { recursive: true, force: true }));

const read = (text: string): Chapter => readChapter(text, FILE, 'working folder');

/** `line:column message (hint)` of every complaint. */
function complaints(text: string): string[] {
  try {
    read(text);
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    expect(error.kind).toBe('ChapterError');
    return error.diagnostics.map(({ line, column, message, hint }) => `${line}:${column} ${message} (${hint})`);
  }
  return [];
}

test('an empty object is a chapter: everything has a default', () => {
  expect(read('{}')).toMatchObject({
    name: 'hello',
    folder: FOLDER,
    title: 'hello',
    notebook: join(FOLDER, 'hello.ipynb'),
    sources: [FOLDER],
    machine: { ramSize: 2 ** 31, processors: 1, virtualization: true, imageAddress: 0x7000_0000, network: { hosts: [] } },
    guest: undefined,
    kit: undefined,
  });
});

test('a chapter has what those have that it uses', () => {
  const used = readChapter(
    '{ "sources": ["."], "programs": { "a.elf": ["a.c"], "b.elf": ["b.c"] } }',
    join(FOLDER, '..', 'base', 'chapter.json'),
    'package',
  );
  const find = (name: string) => (name === 'base' ? used : name === 'user' ? ('circle' as const) : undefined);
  const using = (text: string) => readChapter(text, FILE, 'working folder', find);
  const chapter = using('{ "uses": ["base"], "programs": { "b.elf": ["own.c"] } }');
  expect(chapter.sources).toEqual([FOLDER, join(FOLDER, '..', 'base')]);
  expect([...chapter.programs]).toEqual([
    ['a.elf', ['a.c']],
    ['b.elf', ['own.c']],
  ]);
  expect(withUsed(chapter)).toEqual([used, chapter]);
  const hosts = '{ "module": "kit/server.ts" }, { "module": "kit/words.ts" }';
  expect(using(`{ "uses": ["base"], "machine": { "network": { "hosts": [${hosts}] } } }`).machine.network?.hosts).toMatchObject([
    { module: join(FOLDER, 'kit', 'server.ts') },
    { module: join(FOLDER, '..', 'base', 'kit', 'words.ts') },
  ]);
  for (const [name, message] of [
    ['bsae', 'there is no chapter bsae'],
    ['user', 'user uses this chapter itself'],
  ])
    expect(() => using(`{ "uses": ["${name}"] }`)).toThrow(message);
});

test('everything that can be said', () => {
  const chapter = read(
    JSON.stringify({
      $schema: '../chapter.schema.json',
      title: 'Hello',
      order: 3,
      system: 'hello.system',
      sources: ['.', 'kit'],
      programs: { 'hello.elf': ['start.S', 'hello.c'] },
      machine: {
        ram: '512M',
        processors: 2,
        virtualization: false,
        image: { address: '0x50000000' },
        network: { mac: '02:00:00:00:00:01', hosts: [{ module: 'kit/server.ts', argument: { port: 80, names: ['a'] } }] },
      },
      guest: { drivers: ['virtio_net'], init: 'init' },
      kit: 'kit/index.ts',
      magics: ['wave'],
    }),
  );
  expect(chapter).toMatchObject({
    title: 'Hello',
    order: 3,
    system: 'hello.system',
    sources: [FOLDER, join(FOLDER, 'kit')],
    machine: {
      ramSize: 2 ** 29,
      processors: 2,
      virtualization: false,
      imageAddress: 0x5000_0000,
      network: { mac: '02:00:00:00:00:01', hosts: [{ module: join(FOLDER, 'kit', 'server.ts'), argument: { port: 80, names: ['a'] } }] },
    },
    guest: { drivers: ['virtio_net'], init: join(FOLDER, 'init') },
    kit: { module: join(FOLDER, 'kit', 'index.ts'), magics: ['wave'] },
  });
  expect([...chapter.programs]).toEqual([['hello.elf', ['start.S', 'hello.c']]]);
  expect(read('{ "machine": { "network": false } }').machine.network).toBeUndefined();
});

test.each<[string, string[]]>([
  ['', ['1:1 the file is empty (write an object in { and })']],
  ['{\n  "title": "x"\n  "order": 1\n}', ['3:3 a comma is missing (put a comma between two keys, or two parts of a list)']],
  ['{ // x\n}', ['1:3 JSON has no comments (take the comment out)']],
  ['{ "order": 1, }', ['1:15 a key is missing (write a key in double quotes; there is no comma after the last one)']],
  ['{ "title": "x }', ['1:12 a text does not end (close it with a double quote on the same line)']],
  ['[]', ['1:1 a list is not an object (write an object in { and })']],
  ['{\n  "tilte": "x"\n}', ['2:3 "tilte" is not a key here (did you mean "title"?)']],
  [
    '{ "machine": { "memory": 1 } }',
    ['1:16 "memory" is not a key here (the keys here are ram, processors, virtualization, image, network)'],
  ],
  ['{ "title": "a", "title": "b" }', ['1:17 "title" is here twice (keep one of them)']],
  ['{ "title": 4 }', ['1:12 a number is not a text (write a text in double quotes, such as "Part 1: hello")']],
  ['{ "order": "first" }', ['1:12 a text is not a whole number from 0 to 1000000 (write a number from 0 to 1000000)']],
  ['{ "machine": { "processors": 5 } }', ['1:30 5 is not a whole number from 1 to 4 (write a number from 1 to 4)']],
  ['{ "machine": { "virtualization": "on" } }', ['1:34 a text is neither true nor false (write true or false, without quotes)']],
  ['{ "machine": { "ram": "2 GB" } }', ['1:23 "2 GB" is not a size in M or G (write a size in M or G in double quotes, such as "2G")']],
  ['{ "machine": { "ram": "4G" } }', ['1:23 4G is more memory than the board has room for (write "3G" or less)']],
  ['{ "machine": { "ram": "1023M" } }', ['1:23 1023M is not a multiple of 2M (write an even number of M)']],
  [
    '{ "machine": { "ram": "512M" } }',
    [
      '1:23 with so little RAM, 0x70000000 is not in RAM (add "image": { "address": ... }, and write an address from 0x40000000 to below 0x60000000)',
    ],
  ],
  [
    '{ "machine": { "image": { "address": "0x10000000" } } }',
    ['1:38 0x10000000 is not in RAM (write an address from 0x40000000 to below 0xc0000000)'],
  ],
  ['{ "machine": { "image": {} } }', ['1:25 "address" is missing (add "address": a physical address in RAM, which begins at 0x40000000.)']],
  [
    '{ "machine": { "network": { "mac": "01:00:00:00:00:01" } } }',
    [
      '1:36 "01:00:00:00:00:01" is not the hardware address of one card: six pairs of hexadecimal digits, the first pair even (write the hardware address of one card: six pairs of hexadecimal digits, the first pair even in double quotes, such as "52:54:00:12:34:56")',
    ],
  ],
  [
    '{ "sources": ["src"] }',
    ['1:15 there is no folder src in hello (make it, or correct the path: it is relative to the folder of chapter.json)'],
  ],
  [
    '{ "kit": "../kit.ts" }',
    ['1:10 ../kit.ts is outside the folder of the chapter (move it into the folder: everything of a chapter is in it)'],
  ],
  ['{ "kit": "init" }', ['1:10 init is neither TypeScript nor JavaScript (write the path of a .ts, .js or .cjs file)']],
  ['{ "magics": ["wave"] }', ['1:13 magics come from a kit, and there is none (add "kit": the path of the module)']],
  [
    '{ "programs": { "hello": [] } }',
    [
      '1:17 "hello" is not the file name of a program image, such as hello.elf (write the file name of a program image, such as hello.elf here)',
    ],
  ],
  [
    '{ "order": -1,\n  "kit": "no.ts" }',
    [
      '1:12 -1 is not a whole number from 0 to 1000000 (write a number from 0 to 1000000)',
      '2:10 there is no file no.ts in hello (make it, or correct the path: it is relative to the folder of chapter.json)',
    ],
  ],
])('%j: %j', (text, expected) => {
  expect(complaints(text)).toEqual(expected);
});
