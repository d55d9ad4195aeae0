/** The Linux guest: brought on first need, or given by the reader, and kept in the cache. */
import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { cacheDir, ensureDirectory, exists, readOrNothing, temporaryName, withLock, writeFileAtomically } from '../cache.js';
import type { Work } from '../progress.js';
import { isSound } from '../cache-content.js';
import { Apt, AptError, unpack, type AptPurpose } from './apt.js';
import { checkBusybox, GuestFileError, kernelImage } from './check.js';
import { LICENCES_PACKAGE, packageFacts, type PackageFacts } from './debian-package.js';
import { buildInitramfs, recipeDigest, type GuestRecipe } from './initramfs.js';
import { inLoadingOrder, resolveModules, type KernelModule } from './modules.js';

export { GuestFileError } from './check.js';
export type { GuestFile, GuestRecipe } from './initramfs.js';

/** Paths of what every guest is made of, in the cache. They do not change once they are there. */
export interface GuestFiles {
  /** arm64 Image, not compressed. */
  kernel: string;
  /** Static, for arm64. */
  busybox: string;
  /** E.g. `6.1.0-56-cloud-arm64`, or `own` for the reader's files. */
  version: string;
}

export interface Guest extends GuestFiles {
  /** cpio archive: what the recipe says. */
  initrd: string;
}

/** The most that fits between where the initial RAM disk begins in the virtual machine and where its memory map allows it to end. */
export const INITRD_LIMIT = 9 * 1024 * 1024;

/** Drivers that every guest's folder has modules for: those of a network device on the board. */
const DRIVERS: readonly string[] = ['virtio_mmio', 'virtio_net'];
/** In the place of drivers: the reader's own kernel came without modules, so it has what it needs. */
const BUILT_IN_MARK = '*';
const BUILT_IN = [BUILT_IN_MARK];
/** How the folder of a guest from Debian starts. */
const DEBIAN = 'debian-';
/** What a folder of those has: another layout has other folders. */
const LAYOUT = 'with facts about packages';
const META_PACKAGE = 'linux-image-cloud-arm64';
const ARCHITECTURE = 'arm64';

/**
 * Layout of a guest's folder. `order` names the modules, one a line, in loading order. `drivers`: for which drivers they are
 * there, one a line; where it is missing, for `DRIVERS`. `library`: where more of the reader's own modules are. `packages`: what
 * is to be said about Debian's.
 */
const FILES = {
  kernel: 'Image',
  busybox: 'busybox',
  modules: 'modules',
  order: 'modules/order',
  drivers: 'modules/drivers',
  library: 'modules/library',
  version: 'version',
  packages: 'packages.json',
} as const;

/**
 * Kernel and busybox, from the cache or, the first time, from Debian by apt.
 * @throws AptError when they cannot be had, with what to do instead.
 */
export async function ensureGuestFiles(work: Work = {}): Promise<GuestFiles> {
  return describe(await ensureFolder(DRIVERS, work));
}

/**
 * The guest of a recipe.
 * @throws AptError when kernel, busybox or a driver cannot be had, with what to do instead; GuestFileError when the initial
 * RAM disk is too large.
 */
export async function ensureGuest(recipe: GuestRecipe, work: Work = {}): Promise<Guest> {
  const folder = await ensureFolder(recipe.drivers, work);
  return { ...(await describe(folder)), initrd: await ensureInitramfs(folder, recipe, work.signal) };
}

/** What any Linux in a machine is made of. */
export interface LinuxParts {
  /** arm64 Image, not compressed. */
  kernel: Uint8Array;
  /** Static, for arm64. */
  busybox: Uint8Array;
  /** In loading order. */
  modules: readonly KernelModule[];
  version: string;
  /** The packages that these are from. */
  facts: PackageFacts;
}

/**
 * Debian's kernel, busybox and the modules for these drivers, whatever guest the reader has chosen: for machines that are
 * the same on every computer. `purpose`: what it is for, where it is not for a guest.
 * @throws AptError when they cannot be had
 */
