import { FakeFolder, FakeRoom } from './testing/fake-storage.js';
import type { SessionRecord } from '../session/snapshot-store.js';
import type { KeptRuns } from '../session/kept-runs.js';
import { keptRuns, type RunsStorage } from './kept-runs.js';

const RECORD: SessionRecord = {
  run: 'part4',
  seed: 7,
  console: { bytes: new Uint8Array(0), shown: [] },
  expectFrom: 0,
  views: {},
  time: 1e9,
};
const SITE = '/a site/';

const storageOf = (root: FakeFolder): RunsStorage => ({
  getDirectory: async () => root,
  estimate: async () => ({ quota: root.room.quota, usage: root.used }),
});

const runsOf = async (root: FakeFolder, build = 'one'): Promise<KeptRuns> => (await keptRuns(SITE, build, storageOf(root)))!;

async function keep({ store, bounds }: KeptRuns, name: string, length: number): Promise<void> {
  await bounds();
  const file = store.newFile(name);
  await store.write(file, new Uint8Array(length));
  await store.save(name, RECORD, file);
}

test('a run is there at the next visit, and where it is in the storage', async () => {
  const root = new FakeFolder(new FakeRoom(1e6));
  await keep(await runsOf(root), 'run', 1000);
  const next = await runsOf(root);
  expect([next.store.has('run'), next.store.has('other')]).toEqual([true, false]);
  expect((await next.store.open('run'))?.file).toMatch(/^virtbook-runs\/%2Fa%20site%2F\/one\/run\./);
});

test('what another version of the site has kept goes, and what other sites have stays', async () => {
  const root = new FakeFolder(new FakeRoom(1e6));
  await keep(await runsOf(root), 'run', 1000);
  await keep((await keptRuns('/other/', 'one', storageOf(root)))!, 'run', 1000);
  const newer = await runsOf(root, 'two');
  expect(newer.store.names()).toEqual([]);
  expect((await runsOf(root)).store.names()).toEqual([]);
  expect((await keptRuns('/other/', 'one', storageOf(root)))!.store.names()).toEqual(['run']);
});

test('all of them have a quarter of what the browser has left, and the reader has the rest', async () => {
  const root = new FakeFolder(new FakeRoom(100_000));
  const runs = await runsOf(root);
  expect(await runs.bounds()).toMatchObject({ bytes: 25_000 });
  await keep(runs, 'first', 10_000);
  expect((await runs.bounds()).bytes).toBeCloseTo(25_000, -3);
  root.room.now += 1000;
  await keep(runs, 'second', 10_000);
  // The reader stores something.
  (await root.getFileHandle('snapshot', { create: true })).content = new Uint8Array(40_000);
  expect((await runsOf(root)).store.names()).toEqual(['second']);
  (await root.getFileHandle('snapshot')).content = new Uint8Array(90_000);
  expect((await runsOf(root)).store.names()).toEqual([]);
});

test('what was used last stays', async () => {
  const root = new FakeFolder(new FakeRoom(1e9));
  const runs = await runsOf(root);
  for (let at = 0; at < 6; at++) {
    root.room.now += 1000;
    await keep(runs, `run${at}`, 1000);
  }
  root.room.now += 1000;
  await runs.store.open('run1');
  expect((await runsOf(root)).store.names()).toEqual(['run1', 'run3', 'run4', 'run5']);
});

test.each([
  ['has no storage', { getDirectory: () => Promise.reject(new Error('not in private windows')), estimate: async () => ({}) }],
  ['does not say how much room it has', { getDirectory: async () => new FakeFolder(), estimate: () => Promise.reject(new TypeError()) }],
])('a browser that %s keeps none', async (_, storage: RunsStorage) => {
  expect(await keptRuns(SITE, 'one', storage)).toBeUndefined();
});

test('without a word about the room there is none', async () => {
  const root = new FakeFolder();
  const runs = await keptRuns(SITE, 'one', { getDirectory: async () => root, estimate: async () => ({}) });
  expect(await runs?.bounds()).toMatchObject({ bytes: 0 });
});
