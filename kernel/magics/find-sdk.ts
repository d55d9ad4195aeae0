import { existsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { EMBEDDED_SDK } from '../../sdk/build/board.js';
import { fetchedRelease, fetchedReleases, isVersion } from '../../sdk/release/release.js';
import type { Session } from '../session/session.js';
import { UserError } from '../session/user-error.js';

/** What may be written instead of a folder: ours, and the releases that have been fetched. */
export const knownSdks = (): string[] => [EMBEDDED_SDK, ...fetchedReleases()];

/**
 * The folder of the SDK that a reader names: by its folder, by the version of one that was fetched, or `embedded`. Nothing is fetched from here.
 * @throws UserError where there is none
 */
export async function findSdk(session: Session, written: string): Promise<string> {
  if (written === EMBEDDED_SDK) return written;
  session.services.checkSdk?.(written);
  const text = written.replace(/^~(?=[\\/]|$)/, homedir());
  const path = session.workspace.resolve(text);
  const folder = isVersion(text) && !isFolder(path) ? await releaseFolder(text) : path;
  const why = whyNotAnSdk(folder);
  if (why !== undefined) throw notAnSdk(written, why);
  return folder;
}

/** What a folder lacks to be a Microkit SDK; undefined where it is one. */
export function whyNotAnSdk(folder: string): string | undefined {
  if (!existsSync(folder)) return 'there is no such folder';
  const missing = ['bin/microkit', 'board'].find((part) => !existsSync(join(folder, part)));
  return missing && `it has no ${missing}`;
}

const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();

const notAnSdk = (written: string, why: string): UserError =>
  new UserError('MagicError', `${written} is not a Microkit SDK: ${why}`, 'Give the folder that holds bin/ and board/.');

async function releaseFolder(version: string): Promise<string> {
  const folder = await fetchedRelease(version);
  if (folder !== undefined) return folder;
  const others = fetchedReleases();
  const known = others.length > 0 ? ` Those in the cache are: ${others.join(', ')}.` : '';
  throw new UserError(
    'MagicError',
    `Microkit SDK ${version} is not in the cache`,
    `Type \`virtbook sdk fetch ${version}\` in a terminal first: a notebook fetches nothing.${known}`,
  );
}
