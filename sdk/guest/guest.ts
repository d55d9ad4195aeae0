/** The Linux guest: brought on first need, or given by the reader, and kept in the cache. */
import { basename } from 'node:path';
import type { Work } from '../progress.js';
import type { AptPurpose } from './apt.js';
import { GuestFileError } from './check.js';
import { choose, chosenGuest, whileChoosing } from './choice.js';
import { debianGuest } from './debian-guest.js';
import type { PackageFacts } from './debian-package.js';
import { DEBIAN, describe, DRIVERS, driversOf, factsOf, type GuestFiles, lacking, readGuest } from './guest-folder.js';
import { ensureInitramfs } from './initial-disk.js';
import type { GuestRecipe } from './initramfs.js';
import { inLoadingOrder, type KernelModule, resolveModules } from './modules.js';
import { ensureOwnFolder } from './own-guest.js';

export { GuestFileError } from './check.js';
export type { GuestFile, GuestRecipe } from './initramfs.js';

export interface Guest extends GuestFiles {
  /** cpio archive: what the recipe says. */
  initrd: string;
}

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
  const folder = await whileChoosing(async () => {
    const chosen = await chosenGuest();
    if (chosen && (await factsOf(chosen)) && (await lacking(chosen, drivers)).length === 0) return chosen;
    const made = await debianGuest([...new Set([...DRIVERS, ...drivers])], work, purpose);
    return chosen ? made : choose(made);
  }, work.signal);
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
  return whileChoosing(async () => factsOf(await choose(await debianGuest(await driversOf(folder), work))), work.signal);
}

/** The chosen guest's folder, with modules for these drivers. */
async function ensureFolder(drivers: readonly string[], work: Work): Promise<string> {
  const chosen = await chosenGuest();
  if (chosen && (await lacking(chosen, drivers)).length === 0) return chosen;
  return whileChoosing(async () => {
    const now = await chosenGuest();
    if (!now) return choose(await debianGuest(drivers, work));
    const missing = await lacking(now, drivers);
    if (missing.length === 0) return now;
    return choose(await withDrivers(now, [...(await driversOf(now)), ...missing], work));
  }, work.signal);
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
