import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { overlay, type BlockBackend } from '../devices/storage.js';
import type { StorageModule } from '../machine/options.js';
import { builtFile } from './built.js';

/** What `openStorage` is told of an image. */
export interface DiskFile {
  file: string;
  readOnly: boolean;
  /** What is written is forgotten with the run. */
  snapshot: boolean;
}

/** Names the image for the machine's thread, which opens it through `openStorage` of this file. */
export function diskFile(disk: DiskFile): StorageModule {
  return { module: builtFile('host-node', 'disk-file.js'), argument: disk };
}

/** Bytes of an image that can be opened as wanted. Throws an Error that says what is wrong with it. */
export function checkDisk(disk: DiskFile): number {
  const descriptor = open(disk);
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile()) throw new Error(`${disk.file} is not a file`);
    return status.size;
  } finally {
    closeSync(descriptor);
  }
}

/** Opens an image for the whole run: the file is closed when the machine's thread ends. */
export function openStorage(argument: unknown): BlockBackend {
  const disk = argument as DiskFile;
  const file = new FileStorage(open(disk), disk.readOnly || disk.snapshot);
  return disk.snapshot && !disk.readOnly ? overlay(file) : file;
}

function open({ file, readOnly, snapshot }: DiskFile): number {
  return openSync(file, readOnly || snapshot ? 'r' : 'r+');
}

class FileStorage implements BlockBackend {
  readonly size: number;

  constructor(
    private readonly descriptor: number,
    readonly readOnly: boolean,
  ) {
    this.size = fstatSync(descriptor).size;
  }

  read(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const count = readSync(this.descriptor, bytes, done, length - done, offset + done);
      // A file that has become shorter meanwhile reads as zeros after its end.
      if (count === 0) break;
      done += count;
    }
    return bytes;
  }

  write(offset: number, bytes: Uint8Array): void {
    if (this.readOnly) throw new Error('the image is read-only');
    for (let done = 0; done < bytes.length;) {
      done += writeSync(this.descriptor, bytes, done, bytes.length - done, offset + done);
    }
  }

  flush(): void {
    if (!this.readOnly) fsyncSync(this.descriptor);
  }
}
