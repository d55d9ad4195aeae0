/** Snapshots and images as files, for the machine's thread: a hundred megabytes that nobody keeps in memory. */
import { closeSync, fstatSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import type { MachineFiles } from '../server/server.js';

/** Closes a file that a machine was restored from, when the machine and its origin are gone. */
const unused = new FinalizationRegistry<number>((file) => closeSync(file));

export const machineFiles: MachineFiles = {
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

const PAGE = 65536;

/** The memory is the engine's own, which is given back whole; malloc's keeps for later what it has once had for buffers of this size. */
function readAll(file: number): Uint8Array {
  const { size } = fstatSync(file);
  const pages = Math.max(1, Math.ceil(size / PAGE));
  const bytes = new Uint8Array(new WebAssembly.Memory({ initial: pages, maximum: pages }).buffer, 0, size);
  for (let at = 0; at < size;) {
    const count = readSync(file, bytes, at, size - at, at);
    if (count === 0) return bytes.subarray(0, at);
    at += count;
  }
  return bytes;
}
