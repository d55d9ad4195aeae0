/** Files of machines in the storage. The emulator's own folder is compiled without Node's types, and so without tests. */
import { StorageFiles } from '../../emulator/host-web/storage-files.js';
import { FakeFolder, FakeRoom } from './testing/fake-storage.js';

const PATH = 'runs/site/machine';
const PARTS = [Uint8Array.of(1, 2, 3), new Uint8Array(0), Uint8Array.of(4, 5)];
const WHOLE = [1, 2, 3, 4, 5];

const saving = { type: 'saveSnapshot', id: 1, file: PATH, options: {} } as const;
const restoring = { type: 'restoreFile', id: 1, file: PATH, options: { pacing: 'simulated' } } as const;

async function storage(room?: FakeRoom): Promise<{ root: FakeFolder; folder: FakeFolder; files: StorageFiles }> {
  const root = new FakeFolder(room);
  const folder = await (await root.getDirectoryHandle('runs', { create: true })).getDirectoryHandle('site', { create: true });
  return { root, folder, files: new StorageFiles(async () => root, false) };
}

const save = (files: StorageFiles): Promise<void> => files.during(saving, () => files.write(PATH, PARTS));

async function read(files: StorageFiles): Promise<number[]> {
  let bytes: Uint8Array = new Uint8Array(0);
  await files.during(restoring, () => void (bytes = files.open()()));
  return [...bytes];
}

test('what was written in parts is read as a whole', async () => {
  const { files, folder } = await storage();
  await save(files);
  expect(await read(files)).toEqual(WHOLE);
  expect(folder.room.readByHandle).toBeGreaterThan(0);
});

test('a machine that was written just now goes on from there', async () => {
  const { files } = await storage();
  let bytes: Uint8Array | undefined;
  await files.during(saving, () => {
    files.write(PATH, PARTS);
    bytes = files.open()();
  });
  expect([...bytes!]).toEqual(WHOLE);
});

test.each([
  ['shares files that are read', true],
  ['gives them to one alone', false],
])('two pages read the same file at the same time where the browser %s', async (_, shares) => {
  const { root, folder, files } = await storage(new FakeRoom(Infinity, shares));
  await save(files);
  const open = await (await folder.getFileHandle('machine')).createSyncAccessHandle({ mode: 'read-only' });
  expect(await read(new StorageFiles(async () => root, false))).toEqual(WHOLE);
  open.close();
});

test.each([
  ['there is no room', (files: StorageFiles) => files.write(PATH, PARTS), 'QuotaExceededError'],
  ['it is refused before anything is written', () => Promise.reject(new RangeError('too large')), 'RangeError'],
])('nothing is left where %s', async (_, answer, name) => {
  const { folder, files } = await storage(new FakeRoom(4));
  await expect(files.during(saving, async () => answer(files))).rejects.toMatchObject({ name });
  expect([...folder.files.keys()]).toEqual([]);
});

test.each([
  ['written into a folder', saving],
  ['read from a folder', restoring],
])('the request hears why a file is not %s that is gone', async (_, request) => {
  const files = new StorageFiles(async () => new FakeFolder(), false);
  const answer = (): void => void (request.type === 'saveSnapshot' ? files.write(PATH, PARTS) : files.open());
  await expect(files.during(request, answer)).rejects.toMatchObject({ name: 'NotFoundError' });
});

test('a machine that does not begin again has nothing left of the file', async () => {
  const { root, files } = await storage();
  await save(files);
  const forgetful = new StorageFiles(async () => root, true);
  let bytes: Uint8Array | undefined;
  await forgetful.during(restoring, () => void (bytes = forgetful.open()()));
  // An older engine has no way to give it back at once.
  expect(bytes!.length).toBe('transfer' in ArrayBuffer.prototype ? 0 : WHOLE.length);
});