export async function ensureDebianLinux(drivers: readonly string[], work: Work = {}, purpose?: AptPurpose): Promise<LinuxParts> {
  const folder = await withLock(
    cacheDir('guest', 'choice.lock'),
    async () => {
      const chosen = await chosenGuest();
      if (chosen && (await factsOf(chosen)) && (await lacking(chosen, drivers)).length === 0) return chosen;
      const made = await debianGuest([...new Set([...DRIVERS, ...drivers])], work, purpose);
      return chosen ? made : choose(made);
    },
    work.signal,
  );
  const { kernel, busybox, modules, version } = await readGuest(folder);
  const facts = (await factsOf(folder))!;
  const known = new Map(modules.map(({ name, content }) => [name, content]));
  return { kernel, busybox, version, facts, modules: await inLoadingOrder(drivers, async (name) => known.get(name)) };
}

/**
 * What has to be said about the guest's packages by those who give it to others; undefined: it is the reader's own. A guest that
 * an earlier version of virtbook brought is brought again.
 * @throws AptError
 */
export async function guestFacts(work: Work = {}): Promise<PackageFacts | undefined> {
  const folder = await ensureFolder(DRIVERS, work);
  if (!basename(folder).startsWith(DEBIAN)) return undefined;
  const known = await factsOf(folder);
  if (known) return known;
  return withLock(
    cacheDir('guest', 'choice.lock'),
    async () => factsOf(await choose(await debianGuest(await driversOf(folder), work))),
    work.signal,
  );
}

/** Undefined for a guest that is not Debian's, or that an earlier version has brought. */
async function factsOf(folder: string): Promise<PackageFacts | undefined> {
  const text = await readOrNothing(join(folder, FILES.packages));
  return text === undefined ? undefined : (JSON.parse(text) as PackageFacts);
}

/** The chosen guest's folder, with modules for these drivers. */
async function ensureFolder(drivers: readonly string[], work: Work): Promise<string> {
  const chosen = await chosenGuest();
  if (chosen && (await lacking(chosen, drivers)).length === 0) return chosen;
  return withLock(
    cacheDir('guest', 'choice.lock'),
    async () => {
      const now = await chosenGuest();
      if (!now) return choose(await debianGuest(drivers, work));
      const missing = await lacking(now, drivers);
      if (missing.length === 0) return now;
      return choose(await withDrivers(now, [...(await driversOf(now)), ...missing], work));
    },
    work.signal,
  );
}

/**
 * Makes the reader's own files the guest. A kernel or busybox that is not given stays what it was.
 * With an own kernel, drivers for virtio-mmio and virtio-net have to be built in, or come from `modules` (a lib/modules/VERSION).
 * @throws GuestFileError when a file is not what it should be; the guest stays as it was then.
 */
export async function setGuest(own: OwnFiles, work: Work = {}): Promise<GuestFiles> {
  const base = own.kernel && own.busybox ? undefined : await readGuest((await chosenGuest()) ?? (await debianGuest(DRIVERS, work)));
  const parts: GuestParts = { ...(await ownKernel(own, base, work)), busybox: await ownBusybox(own, base) };
  const room = INITRD_LIMIT - buildInitramfs({ drivers: DRIVERS, init: '' }, parts.busybox, parts.modules).length;
  if (room < 0) throw tooLarge(INITRD_LIMIT - room);
  const folder = await ensureOwnFolder(parts, work.signal);
  await choose(folder);
  return describe(folder);
}

/** Paths of files that the reader gives. */
export interface OwnFiles {
  kernel?: string | undefined;
  busybox?: string | undefined;
  /** A lib/modules/VERSION. */
  modules?: string | undefined;
}

type KernelParts = Omit<GuestParts, 'busybox'>;

async function ownKernel(own: OwnFiles, base: GuestParts | undefined, work: Work): Promise<KernelParts> {
  const library = own.modules && resolve(own.modules);
  const resolved = library ? await resolveModules(library, DRIVERS, work.signal) : undefined;
  const withLibrary = resolved && { modules: resolved, drivers: DRIVERS, library };
  if (own.kernel) {
    const kernel = kernelImage(await readGiven(own.kernel), own.kernel);
    return { kernel, version: `own (${basename(own.kernel)})`, ...(withLibrary ?? { modules: [], drivers: BUILT_IN }) };
  }
  if (!base) throw new GuestFileError('there is no kernel: give one');
  return { ...base, ...withLibrary };
}

