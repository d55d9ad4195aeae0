/** The cells' side of the pipe to the kernel: messages in order, each with its cell, and a brake for cells that flood. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { extname, join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { Worker } from 'node:worker_threads';
import { encodeFrame } from './frames.js';
import type { FromChild } from './ipc.js';
import type { PumpData, PumpItem } from './pump.js';

/** The kernel's end of this pipe is `stdio[4]`. */
export const OUTLET_FD = 4;
/** Bytes under way at which a cell that prints has to wait. */
const BRAKE = 1 << 18;
/** Milliseconds that the last output may take when the process ends. */
const EXIT_PATIENCE = 1000;

export class Outlet {
  private readonly outstanding = new Int32Array(new SharedArrayBuffer(4));
  private readonly pump: Worker;
  private readonly cells = new AsyncLocalStorage<number>();
  /** The cell that was begun last. */
  latest = 0;

  constructor() {
    const workerData: PumpData = { fd: OUTLET_FD, outstanding: this.outstanding };
    this.pump = new Worker(join(__dirname, `pump${extname(__filename)}`), { workerData });
    this.pump.unref();
    for (const name of ['stdout', 'stderr'] as const) this.capture(name);
    process.on('exit', () => this.wait(0, EXIT_PATIENCE));
  }

  /** The cell that the running code belongs to, also in its timers and promises. */
  get cell(): number {
    return this.cells.getStore() ?? this.latest;
  }

  runAs<T>(cell: number, action: () => T): T {
    this.latest = cell;
    return this.cells.run(cell, action);
  }

  /** @throws DataCloneError for what cannot be sent, such as functions. */
  send(message: FromChild): void {
    const frame = encodeFrame(message);
    this.post(frame, frame.length);
  }

  private post(item: PumpItem, size: number): void {
    this.pump.postMessage(item);
    // Counted after the hand-over: an interrupt in between errs on the side that never stalls.
    Atomics.add(this.outstanding, 0, size);
    this.wait(BRAKE);
  }

  private wait(limit: number, timeout = Infinity): void {
    const end = Date.now() + timeout;
    for (let now = Atomics.load(this.outstanding, 0); now > limit && Date.now() < end;) {
      Atomics.wait(this.outstanding, 0, now, Math.min(timeout, 1000));
      now = Atomics.load(this.outstanding, 0);
    }
  }

  private capture(name: 'stdout' | 'stderr'): void {
    const decoder = new StringDecoder('utf8');
    const write = (chunk: Uint8Array | string, encoding?: unknown, callback?: unknown): boolean => {
      const text = typeof chunk === 'string' ? chunk : decoder.write(Buffer.from(chunk));
      if (text !== '') this.post({ type: 'stream', cell: this.cell, name, text }, text.length);
      const done = [encoding, callback].find((argument) => typeof argument === 'function');
      if (done) process.nextTick(done);
      return true;
    };
    process[name].write = write;
  }
}
