import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DiagnosticError } from '../diagnostic.js';
import { smallElf } from '../../formats/testing/small-elf.js';
import type { CompileRequest, Toolchain } from '../toolchain/index.js';
import { dependencies, ObjectStore } from './objects.js';

test('a rule of -MD: spaces, continued lines, dollars', () => {
  expect(dependencies('out\\ dir/a.o: /s\\ p/a.c \\\n  /i/b$$.h /i/c\\#.h\n')).toEqual(['/s p/a.c', '/i/b$.h', '/i/c#.h']);
  expect(dependencies('C:/o/a.o: C:/s/a.c\n')).toEqual(['C:/s/a.c']);
  expect(dependencies('a.o:\n')).toEqual([]);
});

let folder: string;
let compiled: string[];
const at = (name: string): string => join(folder, name);

/** Notes what it is asked for, and says that every source includes h.h. */
const toolchain: Toolchain = {
  name: 'fake',
  identity: 'fake 1',
  compile: async ({ source, output, dependencyFile }: CompileRequest) => {
    if (readFileSync(source, 'utf8') === 'wrong')
      throw new DiagnosticError('CompileError', [{ severity: 'error', file: source, message: 'wrong' }]);
    compiled.push(source);
    writeFileSync(output, smallElf());
    writeFileSync(dependencyFile!, `x.o: ${source.replace(/ /g, '\\ ')} ${at('h.h').replace(/ /g, '\\ ')}\n`);
    return [{ severity: 'warning', file: source, message: 'hm' }];
  },
  assemble: () => Promise.reject(new Error('not here')),
  link: () => Promise.reject(new Error('not here')),
  archive: () => Promise.reject(new Error('not here')),
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'object store-'));
  compiled = [];
  writeFileSync(at('a.c'), 'int a;');
  writeFileSync(at('h.h'), '');
});
afterEach(() => rmSync(folder, { recursive: true }));

const settings = {
  flags: ['-O1'],
  get includeDirs() {
    return [folder];
  },
  systemIncludeDirs: [],
};
const ask = (flags = settings.flags): ReturnType<ObjectStore['object']> =>
  new ObjectStore(at('objects'), toolchain).object(at('a.c'), { ...settings, flags });

test('compiled once; the warning is remembered', async () => {
  const first = await ask();
  const second = await ask();
  expect([first.compiled, second.compiled, compiled.length]).toEqual([true, false, 1]);
  expect(second).toEqual({ ...first, compiled: false });
  expect(second.warnings).toMatchObject([{ message: 'hm' }]);
});

interface Change {
  what: string;
  change: () => void;
  flags?: string[];
  sameKey?: boolean;
}

test.each<Change>([
  { what: 'the source', change: () => writeFileSync(at('a.c'), 'int b;') },
  { what: 'a header', change: () => writeFileSync(at('h.h'), '#define X') },
  { what: 'the flags', change: () => undefined, flags: ['-O2'] },
  { what: 'a new header in the search path', change: () => writeFileSync(at('new.h'), '') },
  { what: 'the object, gone', change: () => rmSync(at('objects'), { recursive: true }), sameKey: true },
  {
    what: 'a damaged record',
    change: () =>
      writeFileSync(
        join(
          at('objects'),
          readdir(at('objects')).find((name) => name.endsWith('.json'))!,
        ),
        '{',
      ),
    sameKey: true,
  },
])('compiled again when it changes: $what', async ({ change, flags, sameKey }) => {
  const { key } = await ask();
  change();
  const again = await ask(flags);
  expect(again.compiled).toBe(true);
  expect(again.key === key).toBe(sameKey ?? false);
});

test('a touched file with the same content is not compiled again', async () => {
  await ask();
  writeFileSync(at('a.c'), 'int a;');
  expect((await ask()).compiled).toBe(false);
});

test('an error leaves the object of before', async () => {
  const { path } = await ask();
  const before = readFileSync(path);
  writeFileSync(at('a.c'), 'wrong');
  await expect(ask()).rejects.toThrow(DiagnosticError);
  expect(readFileSync(path).equals(before)).toBe(true);
  writeFileSync(at('a.c'), 'int a;');
  expect((await ask()).compiled).toBe(false);
  expect(readdir(at('objects')).filter((name) => name.startsWith('.'))).toEqual([]);
});

function readdir(path: string): string[] {
  mkdirSync(path, { recursive: true });
  return readdirSync(path);
}
