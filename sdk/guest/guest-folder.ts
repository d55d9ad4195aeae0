/** The folder of a guest in the cache: its kernel, its busybox, and modules. */
import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import { readOrNothing } from '../cache.js';
import type { PackageFacts } from './debian-package.js';
import type { KernelModule } from './modules.js';

/** Paths of what every guest is made of, in the cache. They do not change once they are there. */
export interface GuestFiles {
  /** arm64 Image, not compressed. */
  kernel: string;
  /** Static, for arm64. */
  busybox: string;
  /** E.g. `6.1.0-56-cloud-arm64`, or `own` for the reader's files. */
  version: string;
}

/** Drivers that every guest's folder has modules for: those of a network device on the board. */
export const DRIVERS: readonly string[] = ['virtio_mmio', 'virtio_net'];
/** In the place of drivers: the reader's own kernel came without modules, so it has what it needs. */
const BUILT_IN_MARK = '*';
export const BUILT_IN = [BUILT_IN_MARK];
/** How the folder of a guest from Debian starts. */
export const DEBIAN = 'debian-';

/**
 * Layout of a guest's folder. `order` names the modules, one a line, in loading order. `drivers`: for which drivers they are
 * there, one a line; where it is missing, for `DRIVERS`. `library`: where more of the reader's own modules are. `packages`: what
 * is to be said about Debian's.
 */
export const FILES = {
  kernel: 'Image',
  busybox: 'busybox',
  modules: 'modules',
  order: 'modules/order',
  drivers: 'modules/drivers',
  library: 'modules/library',
  version: 'version',
  packages: 'packages.json',
} as const;

export interface GuestParts {
  kernel: Buffer;
  busybox: Buffer;
  modules: KernelModule[];
  /** For which the modules are there, or `BUILT_IN`. */
  drivers: readonly string[];
  /** Path of the reader's own lib/modules/VERSION. */
  library?: string | undefined;
  version: string;
}

export async function writeGuest(folder: string, parts: GuestParts): Promise<void> {
  await fs.mkdir(join(folder, FILES.modules), { recursive: true });
  await fs.writeFile(join(folder, FILES.kernel), parts.kernel);
  await fs.writeFile(join(folder, FILES.busybox), parts.busybox, { mode: 0o755 });
  for (const { name, content } of parts.modules) await fs.writeFile(join(folder, FILES.modules, `${name}.ko`), content);
  await fs.writeFile(join(folder, FILES.order), parts.modules.map(({ name }) => `${name}\n`).join(''));
  await fs.writeFile(join(folder, FILES.drivers), parts.drivers.map((name) => `${name}\n`).join(''));
  if (parts.library) await fs.writeFile(join(folder, FILES.library), parts.library);
  await fs.writeFile(join(folder, FILES.version), `${parts.version}\n`);
}

export async function readGuest(folder: string): Promise<GuestParts> {
  return {
    kernel: await fs.readFile(join(folder, FILES.kernel)),
    busybox: await fs.readFile(join(folder, FILES.busybox)),
    modules: await readModules(folder),
    drivers: await driversOf(folder),
    library: await fs.readFile(join(folder, FILES.library), 'utf8').catch(() => undefined),
    version: await versionOf(folder),
  };
}

export async function readModules(folder: string): Promise<KernelModule[]> {
  const order = lines(await fs.readFile(join(folder, FILES.order), 'utf8'));
  return Promise.all(order.map(async (name) => ({ name, content: await fs.readFile(join(folder, FILES.modules, `${name}.ko`)) })));
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

async function versionOf(folder: string): Promise<string> {
  return (await fs.readFile(join(folder, FILES.version), 'utf8')).trim();
}

export async function driversOf(folder: string): Promise<readonly string[]> {
  const text = await fs.readFile(join(folder, FILES.drivers), 'utf8').catch(() => undefined);
  return text === undefined ? DRIVERS : lines(text);
}

/** Drivers for which this guest's folder has no modules. */
export async function lacking(folder: string, wanted: readonly string[]): Promise<string[]> {
  const there = await driversOf(folder);
  return there.includes(BUILT_IN_MARK) ? [] : wanted.filter((name) => !there.includes(name));
}

export async function describe(folder: string): Promise<GuestFiles> {
  return { kernel: join(folder, FILES.kernel), busybox: join(folder, FILES.busybox), version: await versionOf(folder) };
}

/** Undefined for a guest that is not Debian's, or that an earlier version has brought. */
export async function factsOf(folder: string): Promise<PackageFacts | undefined> {
  const text = await readOrNothing(join(folder, FILES.packages));
  return text === undefined ? undefined : (JSON.parse(text) as PackageFacts);
}
