/**
 * The folder for what virtbook can bring or build again: compiler, SDK, guest. Directories in it appear whole, by one
 * rename, so a reader of the cache needs no lock; who builds takes a lock, so that the work is done once.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, promises as fs, readdirSync, rmSync, statSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isSound, noteContent } from './cache-content.js';

/**
 * The cache's root: `$VIRTBOOK_CACHE`; else the platform's place for caches (`$XDG_CACHE_HOME/virtbook` or
 * `~/.cache/virtbook`, `~/Library/Caches/virtbook`, `%LOCALAPPDATA%\virtbook\Cache`). Relative values of
 * `$XDG_CACHE_HOME` are ignored, as the XDG Base Directory Specification asks.
 */
export function cacheRoot(env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): string {
  // Tools are started in other folders: a relative path must mean the same there.
  if (env.VIRTBOOK_CACHE) return resolve(env.VIRTBOOK_CACHE);
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'virtbook', 'Cache');
  if (env.XDG_CACHE_HOME && isAbsolute(env.XDG_CACHE_HOME)) return join(env.XDG_CACHE_HOME, 'virtbook');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'virtbook');
  return join(homedir(), '.cache', 'virtbook');
}

/** A folder in the cache. Not created. */
export function cacheDir(...parts: string[]): string {
  return join(cacheRoot(), ...parts);
}

/** At once: to wait for the answer takes several times as long. */
export async function exists(path: string): Promise<boolean> {
  return existsSync(path);
}

/** A name beside `target`, on the same file system, for a rename that replaces it. */
export function temporaryName(target: string): string {
  return join(dirname(target), `.${basename(target)}.${process.pid}.${randomBytes(4).toString('hex')}`);
}

/** Writes a file by rename: a reader sees the old content or the new, and a failure leaves the old. */
export async function writeFileAtomically(path: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
  await fs.mkdir(dirname(path), { recursive: true });
  const temporary = temporaryName(path);
  try {
    await fs.writeFile(temporary, content, { mode });
    await fs.rename(temporary, path);
  } catch (error) {
    await fs.rm(temporary, { force: true });
    throw error;
  }
}

/**
 * Makes sure that the directory `target` is there, and returns it. If it is not, `fill` makes its content in a temporary
 * directory, which is then renamed. Two processes that ask for the same directory do the work once. A directory that is damaged is
 * made again, in a process that asked for that (`checkCachedContent`).
 */
export async function ensureDirectory(target: string, fill: (temporary: string) => Promise<void>, signal?: AbortSignal): Promise<string> {
  if (await isUsable(target)) return target;
  return withLock(
    `${target}.lock`,
    async () => {
      if (await isUsable(target)) return target;
      await removeLeftovers(target);
      // What is there is damaged.
      await fs.rm(target, { recursive: true, force: true });
      const temporary = temporaryName(target);
      try {
        await fs.mkdir(temporary, { recursive: true });
        await fill(temporary);
        signal?.throwIfAborted();
        await noteContent(temporary);
        await fs.rename(temporary, target);
      } catch (error) {
        await fs.rm(temporary, { recursive: true, force: true });
        throw error;
      }
      return target;
    },
    signal,
  );
}

/**
 * Gives back what a folder of the cache holds and nobody has used for so many milliseconds: something is used when it is written, and
 * when its time is set. What cannot be removed, because it is somebody else's, stays.
 */
export function removeUnused(folder: string, milliseconds: number): void {
  try {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      const stat = statSync(path, { throwIfNoEntry: false });
      if (stat && Date.now() - stat.mtimeMs > milliseconds) rmSync(path, { recursive: true, force: true });
    }
  } catch {
    // The next one tries again.
  }
}

/** Keeps those files of a folder that were written last. A file counts as written when its time is set. */
export function keepNewest(folder: string, ending: string, count: number): void {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name))
    .map((path) => ({ path, written: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.written - a.written);
  for (const { path } of files.slice(count)) rmSync(path, { force: true });
}

const isUsable = async (target: string): Promise<boolean> => (await exists(target)) && (await isSound(target));

/** What a process that was killed left: whoever holds the lock is the only one who fills. */
async function removeLeftovers(target: string): Promise<void> {
  const start = `.${basename(target)}.`;
  for (const name of await fs.readdir(dirname(target))) {
    if (name.startsWith(start) && /^\d+\.[0-9a-f]{8}$/.test(name.slice(start.length))) {
      await fs.rm(join(dirname(target), name), { recursive: true, force: true });
    }
  }
}

/** Between two looks at a lock that another process holds, in milliseconds. */
const LOCK_POLL = 100;

/**
 * Runs `work` while holding the lock file `path`. Waits while another live process holds it; a lock whose owner has
 * died (same host, no such process) is taken over.
 */
export async function withLock<T>(path: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  await fs.mkdir(dirname(path), { recursive: true });
  const owner = `${hostname()} ${process.pid} ${randomBytes(8).toString('hex')}`;
  while (!(await tryLock(path, owner))) {
    await removeDeadLock(path);
    await sleep(LOCK_POLL, undefined, { signal }).catch((error: Error) => {
      throw signal?.aborted ? signal.reason : error;
    });
  }
  try {
    return await work();
  } finally {
    await fs.rm(path, { force: true });
  }
}

async function tryLock(path: string, owner: string): Promise<boolean> {
  // A link appears with its content, so nobody ever reads a lock without an owner.
  const own = temporaryName(path);
  await fs.writeFile(own, owner);
  try {
    await fs.link(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await fs.rm(own, { force: true });
  }
}

async function removeDeadLock(path: string): Promise<void> {
  const owner = await readOrNothing(path);
  if (owner === undefined || isAlive(owner)) return;
  // Moved away first: of several waiters only one gets it, and can see whether it is still the dead one's.
  const aside = temporaryName(path);
  try {
    await fs.rename(path, aside);
  } catch {
    return;
  }
  const moved = await readOrNothing(aside);
  if (moved !== undefined && moved !== owner) await fs.link(aside, path).catch(() => undefined);
  await fs.rm(aside, { force: true });
}

function isAlive(owner: string): boolean {
  const [host, pid] = owner.split(' ');
  if (host !== hostname()) return true;
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The text of a file; undefined when it cannot be read. */
export async function readOrNothing(path: string): Promise<string | undefined> {
  try {
    return await fs.readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}
