/** Snapshots of machines in the browser's storage (its "origin private file system"): they are there after a reload. */
import { join } from 'node:path';
import { OUTPUT_FOLDER } from '../session/folders.js';
import {
  decodeRecord,
  encodeRecord,
  newFileName,
  RECORD,
  recordsAmong,
  type SessionRecord,
  type SnapshotEntry,
  type Snapshots,
  SnapshotStore,
  type StoredSnapshot,
} from '../session/snapshot-store.js';
import { UserError } from '../session/user-error.js';

/** What is used of a folder of the storage. */
export interface StorageFolder {
  keys(): AsyncIterable<string>;
  getFileHandle(name: string, options?: { create?: boolean }): Promise<StorageFile>;
  removeEntry(name: string): Promise<void>;
}

interface StorageFile {
  getFile(): Promise<Pick<File, 'size' | 'text' | 'arrayBuffer' | 'lastModified'>>;
  createSyncAccessHandle(): Promise<{
    truncate(size: number): void;
    write(bytes: Uint8Array<ArrayBuffer>, options: { at: number }): number;
    flush(): void;
    close(): void;
  }>;
}

/** Milliseconds after which a machine that no record names is nobody's: another page may be writing one just now. */
const ABANDONED = 3600_000;
/** In the storage, the folder of all snapshots. */
const FOLDER = 'virtbook-snapshots';

/**
 * The snapshots of a notebook's folder: in the storage, or in memory where this page has none. It has one over https and on this
 * computer; some browsers have none in private windows.
 */
export async function keptSnapshots(site: string, folder: string): Promise<Snapshots> {
  try {
    const all = await (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER, { create: true });
    return await KeptSnapshots.open(await all.getDirectoryHandle(encodeURIComponent(`${site} ${folder}`), { create: true }));
  } catch {
    return new SnapshotStore(join(folder, OUTPUT_FOLDER, '.snapshots'), 'this page may not store files in the browser');
  }
}

export class KeptSnapshots implements Snapshots {
  private constructor(
    private readonly folder: StorageFolder,
    /** The names of all files. */
    private readonly files: Set<string>,
  ) {}

  static async open(folder: StorageFolder): Promise<KeptSnapshots> {
    const snapshots = new KeptSnapshots(folder, new Set());
    await snapshots.look();
    await snapshots.sweep();
    return snapshots;
  }

  /** Other pages of the reader's write here, too. */
  private async look(): Promise<void> {
    this.files.clear();
    for await (const name of this.folder.keys()) this.files.add(name);
  }

  names(): string[] {
    return recordsAmong([...this.files]);
  }

  async list(): Promise<SnapshotEntry[]> {
    const entries: SnapshotEntry[] = [];
    await this.look();
    for (const name of this.names()) {
      const stored = await this.read(name);
      if (stored) entries.push({ name, record: stored.record, bytes: stored.machine.size });
    }
    return entries;
  }

  async open(name: string): Promise<StoredSnapshot | undefined> {
    const stored = await this.read(name);
    if (!stored) return undefined;
    const bytes = new Uint8Array(await stored.machine.arrayBuffer());
    return { record: stored.record, file: stored.file, readMachine: () => bytes };
  }

  async delete(name: string): Promise<boolean> {
    await this.look();
    if (!this.files.has(name + RECORD)) return false;
    const machine = (await this.read(name))?.file;
    await this.remove(name + RECORD);
    if (machine !== undefined) await this.remove(machine);
    return true;
  }

  newFile(name: string): string {
    return newFileName(name);
  }

  async write(file: string, machine: Uint8Array): Promise<void> {
    this.files.add(file);
    try {
      const target = await (await this.folder.getFileHandle(file, { create: true })).createSyncAccessHandle();
      try {
        target.truncate(0);
        if (target.write(machine as Uint8Array<ArrayBuffer>, { at: 0 }) < machine.length) throw new Error('it was not written whole');
        target.flush();
      } finally {
        target.close();
      }
    } catch (error) {
      await this.remove(file);
      throw notKept(error);
    }
  }

  async save(name: string, record: SessionRecord, file: string): Promise<void> {
    const before = (await this.read(name))?.file;
    try {
      await this.write(name + RECORD, new TextEncoder().encode(encodeRecord(record, file)));
    } catch (error) {
      await this.remove(file);
      throw error;
    }
    if (before !== undefined) await this.remove(before);
  }

  private async read(
    name: string,
  ): Promise<{ record: SessionRecord; file: string; machine: Pick<Blob, 'size' | 'arrayBuffer'> } | undefined> {
    try {
      const text = await (await (await this.folder.getFileHandle(name + RECORD)).getFile()).text();
      const { record, machine } = decodeRecord(text);
      return { record, file: machine, machine: await (await this.folder.getFileHandle(machine)).getFile() };
    } catch {
      return undefined;
    }
  }

  private async remove(file: string): Promise<void> {
    this.files.delete(file);
    // Another page of the reader's may have removed it.
    await this.folder.removeEntry(file).catch(() => undefined);
  }

  /** Removes machines that no record names: of a page that was closed while it wrote. */
  private async sweep(): Promise<void> {
    const named = new Set(await Promise.all(this.names().map(async (name) => (await this.read(name))?.file)));
    for (const file of this.files) {
      if (file.endsWith(RECORD) || named.has(file)) continue;
      const { lastModified } = await (await this.folder.getFileHandle(file)).getFile();
      if (Date.now() - lastModified > ABANDONED) await this.remove(file);
    }
  }
}

function notKept(error: unknown): UserError {
  const { name, message } = error as Error;
  if (name !== 'QuotaExceededError') return new UserError('FileError', `the browser cannot keep a snapshot: ${message}`);
  return new UserError(
    'FileError',
    'the browser has no room left for a snapshot',
    'Delete others with %snapshot --delete NAME, or make room: browsers count all that this site has stored.',
  );
}
