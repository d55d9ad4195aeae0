/**
 * A thread of the cells' process that writes what the cells put out to the kernel. The main thread may be in an endless
 * loop: its timers do not fire, and a signal may end it in the middle of any statement of its own. Here text is gathered
 * for a moment and then leaves, whatever the main thread does, and a frame is always written whole.
 *
 * It also ends the process when the kernel is gone, which an endless loop would not notice.
 */
import { writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { watchParent } from '../host/parent.js';
import { encodeFrame } from './frames.js';
import { endSession } from './signals.js';
import type { FromChild } from './ipc.js';

export interface PumpData {
  /** The pipe to the kernel. */
  fd: number;
  /** One counter: what was handed over and is not yet written, in bytes of frames and characters of text. */
  outstanding: Int32Array;
}

export type Text = Extract<FromChild, { type: 'stream' }>;
/** Text, or a frame that is written as it is. */
export type PumpItem = Text | Uint8Array;

const FLUSH_SIZE = 32 * 1024;
/** Milliseconds that text may wait for more. */
const FLUSH_INTERVAL = 20;

const { fd: KERNEL_PIPE, outstanding } = workerData as PumpData;
let gathered: { first: Text; parts: string[]; size: number } | undefined;
let timer: NodeJS.Timeout | undefined;

function write(frame: Uint8Array, counted: number): void {
  try {
    for (let at = 0; at < frame.length;) at += writeSync(KERNEL_PIPE, frame, at);
  } catch {
    endSession();
  }
  Atomics.sub(outstanding, 0, counted);
  Atomics.notify(outstanding, 0);
}

function flush(): void {
  clearTimeout(timer);
  timer = undefined;
  if (!gathered) return;
  const { first, parts, size } = gathered;
  gathered = undefined;
  write(encodeFrame({ ...first, text: parts.join('') }), size);
}

parentPort?.on('message', (item: PumpItem) => {
  if (item instanceof Uint8Array) {
    flush();
    return write(item, item.length);
  }
  if (gathered && (gathered.first.cell !== item.cell || gathered.first.name !== item.name)) flush();
  gathered ??= { first: item, parts: [], size: 0 };
  gathered.parts.push(item.text);
  gathered.size += item.text.length;
  if (gathered.size >= FLUSH_SIZE) flush();
  else timer ??= setTimeout(flush, FLUSH_INTERVAL);
});

watchParent(endSession).ref();
