/** The initial RAM disk of a guest, in the cache. */
import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, ensureDirectory, exists } from '../cache.js';
import { GuestFileError } from './check.js';
import { FILES, readModules } from './guest-folder.js';
import { buildInitramfs, type GuestRecipe, recipeDigest } from './initramfs.js';
import { inLoadingOrder } from './modules.js';

/** The most that fits between where the initial RAM disk begins in the virtual machine and where its memory map allows it to end. */
export const INITRD_LIMIT = 9 * 1024 * 1024;

/** Archives that this process has made or found, by what they are of: files in the cache do not change. */
const archives = new Map<string, string>();

/** Path of the archive. Its folder is named by its content. */
export async function ensureInitramfs(folder: string, recipe: GuestRecipe, signal?: AbortSignal): Promise<string> {
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

export function tooLarge(size: number): GuestFileError {
  return new GuestFileError(
    `the guest's initial RAM disk would have ${size} bytes, ${INITRD_LIMIT} is the most: use a smaller busybox or kernel modules`,
  );
}
