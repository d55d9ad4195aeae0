import { KernelFiles } from './contents.js';
import type { Contents, Model } from './jupyterlite.js';

/** A front end's files, in memory. */
class FakeContents implements Contents {
  readonly files = new Map<string, Partial<Model>>([['', { path: '', type: 'directory' }]]);
  readonly slots: Parameters<Contents['fileChanged']['connect']>[0][] = [];
  readonly fileChanged: Contents['fileChanged'] = { connect: (slot) => void this.slots.push(slot), disconnect: () => undefined };
  full = false;

  async get(path: string): Promise<Model> {
    const found = this.files.get(path);
    if (!found) throw new Error(`${path} does not exist`);
    const inside = [...this.files.values()].filter((each) => each.path !== '' && each.path?.replace(/\/?[^/]*$/, '') === path);
    return { format: null, content: inside, path, type: 'file', ...found };
  }
  async save(path: string, model: Partial<Model>): Promise<void> {
    if (this.full) throw new Error('QuotaExceededError');
    this.files.set(path, { ...model, path });
  }
  async delete(path: string): Promise<void> {
    if (!this.files.delete(path)) throw new Error(`${path} does not exist`);
  }
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Waits until what was asked for before has been done: it is done in order. */
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

let contents: FakeContents;
let failures: string[];
let files: KernelFiles;
beforeEach(() => {
  contents = new FakeContents();
  failures = [];
  files = new KernelFiles(contents, '', (path, why) => failures.push(`${path}: ${why}`));
});

test('what cells write is kept, in folders, and given to the next kernel', async () => {
  files.keep([
    { path: 'notes/mine.c', content: bytes('int mine;') },
    { path: 'picture.bin', content: Uint8Array.of(0xff, 0, 0x80) },
  ]);
  await settled();
  const all = await new KernelFiles(contents, '', () => undefined).all();
  expect(all.map(({ path, content }) => [path, [...content!]]).sort()).toEqual([
    ['notes/mine.c', [...bytes('int mine;')]],
    ['picture.bin', [0xff, 0, 0x80]],
  ]);
  files.keep([{ path: 'notes/mine.c' }]);
  await settled();
  expect(contents.files.has('notes/mine.c')).toBe(false);
});

test('a browser without room is told of, file by file, and later files are kept', async () => {
  contents.full = true;
  files.keep([{ path: 'one.c', content: bytes('1') }]);
  await settled();
  contents.full = false;
  files.keep([{ path: 'two.c', content: bytes('2') }]);
  await settled();
  expect(failures).toEqual(['one.c: QuotaExceededError']);
  expect(contents.files.has('two.c')).toBe(true);
});

test('a change of the reader\u2019s goes to the kernel, and what the kernel has written does not come back', async () => {
  const seen: [string, string][] = [];
  files.watch((changed) => seen.push(...changed.map(({ path, content }): [string, string] => [path, new TextDecoder().decode(content)])));
  const tell = (path: string): void =>
    contents.slots.forEach((slot) => slot(undefined, { type: 'save', oldValue: null, newValue: { path, type: 'file' } }));
  files.keep([{ path: 'own.c', content: bytes('by a cell') }]);
  await settled();
  tell('own.c');
  await contents.save('own.c', { type: 'file', format: 'text', content: 'by hand' });
  await settled();
  tell('own.c');
  await settled();
  expect(seen).toEqual([['own.c', 'by hand']]);
});
