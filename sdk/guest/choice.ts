/** Which guest is used, and where its folder is. */
import { promises as fs } from 'node:fs';
import { basename } from 'node:path';
import { isSound } from '../cache-content.js';
import { cacheDir, exists, withLock, writeFileAtomically } from '../cache.js';
import { GuestFileError } from './check.js';
import { DEBIAN } from './guest-folder.js';

/** Does something while nobody else chooses. */
export const whileChoosing = <T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> =>
  withLock(cacheDir('guest', 'choice.lock'), work, signal);

const choiceFile = (): string => cacheDir('guest', 'choice');

export async function chosenGuest(): Promise<string | undefined> {
  const name = await fs.readFile(choiceFile(), 'utf8').catch(() => undefined);
  if (name === undefined) return undefined;
  const folder = cacheDir('guest', name.trim());
  if (!(await exists(folder))) return undefined;
  if (await isSound(folder)) return folder;
  if (basename(folder).startsWith(DEBIAN)) return undefined;
  throw new GuestFileError(`the guest in ${folder} is damaged: give its files again, with 'virtbook guest --kernel IMAGE'`);
}

export async function choose(folder: string): Promise<string> {
  await writeFileAtomically(choiceFile(), `${basename(folder)}\n`);
  return folder;
}
