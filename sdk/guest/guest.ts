/** The Linux guest: brought on first need, or given by the reader, and kept in the cache. */
import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import { basename, join } from 'node:path';
import { cacheDir, ensureDirectory, exists, temporaryName, withLock, writeFileAtomically } from '../cache.js';
import type { Work } from '../progress.js';
import { Apt, AptError, unpack } from './apt.js';
import { checkBusybox, GuestFileError, kernelImage } from './check.js';
import { buildInitramfs, type GuestFlavour } from './initramfs.js';
import { resolveModules, type KernelModule } from './modules.js';

export { AptError } from './apt.js';
export { GuestFileError } from './check.js';
export type { GuestFlavour } from './initramfs.js';

/** Paths of the guest's files, in the cache. They do not change once they are there. */
export interface Guest {
  /** arm64 Image, not compressed. */
  kernel: string;
  /** cpio archive. */
  initrd: string;
  /** Static, for arm64. */
  busybox: string;
  /** E.g. `6.1.0-56-cloud-arm64`, or `own` for the reader's files. */
  version: string;
}

/** The most that fits between where the initial RAM disk begins in the virtual machine and where its memory map allows it to end. */
export const INITRD_LIMIT = 9 * 1024 * 1024;

/** Drivers of what the board has: the network device of the chapter. */
const DRIVERS = ['virtio_mmio', 'virtio_net'];
const META_PACKAGE = 'linux-image-cloud-arm64';
const ARCHITECTURE = 'arm64';

/** Layout of a guest's folder. `order` names the modules, one a line, in loading order. */
const FILES = { kernel: 'Image', busybox: 'busybox', modules: 'modules', order: 'modules/order', version: 'version' } as const;

/**
 * The guest, from the cache or, the first time, from Debian by apt.
 * @throws AptError when it cannot be had, with what to do instead.
 */
export async function ensureGuest(work: Work & { flavour?: GuestFlavour } = {}): Promise<Guest> {
  const folder =
    (await chosenGuest()) ??
    (await withLock(cacheDir('guest', 'choice.lock'), async () => (await chosenGuest()) ?? choose(await debianGuest(work)), work.signal));
  return describe(folder, work.flavour ?? 'part4', work.signal);
}

/**
 * Makes the reader's own files the guest. A kernel or busybox that is not given stays what it was.
 * With an own kernel, drivers for virtio-mmio and virtio-net have to be built in, or come from `modules` (a lib/modules/VERSION).
 * @throws GuestFileError when a file is not what it should be; the guest stays as it was then.
 */
export async function setGuest(own: { kernel?: string; busybox?: string; modules?: string }, work: Work = {}): Promise<Guest> {
  const base = own.kernel && own.busybox ? undefined : ((await chosenGuest()) ?? (await debianGuest(work)));
  const kernel = own.kernel ? kernelImage(await readGiven(own.kernel), own.kernel) : await fs.readFile(join(base!, FILES.kernel));
  const busybox = own.busybox ? await readGiven(own.busybox) : await fs.readFile(join(base!, FILES.busybox));
  checkBusybox(busybox, own.busybox ?? FILES.busybox);
  const modules = own.modules ? await resolveModules(own.modules, DRIVERS, work.signal) : own.kernel ? [] : await readModules(base!);
  const version = own.kernel ? `own (${basename(own.kernel)})` : (await fs.readFile(join(base!, FILES.version), 'utf8')).trim();

  const hash = createHash('sha256').update(kernel).update(busybox);
  for (const module of modules) hash.update(module.name).update(module.content);
  const folder = cacheDir('guest', `own-${hash.digest('hex').slice(0, 16)}`);
  await ensureDirectory(folder, (temporary) => writeGuest(temporary, { kernel, busybox, modules, version }), work.signal);
  const guest = await describe(folder, 'part4', work.signal);
  await choose(folder);
  return guest;
}

async function readGiven(path: string): Promise<Buffer> {
  try {
    return await fs.readFile(path);
  } catch (error) {
    throw new GuestFileError(
      `cannot read ${path}: ${(error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : (error as Error).message}`,
    );
  }
}

const choiceFile = (): string => cacheDir('guest', 'choice');

async function chosenGuest(): Promise<string | undefined> {
  const name = await fs.readFile(choiceFile(), 'utf8').catch(() => undefined);
  if (name === undefined) return undefined;
  const folder = cacheDir('guest', name.trim());
  return (await exists(folder)) ? folder : undefined;
}

async function choose(folder: string): Promise<string> {
  await writeFileAtomically(choiceFile(), `${basename(folder)}\n`);
  return folder;
}

