/** Where a disk or flash device keeps its content. The host side implements it; a device knows nothing of files. */
export interface BlockBackend {
  /** Bytes. Constant. */
  readonly size: number;
  readonly readOnly: boolean;
  /** What is written does not outlive the run. */
  readonly transient?: boolean;
  /** Exactly `length` bytes from `offset` on, inside `size`; zeros where nothing was written. Throws when the medium fails. */
  read(offset: number, length: number): Uint8Array;
  /** Throws when the medium fails or is read-only. The bytes belong to the caller. */
  write(offset: number, bytes: Uint8Array): void;
  /** Returns when everything written is where it survives the end of the run. */
  flush(): void;
}

/**
 * Storage that the machine's own thread opens: `module` is a file of the host's side, whose function `openStorage` gets
 * `argument` and returns a BlockBackend. So a request costs no trip between threads.
 */
export interface StorageModule {
  module: string;
  argument: unknown;
}

export function isStorageModule(storage: BlockBackend | StorageModule): storage is StorageModule {
  return 'module' in storage;
}

/** Storage that has been opened. Throws a TypeError for a module that has not. */
export function opened(storage: BlockBackend | StorageModule): BlockBackend {
  if (isStorageModule(storage)) throw new TypeError(`storage of ${storage.module} has not been opened`);
  return storage;
}

const CHUNK = 0x1_0000;

/** Blocks held in memory over a base that stays as it is: an empty disk, or changes that are forgotten with the run. */
class SparseBlocks implements BlockBackend {
  readonly readOnly = false;
  readonly transient = true;
  private readonly chunks = new Map<number, Uint8Array>();

  constructor(
    readonly size: number,
    private readonly base?: BlockBackend,
  ) {}

  read(offset: number, length: number): Uint8Array {
    requireInside(this.size, offset, length);
    const result = new Uint8Array(length);
    forEachPiece(offset, length, (index, start, from, count) => {
      const chunk = this.chunks.get(index) ?? this.baseChunk(index);
      if (chunk) result.set(chunk.subarray(start, start + count), from);
    });
    return result;
  }

  write(offset: number, bytes: Uint8Array): void {
    requireInside(this.size, offset, bytes.length);
    forEachPiece(offset, bytes.length, (index, start, from, count) => {
      let chunk = this.chunks.get(index);
      if (!chunk) {
        chunk = new Uint8Array(CHUNK);
        const below = this.baseChunk(index);
        if (below) chunk.set(below);
        this.chunks.set(index, chunk);
      }
      chunk.set(bytes.subarray(from, from + count), start);
    });
  }

  flush(): void {
    // Nothing here outlives the run.
  }

  private baseChunk(index: number): Uint8Array | undefined {
    const { base } = this;
    const start = index * CHUNK;
    return base && start < base.size ? base.read(start, Math.min(CHUNK, base.size - start)) : undefined;
  }
}

/** A disk in memory, zeros but for `content`. `size` in bytes. */
export function memoryStorage(size: number, content?: Uint8Array): BlockBackend {
  const storage = new SparseBlocks(size);
  if (content) storage.write(0, content.subarray(0, size));
  return storage;
}

/** Reads through to `base`, and keeps what is written to itself (QEMU's `snapshot=on`). */
export function overlay(base: BlockBackend): BlockBackend {
  return new SparseBlocks(base.size, base);
}

/** Content that nobody may change. */
export function readOnlyStorage(content: Uint8Array): BlockBackend {
  return {
    size: content.length,
    readOnly: true,
    read(offset, length) {
      requireInside(content.length, offset, length);
      return content.slice(offset, offset + length);
    },
    write() {
      throw new Error('the medium is read-only');
    },
    flush: () => undefined,
  };
}

function requireInside(size: number, offset: number, length: number): void {
  if (offset < 0 || length < 0 || offset + length > size) {
    throw new RangeError(`${length} bytes at ${offset} are not inside a medium of ${size}`);
  }
}

/** Cuts a range at chunk boundaries: chunk number, offset in it, offset in the range, length. */
function forEachPiece(offset: number, length: number, action: (index: number, start: number, from: number, count: number) => void): void {
  for (let done = 0; done < length;) {
    const at = offset + done;
    const start = at % CHUNK;
    const count = Math.min(CHUNK - start, length - done);
    action(Math.floor(at / CHUNK), start, done, count);
    done += count;
  }
}
