import type { SessionRecord } from '../session/snapshot-store.js';
import { KeptSnapshots, keptSnapshots, type StorageFolder } from './kept-snapshots.js';

/** A folder of a browser's storage that has room for so many bytes. */
class FakeFolder implements StorageFolder {
  readonly files = new Map<string, Uint8Array>();
  lastModified = Date.now();

  constructor(private readonly room = Infinity) {}

  async *keys(): AsyncGenerator<string> {
    yield* [...this.files.keys()];
  }

  async getFileHandle(name: string, { create = false } = {}): ReturnType<StorageFolder['getFileHandle']> {
    if (!this.files.has(name)) {
      if (!create) throw new DOMException('A requested file was not found', 'NotFoundError');
      this.files.set(name, new Uint8Array(0));
    }
    return {
      getFile: async () => new File([new Uint8Array(this.files.get(name)!)], name, { lastModified: this.lastModified }),
      createSyncAccessHandle: async () => ({
        truncate: (size) => void this.files.set(name, new Uint8Array(size)),
        write: (bytes) => {
          if (bytes.length > this.room) throw new DOMException('No room', 'QuotaExceededError');
          this.files.set(name, bytes.slice());
          return bytes.length;
        },
        flush: () => undefined,
        close: () => undefined,
      }),
    };
  }

  async removeEntry(name: string): Promise<void> {
    if (!this.files.delete(name)) throw new DOMException('A requested file was not found', 'NotFoundError');
  }
}

const RECORD: SessionRecord = {
  run: 'part4',
  seed: 7,
  console: { bytes: Uint8Array.of(104, 105), shown: [] },
  expectFrom: 1,
  views: {},
  time: 2e9,
};
const MACHINE = Uint8Array.from({ length: 10_000 }, (_, index) => index);

async function take(snapshots: KeptSnapshots, name: string, machine = MACHINE): Promise<void> {
  const file = snapshots.newFile(name);
  await snapshots.write(file, machine);
  await snapshots.save(name, RECORD, file);
}

test('a snapshot is there for the next page, whole', async () => {
  const folder = new FakeFolder();
  await take(await KeptSnapshots.open(folder), 'booted');
  const next = await KeptSnapshots.open(folder);
  expect(next.names()).toEqual(['booted']);
  expect(await next.list()).toMatchObject([{ name: 'booted', bytes: 10_000, record: { run: 'part4', seed: 7 } }]);
  const stored = await next.open('booted');
  expect([stored?.record.time, [...stored!.record.console.bytes], stored?.readMachine()]).toEqual([2e9, [104, 105], MACHINE]);
});

test('one of the same name is replaced, and nothing of it is left', async () => {
  const folder = new FakeFolder();
  const snapshots = await KeptSnapshots.open(folder);
  await take(snapshots, 'one');
  await take(snapshots, 'one', Uint8Array.of(1, 2, 3));
  expect((await snapshots.open('one'))?.readMachine()).toEqual(Uint8Array.of(1, 2, 3));
  expect(folder.files.size).toBe(2);
  expect([await snapshots.delete('one'), await snapshots.delete('one'), folder.files.size]).toEqual([true, false, 0]);
});

test('without room it says so, and what was there before stays', async () => {
  const folder = new FakeFolder(20_000);
  const snapshots = await KeptSnapshots.open(folder);
  await take(snapshots, 'one');
  await expect(take(snapshots, 'one', new Uint8Array(30_000))).rejects.toMatchObject({
    name: 'FileError',
    message: 'the browser has no room left for a snapshot',
    hint: expect.stringContaining('%snapshot --delete NAME') as string,
  });
  expect((await snapshots.open('one'))?.readMachine()).toEqual(MACHINE);
  expect(folder.files.size).toBe(2);
});

test('what a page has left that was closed meanwhile goes', async () => {
  const folder = new FakeFolder();
  const snapshots = await KeptSnapshots.open(folder);
  await snapshots.write(snapshots.newFile('half'), MACHINE);
  await take(snapshots, 'whole');
  const halves = (): string[] => [...folder.files.keys()].filter((name) => name.startsWith('half'));
  await KeptSnapshots.open(folder);
  // It may be one that is written just now.
  expect(halves()).toHaveLength(1);
  folder.lastModified -= 2 * 3600_000;
  await KeptSnapshots.open(folder);
  expect(halves()).toEqual([]);
  expect((await snapshots.open('whole'))?.readMachine()).toEqual(MACHINE);
});

test.each([
  ['no record', 'x.json', 'nothing'],
  ['a record of a machine elsewhere', 'x.json', JSON.stringify({ format: 2, machine: '../y' })],
])('%s is no snapshot', async (_, name, text) => {
  const folder = new FakeFolder();
  folder.files.set(name, new TextEncoder().encode(text));
  const snapshots = await KeptSnapshots.open(folder);
  expect([await snapshots.open('x'), await snapshots.list()]).toEqual([undefined, []]);
});

test('a page without storage has them in memory, and says so', async () => {
  const snapshots = await keptSnapshots('/site/', '/files');
  expect(snapshots.passing).toBe('this page may not store files in the browser');
});
