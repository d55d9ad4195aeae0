/** Releases of the Microkit SDK, by the project that makes them: with the real seL4 kernel, whose proofs are the reason to take them. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, promises as fs, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, ensureDirectory, exists, readOrNothing, writeFileAtomically } from '../cache.js';
import { MissingProgramError, run } from '../process.js';
import type { Work } from '../progress.js';
import { download, DownloadError, fetchText, requireSafe } from './download.js';

/** The newest that this package was compared with. */
export const NEWEST_RELEASE = '2.3.0';
/** Where the project puts its releases. */
const RELEASES = 'https://github.com/seL4/microkit/releases/download';

export interface FetchRelease extends Work {
  /** The address of the archive, or of the folder that it is in. */
  from?: string | undefined;
  /** Checksum that the archive must have, in hexadecimal digits. */
  sha256?: string | undefined;
}

export interface FetchedRelease {
  folder: string;
  sha256: string;
  /** Who says that this is the checksum. */
  trust: 'given' | 'beside' | 'noted' | 'first';
  /** It was in the cache already. */
  before: boolean;
}

/** The folder of a release that has been fetched; undefined where it has not. */
export async function fetchedRelease(version: string): Promise<string | undefined> {
  const folder = folderOf(version);
  return isVersion(version) && (await exists(folder)) ? folder : undefined;
}

/** The versions that have been fetched, the oldest first. */
export function fetchedReleases(): string[] {
  const folder = cacheDir('releases');
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names
    .flatMap((name) => /^microkit-sdk-(.*)$/.exec(name)?.[1] ?? [])
    .filter((version) => isVersion(version) && existsSync(join(folderOf(version), 'board')))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

export const isVersion = (text: string): boolean => /^\d+\.\d+\.\d+(-[\w.]+)?$/.test(text);

/**
 * Brings a release into the cache, once. Its checksum must be the given one, the one that is beside the archive, and the one that was
 * noted when it was fetched for the first time; each where it is there.
 * @throws DownloadError, or the signal's reason
 */
export async function fetchRelease(
  version: string,
  { from, sha256: given, onProgress, signal }: FetchRelease = {},
): Promise<FetchedRelease> {
  if (!isVersion(version)) throw new DownloadError(`'${version}' is not a version: it is written as ${NEWEST_RELEASE}`);
  if (given !== undefined && !/^[0-9a-f]{64}$/i.test(given))
    throw new DownloadError('--sha256 takes the 64 hexadecimal digits of a checksum');
  const wanted = given?.toLowerCase();
  const folder = folderOf(version);
  const noted = await notedChecksum(version);
  if ((await exists(folder)) && noted !== undefined) {
    if (wanted !== undefined && wanted !== noted) throw differs('the release in the cache', noted, 'given with --sha256', wanted, folder);
    return { folder, sha256: noted, trust: wanted === undefined ? 'noted' : 'given', before: true };
  }
  const url = addressOf(version, from);
  requireSafe(url);
  const archive = join(cacheDir('releases'), `microkit-sdk-${version}.tar.gz`);
  let result: FetchedRelease | undefined;
  await fs.mkdir(cacheDir('releases'), { recursive: true });
  await ensureDirectory(
    folder,
    async (temporary) => {
      const beside = wanted === undefined ? await checksumBeside(url, signal) : undefined;
      await download(url, archive, { onProgress, signal });
      onProgress?.({ label: 'checking', done: 0, total: 0 });
      const found = await checksumOf(archive);
      try {
        if (wanted !== undefined && found !== wanted) throw differs(url, found, 'given with --sha256', wanted);
        if (beside !== undefined && found !== beside) throw differs(url, found, 'beside it', beside);
        if (wanted === undefined && noted !== undefined && found !== noted)
          throw differs(url, found, 'noted when it was fetched first', noted);
        onProgress?.({ label: 'unpacking', done: 0, total: 0 });
        await unpack(archive, temporary, signal);
      } finally {
        await fs.rm(archive, { force: true });
      }
      await noteChecksum(version, found);
      const trust = wanted !== undefined ? 'given' : beside !== undefined ? 'beside' : noted !== undefined ? 'noted' : 'first';
      result = { folder, sha256: found, trust, before: false };
    },
    signal,
  );
  return result ?? { folder, sha256: (await notedChecksum(version)) ?? '', trust: 'noted', before: true };
}

const folderOf = (version: string): string => cacheDir('releases', `microkit-sdk-${version}`);
/** Outlives the release: one that is fetched again after the cache was cleaned of it must be the same. */
const noteOf = (version: string): string => cacheDir('releases', `microkit-sdk-${version}.sha256`);

const notedChecksum = async (version: string): Promise<string | undefined> => firstChecksum((await readOrNothing(noteOf(version))) ?? '');
const noteChecksum = (version: string, sha256: string): Promise<void> => writeFileAtomically(noteOf(version), `${sha256}\n`);

function addressOf(version: string, from: string | undefined): string {
  const name = `microkit-sdk-${version}-${platformName()}.tar.gz`;
  if (from === undefined) return `${RELEASES}/${version}/${name}`;
  return /\.(tar\.gz|tgz)$/.test(from) ? from : `${from.replace(/\/+$/, '')}/${name}`;
}

/** As the project names the computers for which it builds. */
function platformName(): string {
  const system = { linux: 'linux', darwin: 'macos' }[process.platform as string];
  const processor = { x64: 'x86-64', arm64: 'aarch64' }[process.arch as string];
  if (system && processor) return `${system}-${processor}`;
  throw new DownloadError(
    `the project releases no SDK for this computer (${process.platform}, ${process.arch}): the embedded one runs here`,
  );
}

/** As `sha256sum` writes it into a file beside. */
const firstChecksum = (text: string): string | undefined => /^\s*\\?([0-9a-f]{64})\b/i.exec(text)?.[1]?.toLowerCase();

async function checksumBeside(url: string, signal?: AbortSignal): Promise<string | undefined> {
  const text = await fetchText(`${url}.sha256`, signal);
  return text === undefined ? undefined : firstChecksum(text);
}

async function checksumOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

function differs(what: string, found: string, source: string, wanted: string, folder?: string): DownloadError {
  const next = folder === undefined ? 'Nothing of it was kept.' : `Delete ${folder} to fetch it again.`;
  return new DownloadError(
    `${what} is not the archive that it should be. Its SHA-256 is ${found}; the one ${source} is ${wanted}. ${next}`,
  );
}

async function unpack(archive: string, folder: string, signal?: AbortSignal): Promise<void> {
  try {
    const { status, stderr } = await run('tar', ['-xzf', archive, '-C', folder, '--strip-components', '1', '--no-same-owner'], { signal });
    if (status !== 0) throw new DownloadError(`the archive cannot be unpacked: ${stderr.trim().split('\n').at(-1) ?? ''}`);
  } catch (error) {
    if (!(error instanceof MissingProgramError)) throw error;
    throw new DownloadError("the archive cannot be unpacked: install 'tar'");
  }
  for (const part of ['bin', 'board']) {
    if (!(await exists(join(folder, part)))) throw new DownloadError(`the archive is no Microkit SDK: it has no ${part}/`);
  }
}
