/** Files in the browser's storage (its "origin private file system"), for a machine's worker: a hundred megabytes that nobody keeps in memory. */
import type { MachineRequest } from '../server/protocol.js';
import type { MachineFiles } from '../server/server.js';
import { giveBack } from './give-back.js';

/** What is used of a folder of the storage. */
export interface StorageFolder {
  keys(): AsyncIterable<string>;
  getDirectoryHandle(name: string, options?: { create?: boolean }): Promise<StorageFolder>;
  getFileHandle(name: string, options?: { create?: boolean }): Promise<StorageFile>;
  removeEntry(name: string, options?: { recursive: boolean }): Promise<void>;
}

export interface StorageFile {
  getFile(): Promise<Pick<File, 'size' | 'text' | 'arrayBuffer' | 'lastModified'>>;
  createSyncAccessHandle(options?: { mode: 'read-only' }): Promise<OpenFile>;
}

export interface OpenFile {
  getSize(): number;
  read(into: Uint8Array<ArrayBuffer>, options: { at: number }): number;
  write(bytes: Uint8Array<ArrayBuffer>, options: { at: number }): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}

/** Bytes that are read or written at once. */
const PIECE = 2 ** 24;

/** Whether workers of this page have such files: over https and on this computer, and in some browsers not in private windows. */
export const hasStorage = (): boolean =>
  typeof (globalThis.navigator.storage as Partial<StorageManager> | undefined)?.getDirectory === 'function';

/** A storage opens its files later, and a machine wants them at once: what a request names is opened before it is heard. */
export class StorageFiles implements MachineFiles {
  /** The one that is written. */
  private target: { readonly file: OpenFile; isWritten: boolean } | undefined;
  /** What has been read. */
  private content: Uint8Array<ArrayBuffer> | undefined;
  /** Why the file is not open. */
  private failure = new Error('the file is not open');

  /**
   * @param root the storage
   * @param forgetful machines do not begin again: what they were restored from is given back
   */
  constructor(
    private readonly root: () => Promise<StorageFolder>,
    private readonly forgetful: boolean,
  ) {}

  /** Has the file of a request open while it is answered. */
  async during(request: MachineRequest, answer: () => void | Promise<void>): Promise<void> {
    if (request.type === 'saveSnapshot') await this.whileWriting(request.file, answer);
    else if (request.type === 'restoreFile') await this.whileRead(request.file, answer);
    else await answer();
  }

  write(_path: string, parts: readonly Uint8Array[]): void {
    const target = this.target;
    if (!target) throw this.failure;
    let end = 0;
    for (const part of parts) {
      for (let at = 0; at < part.length; at += PIECE) {
        const piece = part.subarray(at, at + PIECE) as Uint8Array<ArrayBuffer>;
        if (target.file.write(piece, { at: end }) < piece.length) throw new DOMException('it was not written whole', 'QuotaExceededError');
        end += piece.length;
      }
    }
    target.isWritten = true;
  }

  open(): () => Uint8Array {
    // A machine that has just been written goes on from there.
    const bytes = this.target ? readAll(this.target.file) : this.content;
    if (!bytes) throw this.failure;
    return () => bytes;
  }

  private async whileWriting(path: string, answer: () => void | Promise<void>): Promise<void> {
    const folder = await this.folderOf(path).catch((error: unknown) => void (this.failure = error as Error));
    try {
      const file = await (await folder?.getFileHandle(nameOf(path), { create: true }))?.createSyncAccessHandle();
      this.target = file && { file, isWritten: false };
    } catch (error) {
      this.failure = error as Error;
    }
    try {
      await answer();
    } finally {
      const { target } = this;
      this.target = undefined;
      target?.file.close();
      // It may have been removed meanwhile, with all of the folder.
      if (!target?.isWritten) await folder?.removeEntry(nameOf(path)).catch(() => undefined);
    }
  }

  private async whileRead(path: string, answer: () => void | Promise<void>): Promise<void> {
    try {
      this.content = await contentOf(await (await this.folderOf(path)).getFileHandle(nameOf(path)));
    } catch (error) {
      this.failure = error as Error;
    }
    try {
      await answer();
    } finally {
      const bytes = this.content;
      this.content = undefined;
      if (bytes && this.forgetful) giveBack(bytes);
    }
  }

  private async folderOf(path: string): Promise<StorageFolder> {
    let folder = await this.root();
    for (const name of path.split('/').slice(0, -1)) folder = await folder.getDirectoryHandle(name);
    return folder;
  }
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

async function contentOf(file: StorageFile): Promise<Uint8Array<ArrayBuffer>> {
  let open: OpenFile;
  try {
    // Quicker than as a file, where the browser has it.
    open = await file.createSyncAccessHandle({ mode: 'read-only' });
  } catch {
    // Another page may have it open just now.
    return new Uint8Array(await (await file.getFile()).arrayBuffer());
  }
  try {
    return readAll(open);
  } finally {
    open.close();
  }
}

function readAll(file: OpenFile): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(file.getSize());
  for (let at = 0; at < bytes.length;) {
    const count = file.read(bytes.subarray(at, at + PIECE), { at });
    if (count === 0) throw new Error('the file has become shorter');
    at += count;
  }
  return bytes;
}
