import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureGuest, ensureGuestFiles, GuestFileError, type GuestRecipe } from './guest.js';
import { setGuest } from './own-guest.js';
import { smallBusybox, smallKernel } from './testing.js';

const APPLETS = ['devmem', 'ifconfig', 'insmod', 'mount', 'poweroff', 'printf', 'route', 'sh', 'sleep', 'tr', 'udhcpc', 'wget'];

const recipe: GuestRecipe = { drivers: ['virtio_mmio', 'virtio_net'], init: 'udhcpc -i eth0\n' };

let folder: string;
const at = (name: string): string => join(folder, name);
const CACHE_BEFORE = process.env.VIRTBOOK_CACHE;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'guest test-'));
  process.env.VIRTBOOK_CACHE = at('cache');
  writeFileSync(at('kernel'), smallKernel());
  writeFileSync(at('busybox'), smallBusybox(APPLETS));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  if (CACHE_BEFORE === undefined) delete process.env.VIRTBOOK_CACHE;
  else process.env.VIRTBOOK_CACHE = CACHE_BEFORE;
});

test("the reader's own files become the guest, and stay it", async () => {
  const guest = await setGuest({ kernel: at('kernel'), busybox: at('busybox') });
  expect(guest.version).toBe('own (kernel)');
  expect(readFileSync(guest.kernel).equals(smallKernel())).toBe(true);
  expect(await ensureGuestFiles()).toEqual(guest);
  const { initrd, ...files } = await ensureGuest(recipe);
  expect(files).toEqual(guest);
  expect(readFileSync(initrd).includes('udhcpc -i eth0\n')).toBe(true);
  const other = await ensureGuest({ ...recipe, init: 'poweroff -f\n' });
  expect(other.kernel).toBe(guest.kernel);
  expect(readFileSync(other.initrd).includes('poweroff -f\n')).toBe(true);
});

test('one file can be exchanged alone', async () => {
  const guest = await setGuest({ kernel: at('kernel'), busybox: at('busybox') });
  const { initrd } = await ensureGuest(recipe);
  writeFileSync(at('busybox'), smallBusybox([...APPLETS, 'vi']));
  const next = await setGuest({ busybox: at('busybox') });
  expect(next.version).toBe(guest.version);
  expect(readFileSync(next.busybox).includes('\0vi\0')).toBe(true);
  expect((await ensureGuest(recipe)).initrd).not.toBe(initrd);
});

test.each([
  ['a file that is no kernel', { kernel: 'busybox', busybox: 'busybox' }],
  ['a file that is no busybox', { kernel: 'kernel', busybox: 'kernel' }],
  ['a file that is not there', { kernel: 'missing', busybox: 'busybox' }],
])('%s: an error, and the guest stays as it was', async (_, files) => {
  const guest = await setGuest({ kernel: at('kernel'), busybox: at('busybox') });
  await expect(setGuest({ kernel: at(files.kernel), busybox: at(files.busybox) })).rejects.toThrow(GuestFileError);
  expect(await ensureGuestFiles()).toEqual(guest);
});

test('a root file system that has no room in the guest is refused', async () => {
  writeFileSync(at('busybox'), Buffer.concat([smallBusybox(APPLETS), Buffer.alloc(9 << 20)]));
  await expect(setGuest({ kernel: at('kernel'), busybox: at('busybox') })).rejects.toThrow(/initial RAM disk would have \d+ bytes/);
});

test('without apt, the error says what to do', async () => {
  const path = process.env.PATH;
  process.env.PATH = folder;
  try {
    await expect(ensureGuest(recipe)).rejects.toThrow(
      /this machine has no apt; give your own files with 'virtbook guest --kernel IMAGE --busybox FILE'/,
    );
  } finally {
    process.env.PATH = path;
  }
});
