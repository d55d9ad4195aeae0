/** The cells' side of the pipe to the kernel: messages in order, text gathered, and a brake for cells that flood. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { extname, join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { Worker } from 'node:worker_threads';
import { encodeFrame } from './frames.js';
import type { FromChild } from './ipc.js';
import type { PumpData } from './pump.js';

/** The kernel's end of this pipe is `stdio[4]`. */
export const OUTLET_FD = 4;
const FLUSH_SIZE = 32 * 1024;
/** Milliseconds that text may wait for more. */
const FLUSH_INTERVAL = 30;
/** Bytes under way at which a cell that prints has to wait. */
const BRAKE = 4 << 20;

type StreamName = 'stdout' | 'stderr';

export class Outlet {
  private readonly outstanding = new Int32Array(new SharedArrayBuffer(4));
  private readonly pump: Worker;
  private readonly cells = new AsyncLocalStorage<number>();
  private latest = 0;
  private text: { cell: number; name: StreamName; parts: string[]; size: number; since: number } | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor() {
    const workerData: PumpData = { fd: OUTLET_FD, outstanding: this.outstanding };
    this.pump = new Worker(join(__dirname, `pump${extname(__filename)}`), { workerData });
    this.pump.unref();
    for (const name of ['stdout', 'stderr'] as const) this.capture(name);
    process.on('exit', () => {
      this.flush();
      this.wait(0, 1000);
    });
  }

  /** The cell that the running code belongs to, also in its timers and promises. */
  get cell(): number {
    return this.cells.getStore() ?? this.latest;
  }

  runAs<T>(cell: number, action: () => T): T {
    this.latest = cell;
    return this.cells.run(cell, action);
  }

  send(message: FromChild): void {
    this.flush();
    this.post(message);
  }

  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (!this.text) return;
    const { cell, name, parts } = this.text;
    this.text = undefined;
    this.post({ type: 'stream', cell, name, text: parts.join('') });
  }

  private post(message: FromChild): void {
    const frame = encodeFrame(message);
    this.pump.postMessage(frame);
    // Counted after the hand-over: an interrupt in between errs on the side that never stalls.
    Atomics.add(this.outstanding, 0, frame.length);
    this.wait(BRAKE);
  }

  private wait(limit: number, timeout = Infinity): void {
    const end = Date.now() + timeout;
    for (let now = this.outstanding[0] as number; now > limit && Date.now() < end; now = this.outstanding[0] as number) {
      Atomics.wait(this.outstanding, 0, now, Math.min(timeout, 1000));
    }
  }

  private capture(name: StreamName): void {
    const decoder = new StringDecoder('utf8');
    const write = (chunk: Uint8Array | string, encoding?: unknown, callback?: unknown): boolean => {
      this.print(name, typeof chunk === 'string' ? chunk : decoder.write(Buffer.from(chunk)));
      const done = [encoding, callback].find((argument) => typeof argument === 'function');
      if (done) process.nextTick(done as () => void);
      return true;
    };
    process[name].write = write;
  }

  private print(name: StreamName, text: string): void {
    const cell = this.cell;
    if (this.text && (this.text.cell !== cell || this.text.name !== name)) this.flush();
    this.text ??= { cell, name, parts: [], size: 0, since: Date.now() };
    this.text.parts.push(text);
    this.text.size += text.length;
    // The clock is read because no timer fires while a cell loops.
    if (this.text.size >= FLUSH_SIZE || Date.now() - this.text.since > FLUSH_INTERVAL) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), FLUSH_INTERVAL);
  }
}
