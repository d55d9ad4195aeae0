/** Snapshots as files, for the machine's thread: a hundred megabytes that nobody keeps in memory. */
import { closeSync, fstatSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import type { SnapshotFiles } from '../server/server.js';

/** Closes a file that a machine was restored from, when the machine and its origin are gone. */
const unused = new FinalizationRegistry<number>((file) => closeSync(file));

export const snapshotFiles: SnapshotFiles = {
  write(path, parts) {
    const file = openSync(path, 'wx');
    try {
      for (const part of parts) for (let at = 0; at < part.length;) at += writeSync(file, part, at);
    } catch (error) {
      rmSync(path, { force: true });
      throw error;
    } finally {
      closeSync(file);
    }
  },
  open(path) {
    // What is open can be read after it was deleted.
    const file = openSync(path, 'r');
    const read = (): Uint8Array => readAll(file);
    unused.register(read, file);
    return read;
  },
};

function readAll(file: number): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(fstatSync(file).size);
  for (let at = 0; at < bytes.length;) {
    const count = readSync(file, bytes, at, bytes.length - at, at);
    if (count === 0) return bytes.subarray(0, at);
    at += count;
  }
  return bytes;
}
