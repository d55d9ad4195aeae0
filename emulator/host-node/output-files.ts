/** Where a machine's console and its trace can go, besides the terminal. */
import { createWriteStream } from 'node:fs';
import { Writable } from 'node:stream';
import { CommandFailure } from './failure.js';

export function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}

/** Opens a file for writing. @throws CommandFailure */
export function toFile(file: string): Promise<Writable> {
  return new Promise((resolve, reject) => {
    const stream = createWriteStream(file);
    stream.once('open', () => resolve(stream));
    stream.once('error', (error) => reject(new CommandFailure(1, `virtbook qemu: ${file} cannot be written: ${error.message}`)));
  });
}

/** One wait for each stream, however many wait for it. */
const draining = new WeakMap<Writable, Promise<void>>();

/** Resolves when the stream can take more. */
export async function written(stream: Writable, text: string): Promise<void> {
  if (stream.write(text)) return;
  let drained = draining.get(stream);
  if (!drained) {
    drained = new Promise<void>((resolve) => stream.once('drain', resolve)).finally(() => draining.delete(stream));
    draining.set(stream, drained);
  }
  await drained;
}
