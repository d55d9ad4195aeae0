import { posix } from 'node:path';
import type { SessionRecord, StoredSnapshot } from '../session/snapshot-store.js';
import { FakeFolder, FakeRoom } from './testing/fake-storage.js';
import { KeptSnapshots, keptSnapshots } from './kept-snapshots.js';

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

const machineOf = (folder: FakeFolder, stored: StoredSnapshot | undefined): Uint8Array | undefined =>
  folder.files.get(posix.basename(stored?.file ?? ''))?.content;

test('a snapshot is there for the next page, whole', async () => {
  const folder = new FakeFolder();
  await take(await KeptSnapshots.open(folder, 'all/own'), 'booted');
  const next = await KeptSnapshots.open(folder, 'all/own');
  expect(next.names()).toEqual(['booted']);
  expect(await next.list()).toMatchObject([{ name: 'booted', bytes: 10_000, record: { run: 'part4', seed: 7 } }]);
  const stored = await next.open('booted');
  expect([stored?.record.time, [...stored!.record.console.bytes], machineOf(folder, stored)]).toEqual([2e9, [104, 105], MACHINE]);
  // A machine's worker reads it.
  expect([stored?.file.startsWith('all/own/booted.'), stored?.readMachine]).toEqual([true, undefined]);
});

test('one of the same name is replaced, and nothing of it is left', async () => {
  const folder = new FakeFolder();
  const snapshots = await KeptSnapshots.open(folder, 'all/own');
  await take(snapshots, 'one');
  await take(snapshots, 'one', Uint8Array.of(1, 2, 3));
  expect(machineOf(folder, await snapshots.open('one'))).toEqual(Uint8Array.of(1, 2, 3));
  expect(folder.files.size).toBe(2);
  expect([await snapshots.delete('one'), await snapshots.delete('one'), folder.files.size]).toEqual([true, false, 0]);
});

test('without room it says so, and what was there before stays', async () => {
  const folder = new FakeFolder(new FakeRoom(20_000));
  const snapshots = await KeptSnapshots.open(folder, 'all/own');
  await take(snapshots, 'one');
  await expect(take(snapshots, 'one', new Uint8Array(30_000))).rejects.toMatchObject({
    name: 'FileError',
    message: 'the browser has no room left for a snapshot',
    hint: expect.stringContaining('%snapshot --delete NAME') as string,
  });
  expect(machineOf(folder, await snapshots.open('one'))).toEqual(MACHINE);
  expect(folder.files.size).toBe(2);
});

test('what a page has left that was closed meanwhile goes', async () => {
  const folder = new FakeFolder();
  const snapshots = await KeptSnapshots.open(folder, 'all/own');
  await snapshots.write(snapshots.newFile('half'), MACHINE);
  await take(snapshots, 'whole');
  const halves = (): string[] => [...folder.files.keys()].filter((name) => name.startsWith('half'));
  await KeptSnapshots.open(folder, 'all/own');
  // It may be one that is written just now.
  expect(halves()).toHaveLength(1);
  folder.files.forEach((file) => (file.lastModified -= 2 * 3600_000));
  await KeptSnapshots.open(folder, 'all/own');
  expect(halves()).toEqual([]);
  expect(machineOf(folder, await snapshots.open('whole'))).toEqual(MACHINE);
});

test.each([
  ['no record', 'x.json', 'nothing'],
  ['a record of a machine elsewhere', 'x.json', JSON.stringify({ format: 2, machine: '../y' })],
])('%s is no snapshot', async (_, name, text) => {
  const folder = new FakeFolder();
  (await folder.getFileHandle(name, { create: true })).content = new TextEncoder().encode(text);
  const snapshots = await KeptSnapshots.open(folder, 'all/own');
  expect([await snapshots.open('x'), await snapshots.list()]).toEqual([undefined, []]);
});

test('a page without storage has them in memory, and says so', async () => {
  const snapshots = await keptSnapshots('/site/', '/files');
  expect(snapshots.passing).toBe('this page may not store files in the browser');
});