async function ownBusybox(own: OwnFiles, base: GuestParts | undefined): Promise<Buffer> {
  const busybox = own.busybox ? await readGiven(own.busybox) : base?.busybox;
  if (!busybox) throw new GuestFileError('there is no busybox: give one');
  checkBusybox(busybox, own.busybox ?? FILES.busybox);
  return busybox;
}

/** The folder is named by what is in it. */
async function ensureOwnFolder(parts: GuestParts, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256').update(parts.kernel).update(parts.busybox).update(parts.drivers.join());
  for (const module of parts.modules) hash.update(module.name).update(module.content);
  const folder = cacheDir('guest', `own-${hash.digest('hex').slice(0, 16)}`);
  return ensureDirectory(folder, (temporary) => writeGuest(temporary, parts), signal);
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
  if (!(await exists(folder))) return undefined;
  if (await isSound(folder)) return folder;
  if (basename(folder).startsWith(DEBIAN)) return undefined;
  throw new GuestFileError(`the guest in ${folder} is damaged: give its files again, with 'virtbook guest --kernel IMAGE'`);
}

async function choose(folder: string): Promise<string> {
  await writeFileAtomically(choiceFile(), `${basename(folder)}\n`);
  return folder;
}

/** Debian's kernel for virtual machines and static busybox. The folder is named by the versions in it, and by its drivers. */
async function debianGuest(drivers: readonly string[], work: Work, purpose?: AptPurpose): Promise<string> {
  const steps = 6;
  const step = (label: string, done: number): void => work.onProgress?.({ label, done, total: steps });
  const scratch = temporaryName(cacheDir('guest', 'apt'));
  try {
    await fs.mkdir(scratch, { recursive: true });
    const apt = await Apt.open(scratch, ARCHITECTURE, work, purpose);
    const depends = await apt.field(META_PACKAGE, 'Depends');
    const kernelPackage = /\blinux-image-\S+/.exec(depends)?.[0];
    if (!kernelPackage) throw new AptError(`the package ${META_PACKAGE} depends on no kernel (${depends})`);
    const version = kernelPackage.replace('linux-image-', '');
    const versions = [await apt.field(kernelPackage, 'Version'), await apt.field('busybox-static', 'Version')];
    const named = [LAYOUT, ...versions, ...drivers.filter((name) => !DRIVERS.includes(name))].join(' ');
    const folder = cacheDir('guest', `${DEBIAN}${version}-${createHash('sha256').update(named).digest('hex').slice(0, 8)}`);

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
        const modules = await resolveModules(library, drivers, work.signal);
        await writeGuest(temporary, { kernel, busybox, modules, drivers, version });
        const licences = join(scratch, 'licences');
        await unpack(await apt.download(LICENCES_PACKAGE), licences, work.signal);
        const facts = await packageFacts([kernelDeb, busyboxDeb], tree, licences, work.signal);
        await fs.writeFile(join(temporary, FILES.packages), JSON.stringify(facts));
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
  throw new AptError(`the package has no ${basename(paths.at(0) ?? '')}`);
}

interface GuestParts {
  kernel: Buffer;
  busybox: Buffer;
  modules: KernelModule[];
  /** For which the modules are there, or `BUILT_IN`. */
  drivers: readonly string[];
  /** Path of the reader's own lib/modules/VERSION. */
  library?: string | undefined;
  version: string;
}

async function writeGuest(folder: string, parts: GuestParts): Promise<void> {
  await fs.mkdir(join(folder, FILES.modules), { recursive: true });
  await fs.writeFile(join(folder, FILES.kernel), parts.kernel);
  await fs.writeFile(join(folder, FILES.busybox), parts.busybox, { mode: 0o755 });
  for (const { name, content } of parts.modules) await fs.writeFile(join(folder, FILES.modules, `${name}.ko`), content);
  await fs.writeFile(join(folder, FILES.order), parts.modules.map(({ name }) => `${name}\n`).join(''));
  await fs.writeFile(join(folder, FILES.drivers), parts.drivers.map((name) => `${name}\n`).join(''));
  if (parts.library) await fs.writeFile(join(folder, FILES.library), parts.library);
  await fs.writeFile(join(folder, FILES.version), `${parts.version}\n`);
}

async function readGuest(folder: string): Promise<GuestParts> {
  return {
    kernel: await fs.readFile(join(folder, FILES.kernel)),
    busybox: await fs.readFile(join(folder, FILES.busybox)),
    modules: await readModules(folder),
    drivers: await driversOf(folder),
    library: await fs.readFile(join(folder, FILES.library), 'utf8').catch(() => undefined),
    version: await versionOf(folder),
  };
}

async function readModules(folder: string): Promise<KernelModule[]> {
  const order = lines(await fs.readFile(join(folder, FILES.order), 'utf8'));
  return Promise.all(order.map(async (name) => ({ name, content: await fs.readFile(join(folder, FILES.modules, `${name}.ko`)) })));
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

async function versionOf(folder: string): Promise<string> {
  return (await fs.readFile(join(folder, FILES.version), 'utf8')).trim();
}

async function driversOf(folder: string): Promise<readonly string[]> {
  const text = await fs.readFile(join(folder, FILES.drivers), 'utf8').catch(() => undefined);
  return text === undefined ? DRIVERS : lines(text);
}

/** Drivers for which this guest's folder has no modules. */
async function lacking(folder: string, wanted: readonly string[]): Promise<string[]> {
  const there = await driversOf(folder);
  return there.includes(BUILT_IN_MARK) ? [] : wanted.filter((name) => !there.includes(name));
}

/** The same guest with modules for these drivers. */
async function withDrivers(folder: string, drivers: readonly string[], work: Work): Promise<string> {
  if (basename(folder).startsWith(DEBIAN)) return debianGuest(drivers, work);
  const parts = await readGuest(folder);
  if (!parts.library) {
    throw new GuestFileError(
      `the guest's kernel came with modules for ${parts.drivers.join(', ')} only, and ${drivers.join(', ')} are wanted: ` +
        "also give its modules, with 'virtbook guest --kernel IMAGE --modules DIR'",
    );
  }
  return ensureOwnFolder({ ...parts, drivers, modules: await resolveModules(parts.library, drivers, work.signal) }, work.signal);
}

async function describe(folder: string): Promise<GuestFiles> {
  return { kernel: join(folder, FILES.kernel), busybox: join(folder, FILES.busybox), version: await versionOf(folder) };
}

/** Archives that this process has made or found, by what they are of: files in the cache do not change. */
const archives = new Map<string, string>();

/** Path of the archive. Its folder is named by its content. */
async function ensureInitramfs(folder: string, recipe: GuestRecipe, signal?: AbortSignal): Promise<string> {
  const question = `${folder} ${recipeDigest(recipe)}`;
  const known = archives.get(question);
  if (known !== undefined && (await exists(known))) return known;
  const made = await makeInitramfs(folder, recipe, signal);
  archives.set(question, made);
  return made;
}

async function makeInitramfs(folder: string, recipe: GuestRecipe, signal: AbortSignal | undefined): Promise<string> {
  const modules = new Map((await readModules(folder)).map((module) => [module.name, module.content]));
  // What is not there is built into the kernel.
  const chosen = await inLoadingOrder(recipe.drivers, async (name) => modules.get(name));
  const archive = buildInitramfs(recipe, await fs.readFile(join(folder, FILES.busybox)), chosen);
  if (archive.length > INITRD_LIMIT) throw tooLarge(archive.length);
  const hash = createHash('sha256').update(archive).digest('hex').slice(0, 16);
  const name = 'initramfs.cpio';
  const made = await ensureDirectory(cacheDir('initial-disks', hash), (temporary) => fs.writeFile(join(temporary, name), archive), signal);
  return join(made, name);
}

function tooLarge(size: number): GuestFileError {
  return new GuestFileError(
    `the guest's initial RAM disk would have ${size} bytes, ${INITRD_LIMIT} is the most: use a smaller busybox or kernel modules`,
  );
}
