/** Snapshots of machines in the browser's storage (its "origin private file system"): they are there after a reload. */
import { join, posix } from 'node:path';
import type { StorageFolder } from '../../emulator/host-web/storage-files.js';
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
    const own = encodeURIComponent(`${site} ${folder}`);
    return await KeptSnapshots.open(await all.getDirectoryHandle(own, { create: true }), `${FOLDER}/${own}`);
  } catch {
    return new SnapshotStore(join(folder, OUTPUT_FOLDER, '.snapshots'), 'this page may not store files in the browser');
  }
}

/** Machines' workers write and read the machines themselves. */
export class KeptSnapshots implements Snapshots {
  private constructor(
    private readonly folder: StorageFolder,
    /** Where the folder is in the storage. */
    private readonly path: string,
    /** The names of all files. */
    private readonly files: Set<string>,
  ) {}

  static async open(folder: StorageFolder, path: string): Promise<KeptSnapshots> {
    const snapshots = new KeptSnapshots(folder, path, new Set());
    await snapshots.look();
    await snapshots.sweep();
    return snapshots;
  }

  /** Other pages of the reader's write here, too. */
  private async look(): Promise<void> {
    this.files.clear();
    for await (const name of this.folder.keys()) this.files.add(name);
  }

  has(name: string): boolean {
    return this.files.has(name + RECORD);
  }

  names(): string[] {
    return recordsAmong([...this.files]);
  }

  async list(): Promise<SnapshotEntry[]> {
    const entries: SnapshotEntry[] = [];
    await this.look();
    for (const name of this.names()) {
      const stored = await this.read(name);
      if (stored) entries.push({ name, record: stored.record, bytes: stored.bytes, used: stored.used });
    }
    return entries;
  }

  async open(name: string): Promise<StoredSnapshot | undefined> {
    const stored = await this.read(name);
    if (!stored) return undefined;
    // The same again: who looks at it meanwhile finds it whole. Another page may just do that, too.
    await this.put(name + RECORD, encodeRecord(stored.record, stored.file)).catch(() => undefined);
    return { record: stored.record, file: posix.join(this.path, stored.file) };
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
    return posix.join(this.path, newFileName(name));
  }

  async write(file: string, machine: Uint8Array): Promise<void> {
    const name = posix.basename(file);
    try {
      await this.put(name, machine);
    } catch (error) {
      await this.remove(name);
      throw notKept(error);
    }
  }

  explain(error: unknown): UserError {
    return notKept(error);
  }

  async save(name: string, record: SessionRecord, file: string): Promise<void> {
    const before = (await this.read(name))?.file;
    const machine = posix.basename(file);
    this.files.add(machine);
    try {
      await this.put(name + RECORD, encodeRecord(record, machine));
    } catch (error) {
      await this.remove(name + RECORD);
      await this.remove(machine);
      throw notKept(error);
    }
    if (before !== undefined) await this.remove(before);
  }

  /** A file's new content. One that breaks off here is not whole: who reads it sees that. */
  private async put(name: string, content: string | Uint8Array): Promise<void> {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    const target = await (await this.folder.getFileHandle(name, { create: true })).createSyncAccessHandle();
    this.files.add(name);
    try {
      if (target.write(bytes as Uint8Array<ArrayBuffer>, { at: 0 }) < bytes.length) throw new Error('it was not written whole');
      target.truncate(bytes.length);
      target.flush();
    } finally {
      target.close();
    }
  }

  /** `used`: the record is written again when it is used. */
  private async read(name: string): Promise<{ record: SessionRecord; file: string; bytes: number; used: number } | undefined> {
    try {
      const written = await (await this.folder.getFileHandle(name + RECORD)).getFile();
      const { record, machine } = decodeRecord(await written.text());
      const { size } = await (await this.folder.getFileHandle(machine)).getFile();
      return { record, file: machine, bytes: size, used: written.lastModified };
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
