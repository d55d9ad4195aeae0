import { cpioArchive, directory, file, symlink, characterDevice } from './cpio.js';
import { buildInitramfs, busyboxApplets, missingApplets } from './initramfs.js';
import { smallBusybox } from './testing.js';

interface Read {
  mode: number;
  content: string;
  rdev: [number, number];
  ino: number;
}

/** Reads an archive by the format's description and nothing of the writer. */
function parse(archive: Buffer): Map<string, Read> {
  const entries = new Map<string, Read>();
  for (let at = 0; ;) {
    expect(archive.toString('latin1', at, at + 6)).toBe('070701');
    const field = (index: number): number => parseInt(archive.toString('latin1', at + 6 + 8 * index, at + 14 + 8 * index), 16);
    const name = archive.toString('latin1', at + 110, at + 110 + field(11) - 1);
    const start = (at + 110 + field(11) + 3) & ~3;
    if (name === 'TRAILER!!!') {
      expect(start).toBe(archive.length);
      return entries;
    }
    expect(field(5)).toBe(0);
    entries.set(name, {
      mode: field(1),
      content: archive.toString('latin1', start, start + field(6)),
      rdev: [field(9), field(10)],
      ino: field(0),
    });
    at = (start + field(6) + 3) & ~3;
  }
}

test('cpio: files of any length, links and devices come back', () => {
  const read = parse(
    cpioArchive([
      directory('d'),
      file('d/a', 'x'),
      file('d/b', 'four', 0o755),
      file('d/empty', ''),
      symlink('l', 'd/a'),
      characterDevice('c', 5, 1),
    ]),
  );
  expect([...read].map(([name, { mode, content, rdev }]) => [name, mode.toString(8), content, ...rdev])).toEqual([
    ['d', '40755', '', 0, 0],
    ['d/a', '100644', 'x', 0, 0],
    ['d/b', '100755', 'four', 0, 0],
    ['d/empty', '100644', '', 0, 0],
    ['l', '120777', 'd/a', 0, 0],
    ['c', '20600', '', 5, 1],
  ]);
  expect(new Set([...read.values()].map(({ ino }) => ino)).size).toBe(6);
});

const APPLETS = ['devmem', 'ifconfig', 'insmod', 'mount', 'poweroff', 'printf', 'route', 'sh', 'sleep', 'tr', 'udhcpc', 'wget'];

test('applets are read from the table of names, and missing ones are named', () => {
  expect([...busyboxApplets(smallBusybox(APPLETS))]).toEqual(['[', '[[', ...APPLETS]);
  expect(missingApplets(smallBusybox(APPLETS))).toEqual([]);
  expect(missingApplets(smallBusybox(APPLETS.filter((name) => name !== 'devmem')))).toEqual(['devmem']);
  expect(missingApplets(Buffer.from('no table'))).toHaveLength(APPLETS.length);
});

test('the root file system: busybox, links to what it can do, modules in order, a first process', () => {
  const modules = ['virtio', 'virtio_net'].map((name) => ({ name, content: Buffer.from(name) }));
  const archive = buildInitramfs('part4', smallBusybox([...APPLETS, 'vi']), modules);
  const read = parse(archive);
  expect(read.get('bin/wget')?.content).toBe('busybox');
  expect(read.has('bin/vi')).toBe(true);
  expect(read.has('bin/top')).toBe(false);
  expect(read.get('lib/modules/order')?.content).toBe('virtio\nvirtio_net\n');
  expect(read.get('init')?.mode).toBe(0o100755);
  expect(read.get('init')?.content).toMatch(/^#!\/bin\/sh\n[\s\S]*devmem/);
  // Every parent is there before its children, or the kernel drops them.
  const names = [...read.keys()];
  for (const name of names) if (name.includes('/')) expect(names.indexOf(name.replace(/\/[^/]*$/, ''))).toBeLessThan(names.indexOf(name));
  expect(buildInitramfs('part4', smallBusybox([...APPLETS, 'vi']), modules).equals(archive)).toBe(true);
  expect(buildInitramfs('dhcp', smallBusybox(APPLETS), []).includes('poweroff -f')).toBe(true);
});
