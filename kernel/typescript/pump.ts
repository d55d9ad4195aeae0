/**
 * A thread of the cells' process that writes what the cells put out to the kernel. The main thread may be in an endless
 * loop that prints: it never gets back to its event loop, and a signal may end it in the middle of any statement of its
 * own. Here a frame is always written whole.
 *
 * It also ends the process when the kernel is gone, which an endless loop would not notice.
 */
import { writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

export interface PumpData {
  /** The pipe to the kernel. */
  fd: number;
  /** One counter: bytes handed over and not yet written. */
  outstanding: Int32Array;
}

const { fd, outstanding } = workerData as PumpData;

parentPort?.on('message', (frame: Uint8Array) => {
  try {
    for (let at = 0; at < frame.length; ) at += writeSync(fd, frame, at);
  } catch {
    process.kill(process.pid, 'SIGKILL');
  }
  Atomics.sub(outstanding, 0, frame.length);
  Atomics.notify(outstanding, 0);
});

const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
}, 1000);
