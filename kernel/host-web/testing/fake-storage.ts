/** A browser's storage in memory, with the locks and the bounds of one. */
import type { OpenFile, StorageFile, StorageFolder } from '../../../emulator/host-web/storage-files.js';

const missing = (): DOMException => new DOMException('A requested file or directory could not be found', 'NotFoundError');

/** What all folders of a storage share. */
export class FakeRoom {
  /** When files are written, in milliseconds. */
  now = Date.now();
  /** Files that were read by a handle, not as a whole. */
  readByHandle = 0;

  /** @param quota of all files together */
  constructor(
    public quota = Infinity,
    /** Whether several pages can have a file open to read it. */
    readonly sharesHandles = true,
  ) {}
}

class FakeFile implements StorageFile {
  content = new Uint8Array(0);
  lastModified: number;
  /** Of open handles: those that only read, or the one that has the file for itself. */
  private readers = 0;
  private isLocked = false;

  constructor(
    private readonly name: string,
    private readonly room: FakeRoom,
    private readonly used: () => number,
  ) {
    this.lastModified = room.now;
  }

  getFile = async (): Promise<File> => new File([this.content.slice()], this.name, { lastModified: this.lastModified });

  async createSyncAccessHandle(options?: { mode: 'read-only' }): Promise<OpenFile> {
    const onlyReads = options !== undefined && this.room.sharesHandles;
    if (this.isLocked || (this.readers > 0 && !onlyReads)) throw new DOMException('It is open', 'NoModificationAllowedError');
    if (onlyReads) this.readers++;
    else this.isLocked = true;
    return {
      getSize: () => this.content.length,
      read: (into, { at }) => {
        this.room.readByHandle++;
        const piece = this.content.subarray(at, at + into.length);
        into.set(piece);
        return piece.length;
      },
      write: (bytes, { at }) => {
        const length = Math.max(this.content.length, at + bytes.length);
        if (this.used() - this.content.length + length > this.room.quota) throw new DOMException('No room', 'QuotaExceededError');
        this.resize(length);
        this.content.set(bytes, at);
        this.lastModified = this.room.now;
        return bytes.length;
      },
      truncate: (size) => this.resize(size),
      flush: () => undefined,
      close: () => {
        if (onlyReads) this.readers--;
        else this.isLocked = false;
      },
    };
  }

  private resize(size: number): void {
    const content = new Uint8Array(size);
    content.set(this.content.subarray(0, size));
    this.content = content;
  }
}

export class FakeFolder implements StorageFolder {
  readonly files = new Map<string, FakeFile>();
  readonly folders = new Map<string, FakeFolder>();

  constructor(
    readonly room = new FakeRoom(),
    private readonly root?: FakeFolder,
  ) {}

  /** Bytes of all files in it. */
  get used(): number {
    const sizes = [...[...this.files.values()].map(({ content }) => content.length), ...[...this.folders.values()].map(({ used }) => used)];
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  async *keys(): AsyncGenerator<string> {
    yield* [...this.folders.keys(), ...this.files.keys()];
  }

  async getDirectoryHandle(name: string, { create = false } = {}): Promise<FakeFolder> {
    const found = this.folders.get(name);
    if (found) return found;
    if (!create) throw missing();
    const folder = new FakeFolder(this.room, this.root ?? this);
    this.folders.set(name, folder);
    return folder;
  }

  async getFileHandle(name: string, { create = false } = {}): Promise<FakeFile> {
    const found = this.files.get(name);
    if (found) return found;
    if (!create) throw missing();
    const file = new FakeFile(name, this.room, () => (this.root ?? this).used);
    this.files.set(name, file);
    return file;
  }

  async removeEntry(name: string): Promise<void> {
    if (!this.files.delete(name) && !this.folders.delete(name)) throw missing();
  }
}
