import { readCpio } from '../../formats/testing/read-cpio.js';
import { buildInitramfs, busyboxApplets, missingApplets, type GuestRecipe } from './initramfs.js';
import { smallBusybox } from './testing.js';

const APPLETS = ['devmem', 'ifconfig', 'insmod', 'mount', 'poweroff', 'printf', 'route', 'sh', 'sleep', 'tr', 'udhcpc', 'wget'];

test('applets are read from the table of names, and missing ones are named', () => {
  expect([...busyboxApplets(smallBusybox(APPLETS))]).toEqual(['[', '[[', ...APPLETS]);
  expect(missingApplets(smallBusybox(APPLETS))).toEqual([]);
  expect(missingApplets(smallBusybox(APPLETS.filter((name) => name !== 'devmem')))).toEqual(['devmem']);
  expect(missingApplets(Buffer.from('no table'))).toHaveLength(APPLETS.length);
});

test('the root file system: busybox, links to what it can do, modules in order, a first process', () => {
  const recipe: GuestRecipe = { drivers: ['virtio_net'], init: 'echo hello\n' };
  const modules = ['virtio', 'virtio_net'].map((name) => ({ name, content: Buffer.from(name) }));
  const archive = buildInitramfs(recipe, smallBusybox([...APPLETS, 'vi']), modules);
  const read = readCpio(archive);
  expect(read.get('bin/wget')?.content).toBe('busybox');
  expect(read.has('bin/vi')).toBe(true);
  expect(read.has('bin/top')).toBe(false);
  expect(read.get('lib/modules/order')?.content).toBe('virtio\nvirtio_net\n');
  expect(read.get('init')?.mode).toBe(0o100755);
  expect(read.get('init')?.content).toMatch(/^#!\/bin\/sh\n[\s\S]*\n\necho hello\n$/);
  // Every parent is there before its children, or the kernel drops them.
  const names = [...read.keys()];
  for (const name of names) if (name.includes('/')) expect(names.indexOf(name.replace(/\/[^/]*$/, ''))).toBeLessThan(names.indexOf(name));
  expect(buildInitramfs(recipe, smallBusybox([...APPLETS, 'vi']), modules)).toEqual(archive);
});

test("a recipe's own files, after the folders that they are in", () => {
  const files = new Map([
    ['etc/motd', { content: 'Hello\n' }],
    ['www/pages/index', { content: '<p>', permissions: 0o600 }],
    ['www/pages/more', { content: new Uint8Array([1]) }],
  ]);
  const read = readCpio(buildInitramfs({ drivers: [], init: '', files }, smallBusybox(APPLETS), []));
  expect([...read.keys()].slice(-5)).toEqual(['etc/motd', 'www', 'www/pages', 'www/pages/index', 'www/pages/more']);
  expect(read.get('www/pages/index')).toMatchObject({ mode: 0o100600, content: '<p>' });
});
