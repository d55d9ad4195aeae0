/** A guest made of the reader's own files. */
import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import { basename, resolve } from 'node:path';
import { cacheDir, ensureDirectory } from '../cache.js';
import type { Work } from '../progress.js';
import { checkBusybox, GuestFileError, kernelImage } from './check.js';
import { choose, chosenGuest } from './choice.js';
import { debianGuest } from './debian-guest.js';
import { BUILT_IN, describe, DRIVERS, FILES, type GuestFiles, type GuestParts, readGuest, writeGuest } from './guest-folder.js';
import { INITRD_LIMIT, tooLarge } from './initial-disk.js';
import { buildInitramfs } from './initramfs.js';
import { resolveModules } from './modules.js';

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
export async function ensureOwnFolder(parts: GuestParts, signal?: AbortSignal): Promise<string> {
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
