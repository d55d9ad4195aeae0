import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const PAGE = 65536;

/**
 * A file's bytes, in memory that threads share: it is given to a machine's thread without a copy. The memory is the engine's own,
 * not malloc's, which keeps for later what it has once had for buffers of this size. @throws Error when there is no such file
 */
export function readShared(path: string): Uint8Array {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const pages = Math.max(1, Math.ceil(size / PAGE));
    const { buffer } = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    const bytes = new Uint8Array(buffer, 0, size);
    for (let at = 0; at < size;) {
      const count = readSync(file, bytes, at, size - at, at);
      if (count === 0) return bytes.subarray(0, at);
      at += count;
    }
    return bytes;
  } finally {
    closeSync(file);
  }
}
