/** Runs that need not be booted again, in the browser's storage: the next visit goes on from their ends. */
import type { StorageFolder } from '../../emulator/host-web/storage-files.js';
import { prune } from '../session/snapshot-store.js';
import type { KeptRuns } from '../session/kept-runs.js';
import { KeptSnapshots } from './kept-snapshots.js';

/** In the storage, the folder of all runs: in it a folder for each site, with one for the site's version. */
const FOLDER = 'virtbook-runs';

/** How many are kept, and their bytes together. A chapter has some. */
const COUNT = 4;
const BYTES = 400e6;
/** Of all that the browser has left for this site, and with what they take now: the reader's files and snapshots have the rest. */
const SHARE = 1 / 4;

/** What is used of the browser's storage. */
export interface RunsStorage {
  getDirectory(): Promise<StorageFolder>;
  estimate(): Promise<{ quota?: number; usage?: number }>;
}

/**
 * Undefined where this page has no storage: then every run boots. What earlier versions of the site have kept goes.
 *
 * @param site its address; other sites may be on the same server
 * @param build the version of the site: what is in it, virtbook included
 */
export async function keptRuns(site: string, build: string, storage: RunsStorage = navigator.storage): Promise<KeptRuns | undefined> {
  try {
    const all = await (await storage.getDirectory()).getDirectoryHandle(FOLDER, { create: true });
    const own = encodeURIComponent(site);
    const versions = await all.getDirectoryHandle(own, { create: true });
    for await (const other of versions.keys()) if (other !== build) await forget(versions, other);
    const store = await KeptSnapshots.open(await versions.getDirectoryHandle(build, { create: true }), `${FOLDER}/${own}/${build}`);
    const bounds = async (): Promise<{ count: number; bytes: number }> => {
      const { quota = 0, usage = 0 } = await storage.estimate();
      const kept = (await store.list()).reduce((sum, { bytes }) => sum + bytes, 0);
      return { count: COUNT, bytes: Math.min(BYTES, Math.max(0, SHARE * (quota - usage + kept))) };
    };
    const { count, bytes } = await bounds();
    // The reader may have filled the storage since.
    await prune(store, count, bytes);
    return { store, build, bounds };
  } catch {
    return undefined;
  }
}

/** Another page, of before, may be at it. */
const forget = (folder: StorageFolder, name: string): Promise<void> => folder.removeEntry(name, { recursive: true }).catch(() => undefined);
