/** The guest's root file system: busybox, the modules for virtio and a first process. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../root.js';
import { characterDevice, cpioArchive, directory, file, symlink, type CpioEntry } from '../../formats/cpio.js';
import type { KernelModule } from './modules.js';

/** What one system makes of the guest; the kernel and busybox are the same for all. */
export interface GuestRecipe {
  /** Kernel modules by their names, loaded in this order, each after what it needs. */
  drivers: readonly string[];
  /** The rest of the first process's script, for busybox's shell: the file systems are mounted, the modules loaded. */
  init: string;
  /** More files, by their paths in the guest without a leading slash. */
  files?: ReadonlyMap<string, GuestFile>;
}

export interface GuestFile {
  content: Uint8Array | string;
  /** Permissions as in stat(2); 0o644 when not given. */
  permissions?: number;
}

/** What the scripts call. */
const NEEDED_APPLETS = ['sh', 'mount', 'insmod', 'ifconfig', 'udhcpc', 'route', 'wget', 'devmem', 'printf', 'sleep', 'poweroff', 'tr'];
/** For a person who looks around in the guest. */
const HANDY_APPLETS = [
  'cat',
  'dmesg',
  'echo',
  'free',
  'grep',
  'head',
  'ip',
  'kill',
  'ls',
  'lsmod',
  'ping',
  'ps',
  'reboot',
  'rmmod',
  'tail',
  'top',
  'umount',
  'uname',
  'vi',
];

/** The applets of a busybox, from its own table of names (consecutive, NUL-terminated, sorted). */
export function busyboxApplets(busybox: Buffer): Set<string> {
  // '[' and '[[' sort first, so they mark where the table begins.
  const start = busybox.indexOf('[\0[[\0', 0, 'latin1');
  const applets = new Set<string>();
  if (start < 0) return applets;
  for (let at = start; at < busybox.length;) {
    const end = busybox.indexOf(0, at);
    if (end <= at) break;
    applets.add(busybox.toString('latin1', at, end));
    at = end + 1;
  }
  return applets;
}

/** Names of applets that the guest cannot do without and that this busybox lacks. */
export function missingApplets(busybox: Buffer): string[] {
  const there = busyboxApplets(busybox);
  return NEEDED_APPLETS.filter((name) => !there.has(name));
}

/**
 * A cpio archive for the kernel to unpack as its root. Not compressed: it is small beside the kernel, the guest spares
 * the work, and compressors differ from one version of Node to the next, so compressed bytes (and with them the
 * guest's instruction count) would differ between machines.
 */
export function buildInitramfs({ init, files }: GuestRecipe, busybox: Buffer, modules: readonly KernelModule[]): Uint8Array {
  const there = busyboxApplets(busybox);
  const links = [...NEEDED_APPLETS, ...HANDY_APPLETS].filter((name) => there.has(name)).sort();
  const entries: CpioEntry[] = [
    ...['bin', 'dev', 'etc', 'lib', 'lib/modules', 'proc', 'sys', 'tmp'].map(directory),
    // Opened by the kernel for the first process, before anything is mounted.
    characterDevice('dev/console', 5, 1),
    file('bin/busybox', busybox, 0o755),
    ...links.map((name) => symlink(`bin/${name}`, 'busybox')),
    file('etc/hosts', '127.0.0.1 localhost\n'),
    // The C library in a static busybox asks in this order without being told only since glibc 2.34.
    file('etc/nsswitch.conf', 'hosts: files dns\n'),
    file('etc/udhcpc.script', script('udhcpc.script'), 0o755),
    file('lib/modules/order', modules.map(({ name }) => `${name}\n`).join('')),
    ...modules.map(({ name, content }) => file(`lib/modules/${name}.ko`, content)),
    file('init', script('init.common') + '\n' + init, 0o755),
  ];
  return cpioArchive([...entries, ...moreFiles(files ?? new Map(), new Set(entries.map(({ path }) => path)))]);
}

/** With the folders that they are in, which the kernel wants to see first. */
function moreFiles(files: ReadonlyMap<string, GuestFile>, there: Set<string>): CpioEntry[] {
  const entries: CpioEntry[] = [];
  for (const [path, { content, permissions }] of files) {
    const names = path.split('/');
    for (let depth = 1; depth < names.length; depth++) {
      const folder = names.slice(0, depth).join('/');
      if (!there.has(folder)) entries.push(directory(folder));
      there.add(folder);
    }
    entries.push(file(path, content, permissions));
  }
  return entries;
}

/** Changes with whatever a recipe gives an archive; the guest's own files are not in it. */
export function recipeDigest({ drivers, init, files }: GuestRecipe): string {
  const scripts = ['udhcpc.script', 'init.common'].map(script);
  const hash = createHash('sha256').update(JSON.stringify([scripts, drivers, init]));
  for (const [path, { content, permissions }] of files ?? []) {
    hash.update(JSON.stringify([path, permissions, content.length])).update(content);
  }
  return hash.digest('hex');
}

function script(name: string): string {
  return readFileSync(join(packageRoot(), 'sdk', 'guest', 'initramfs', name), 'utf8');
}
