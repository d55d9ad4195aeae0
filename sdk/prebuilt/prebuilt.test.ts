import { mkdirSync, mkdtempSync, promises, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileDigest } from '../build/digest.js';
import { DiagnosticError } from '../diagnostic.js';
import type { CompileRequest, LinkRequest, Toolchain } from '../toolchain/index.js';
import { PrebuiltToolchain } from './prebuilt-toolchain.js';
import { RecordingToolchain } from './recording-toolchain.js';
import { guestKey, linkKey } from './records.js';

const FOLDER = mkdtempSync(join(tmpdir(), 'virtbook-'));
afterAll(() => rmSync(FOLDER, { recursive: true }));

let folders = 0;
function folder(files: Record<string, string>): string {
  const path = join(FOLDER, `f ${++folders}`);
  mkdirSync(path);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

/** A compiler whose objects are the text that it saw; a source with `error` is wrong. */
const plain: Toolchain = {
  name: 'plain 1',
  identity: 'plain',
  async compile({ source, output, includeDirs = [], dependencyFile, flags = [] }) {
    const text = readFileSync(source, 'utf8');
    if (text.includes('error')) {
      throw new DiagnosticError('CompileError', [{ severity: 'error', file: source, line: 1, message: 'this is wrong' }]);
    }
    const names = [...text.matchAll(/#include "(.*)"/g)].map(([, name = '']) => name);
    const headers = names.flatMap((name) => {
      const found = includeDirs.map((each) => join(each, name)).find((path) => readable(path) !== undefined);
      return found === undefined ? [] : [found];
    });
    writeFileSync(output, [text, ...headers.map(readable), ...flags].join('\n'));
    if (dependencyFile) writeFileSync(dependencyFile, `o: ${[source, ...headers].map((path) => path.replace(/ /g, '\\ ')).join(' ')}\n`);
    return headers.map((file) => ({ severity: 'warning', file, line: 2, message: 'look here' }));
  },
  assemble: (request) => plain.compile(request),
  async link({ objects, output }) {
    writeFileSync(output, objects.map((path) => readFileSync(path, 'utf8')).join('+'));
    return [];
  },
  archive: async () => undefined,
};

function readable(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

const request = (dir: string, ...others: string[]): CompileRequest => ({
  source: join(dir, 'a.c'),
  output: join(dir, 'a.o'),
  includeDirs: [dir, ...others],
  dependencyFile: join(dir, 'a.d'),
  flags: ['-O0'],
});

const replayed = (recorder: RecordingToolchain, next?: Toolchain): PrebuiltToolchain =>
  new PrebuiltToolchain({
    records: JSON.parse(JSON.stringify(recorder.records)),
    read: async (digest) => recorder.pieces.get(digest)!,
    next: async (missing) => {
      if (next) return next;
      throw new Error(`no compiler for: ${missing}`);
    },
  });

const SOURCE = '#include "q.h"\nint x;';

test('what was compiled in one folder is there in another, with its headers and warnings', async () => {
  const recorder = new RecordingToolchain(plain, new Map());
  const [before, shared] = [folder({ 'a.c': SOURCE }), folder({ 'q.h': 'int q;' })];
  await recorder.compile(request(before, shared));
  const [now, elsewhere] = [folder({ 'a.c': SOURCE }), folder({ 'q.h': 'int q;' })];
  const said = await replayed(recorder).compile(request(now, elsewhere));
  expect(readFileSync(join(now, 'a.o'), 'utf8')).toBe(readFileSync(join(before, 'a.o'), 'utf8'));
  expect(said).toEqual([{ severity: 'warning', file: join(elsewhere, 'q.h'), line: 2, message: 'look here' }]);
  const rule = readFileSync(join(now, 'a.d'), 'utf8');
  expect(rule).toBe(`a.o: ${join(now, 'a.c').replace(/ /g, '\\ ')} ${join(elsewhere, 'q.h').replace(/ /g, '\\ ')}\n`);
});

test('another source, header, flag, or a header that hides the one of before is another step', async () => {
  const recorder = new RecordingToolchain(plain, new Map());
  await recorder.compile(request(folder({ 'a.c': SOURCE }), folder({ 'q.h': 'int q;' })));
  const page = replayed(recorder);
  const shared = folder({ 'q.h': 'int q;' });
  const refused = 'no compiler for: a.c is not as the chapter has it';
  await expect(page.compile(request(folder({ 'a.c': `${SOURCE} ` }), shared))).rejects.toThrow(refused);
  await expect(page.compile(request(folder({ 'a.c': SOURCE }), folder({ 'q.h': 'int other;' })))).rejects.toThrow(refused);
  await expect(page.compile(request(folder({ 'a.c': SOURCE, 'q.h': 'int mine;' }), shared))).rejects.toThrow(refused);
  await expect(page.compile({ ...request(folder({ 'a.c': SOURCE }), shared), flags: ['-O2'] })).rejects.toThrow(refused);
  await page.compile(request(folder({ 'a.c': SOURCE }), shared));
});

test('what is not there is the next one\u2019s, if there is one', async () => {
  const page = replayed(new RecordingToolchain(plain, new Map()), plain);
  const dir = folder({ 'a.c': 'int mine;' });
  await page.compile(request(dir));
  expect(readFileSync(join(dir, 'a.o'), 'utf8')).toBe('int mine;\n-O0');
});

test('an error of the reader\u2019s is told again, with the place in the reader\u2019s file', async () => {
  const recorder = new RecordingToolchain(plain, new Map());
  await expect(recorder.compile(request(folder({ 'a.c': 'error' })))).rejects.toThrow(DiagnosticError);
  const dir = folder({ 'a.c': 'error' });
  const wrong = await replayed(recorder)
    .compile(request(dir))
    .catch((error: unknown) => error);
  expect(wrong).toMatchObject({ kind: 'CompileError', diagnostics: [{ file: join(dir, 'a.c'), line: 1, message: 'this is wrong' }] });
});

test('programs are found by their objects', async () => {
  const recorder = new RecordingToolchain(plain, new Map());
  const dir = folder({ one: '1', two: '2', script: 's' });
  const link = (output: string, ...objects: string[]): LinkRequest => ({
    objects: objects.map((name) => join(dir, name)),
    script: join(dir, 'script'),
    output: join(dir, output),
  });
  await recorder.link(link('before', 'one', 'two'));
  const page = replayed(recorder);
  await page.link(link('after', 'one', 'two'));
  expect(readFileSync(join(dir, 'after'), 'utf8')).toBe('1+2');
  await expect(page.link(link('after', 'two', 'one'))).rejects.toThrow('no compiler for: after is not made');
});

test('where a program with a guest is linked again, the guest is there whole, and only then', async () => {
  const recipe = { drivers: [], init: 'echo' };
  const dir = folder({ one: '1' });
  const seen: string[] = [];
  const cache = process.env.VIRTBOOK_CACHE;
  process.env.VIRTBOOK_CACHE = join(dir, 'cache');
  try {
    const page = new PrebuiltToolchain({
      records: { name: '', identity: '', steps: [], guests: [{ key: guestKey(recipe, ''), pieces: ['a', 'b'] }] },
      read: async (digest) => Buffer.from(`<${digest}>`),
      next: async () => ({
        ...plain,
        async link({ objects }) {
          seen.push(...objects.map((path) => readFileSync(path, 'utf8')));
          return [];
        },
      }),
    });
    const { path } = await page.guestObject(recipe, '');
    await page.link({ objects: [join(dir, 'one'), path], output: join(dir, 'out') });
    expect(seen).toEqual(['1', '<a><b>']);
    expect(readFileSync(path, 'utf8')).toBe(guestKey(recipe, ''));
    await expect(page.guestObject({ ...recipe, init: 'other' }, '')).rejects.toThrow(/this is another[^]*virtbook lab/);
  } finally {
    if (cache === undefined) delete process.env.VIRTBOOK_CACHE;
    else process.env.VIRTBOOK_CACHE = cache;
  }
});

test('pieces of a program with a guest are read before they are asked for, and once', async () => {
  const recipe = { drivers: [], init: 'echo' };
  const dir = folder({ one: '1', script: 's' });
  const link: LinkRequest = { objects: [join(dir, 'one')], script: join(dir, 'script'), output: join(dir, 'out') };
  const read = jest.fn(async (digest: string) => Buffer.from(`<${digest}>`));
  const steps = [{ key: await linkKey(link, fileDigest), inputs: [], diagnostics: [], output: ['a', 'b'] }];
  const page = new PrebuiltToolchain({
    records: { name: '', identity: '', steps, guests: [{ key: guestKey(recipe, ''), pieces: ['b', 'c'] }] },
    read,
    next: () => Promise.reject(new Error('nothing is asked of it')),
  });
  const forget = page.foresee(recipe);
  expect(read.mock.calls).toEqual([['b']]);
  await page.link(link);
  expect(readFileSync(link.output, 'utf8')).toBe('<a><b>');
  expect(read.mock.calls).toEqual([['b'], ['a']]);
  forget();
  await page.link(link);
  expect(readFileSync(link.output, 'utf8')).toBe('<a><b>');
});

test('an output of megabytes that somebody has is not made again', async () => {
  const dir = folder({ one: '1', script: 's' });
  const link: LinkRequest = { objects: [join(dir, 'one')], script: join(dir, 'script'), output: join(dir, 'out') };
  const read = jest.fn(async (digest: string) => Buffer.alloc(2 ** 20, digest));
  const steps = [{ key: await linkKey(link, fileDigest), inputs: [], diagnostics: [], output: ['a', 'b'] }];
  const page = new PrebuiltToolchain({
    records: { name: '', identity: '', steps, guests: [] },
    read,
    next: () => Promise.reject(new Error('nothing is asked of it')),
  });
  const written = jest.spyOn(promises, 'writeFile');
  await page.link(link);
  // As a file in memory would.
  const [, first] = written.mock.calls.at(-1)!;
  await page.link({ ...link, output: join(dir, 'again') });
  const [, second] = written.mock.calls.at(-1)!;
  expect((second as Buffer).buffer).toBe((first as Buffer).buffer);
  expect(read).toHaveBeenCalledTimes(2);
  expect(readFileSync(join(dir, 'again')).equals(readFileSync(link.output))).toBe(true);
});

test('records are the same in whatever order the steps were done', async () => {
  const recorded = async (...sources: string[]): Promise<unknown> => {
    const recorder = new RecordingToolchain(plain, new Map([[FOLDER, '/somewhere']]));
    for (const source of sources) await recorder.compile(request(folder({ 'a.c': source })));
    return recorder.records;
  };
  expect(JSON.stringify(await recorded('int x;', 'int y;', 'int z;'))).toBe(JSON.stringify(await recorded('int z;', 'int x;', 'int y;')));
});

test('no folder of this computer is in debug information, whether it has a name or not', async () => {
  const recorder = new RecordingToolchain(plain, new Map([['/elsewhere', '/files']]));
  const dir = folder({ 'a.c': 'int x;' });
  await recorder.compile(request(dir));
  expect(readFileSync(join(dir, 'a.o'), 'utf8')).toContain(`-ffile-prefix-map=${dir}=/sources`);
});