/** Debian's kernel for virtual machines and static busybox. The folder is named by the versions in it. */
async function debianGuest(work: Work): Promise<string> {
  const steps = 6;
  const step = (label: string, done: number): void => work.onProgress?.({ label, done, total: steps });
  const scratch = temporaryName(cacheDir('guest', 'apt'));
  try {
    await fs.mkdir(scratch, { recursive: true });
    const apt = await Apt.open(scratch, ARCHITECTURE, work);
    const depends = await apt.field(META_PACKAGE, 'Depends');
    const kernelPackage = /\blinux-image-\S+/.exec(depends)?.[0];
    if (!kernelPackage) throw new AptError(`the package ${META_PACKAGE} depends on no kernel (${depends})`);
    const version = kernelPackage.replace('linux-image-', '');
    const versions = [await apt.field(kernelPackage, 'Version'), await apt.field('busybox-static', 'Version')];
    const folder = cacheDir('guest', `debian-${version}-${createHash('sha256').update(versions.join(' ')).digest('hex').slice(0, 8)}`);

    return await ensureDirectory(
      folder,
      async (temporary) => {
        step(`downloading Debian's kernel ${version}`, 1);
        const kernelDeb = await apt.download(kernelPackage);
        step('downloading busybox', 2);
        const busyboxDeb = await apt.download('busybox-static');
        step('unpacking the guest', 3);
        const tree = join(scratch, 'tree');
        await unpack(kernelDeb, tree, work.signal);
        await unpack(busyboxDeb, tree, work.signal);
        step('choosing kernel modules', 4);
        const kernel = kernelImage(await fs.readFile(join(tree, 'boot', `vmlinuz-${version}`)), kernelPackage);
        const busybox = await fs.readFile(await firstExisting([join(tree, 'bin', 'busybox'), join(tree, 'usr', 'bin', 'busybox')]));
        checkBusybox(busybox, 'busybox-static');
        const library = await firstExisting([join(tree, 'lib', 'modules', version), join(tree, 'usr', 'lib', 'modules', version)]);
        await writeGuest(temporary, { kernel, busybox, modules: await resolveModules(library, DRIVERS, work.signal), version });
        step('Linux guest ready', steps);
      },
      work.signal,
    );
  } finally {
    await fs.rm(scratch, { recursive: true, force: true });
  }
}

async function firstExisting(paths: string[]): Promise<string> {
  for (const path of paths) if (await exists(path)) return path;
  throw new AptError(`the package has no ${basename(paths[0])}`);
}

interface GuestParts {
  kernel: Buffer;
  busybox: Buffer;
  modules: KernelModule[];
  version: string;
}

async function writeGuest(folder: string, parts: GuestParts): Promise<void> {
  await fs.mkdir(join(folder, FILES.modules), { recursive: true });
  await fs.writeFile(join(folder, FILES.kernel), parts.kernel);
  await fs.writeFile(join(folder, FILES.busybox), parts.busybox, { mode: 0o755 });
  for (const { name, content } of parts.modules) await fs.writeFile(join(folder, FILES.modules, `${name}.ko`), content);
  await fs.writeFile(join(folder, FILES.order), parts.modules.map(({ name }) => `${name}\n`).join(''));
  await fs.writeFile(join(folder, FILES.version), `${parts.version}\n`);
}

async function readModules(folder: string): Promise<KernelModule[]> {
  const order = (await fs.readFile(join(folder, FILES.order), 'utf8')).split('\n').filter((name) => name !== '');
  return Promise.all(order.map(async (name) => ({ name, content: await fs.readFile(join(folder, FILES.modules, `${name}.ko`)) })));
}

/** The initramfs is made from the parts and this version's scripts, so its folder is named by its content. */
async function describe(folder: string, flavour: GuestFlavour, signal?: AbortSignal): Promise<Guest> {
  const busybox = join(folder, FILES.busybox);
  const archive = buildInitramfs(flavour, await fs.readFile(busybox), await readModules(folder));
  if (archive.length > INITRD_LIMIT) {
    throw new GuestFileError(
      `the guest's initial RAM disk would have ${archive.length} bytes, ${INITRD_LIMIT} is the most: use a smaller busybox or kernel modules`,
    );
  }
  const hash = createHash('sha256').update(archive).digest('hex').slice(0, 16);
  const made = await ensureDirectory(
    cacheDir('initramfs', hash),
    (temporary) => fs.writeFile(join(temporary, `${flavour}.cpio`), archive),
    signal,
  );
  return {
    kernel: join(folder, FILES.kernel),
    initrd: join(made, `${flavour}.cpio`),
    busybox,
    version: (await fs.readFile(join(folder, FILES.version), 'utf8')).trim(),
  };
}
