/** What a machine says on its way to its owner, which takes its time. */
import type { MachineEvent } from './protocol.js';

/** Output goes out when this many bytes wait, and at the end of a turn. */
const BATCH = 32 * 1024;
/** Bytes under way to the owner before the machine waits for it. */
const WINDOW = 1024 * 1024;

/** Gathers console bytes and lines of the trace into messages, and counts what the owner has not yet taken. */
export class Output {
  private readonly batch = new Uint8Array(BATCH);
  private batched = 0;
  /** Virtual time of the last byte. */
  private batchTime = 0;
  private traced = '';
  /** Bytes of the console and characters of the trace. */
  private unacknowledged = 0;

  constructor(private readonly send: (event: MachineEvent) => void) {}

  /** A byte on the console, at this virtual time. */
  readonly console = (byte: number, time: number): void => {
    this.batch[this.batched++] = byte;
    this.batchTime = time;
    if (this.batched === BATCH) this.flush();
  };

  trace(text: string): void {
    this.traced += text;
    if (this.traced.length > BATCH) this.flushTrace();
  }

  /** Sends the console bytes that wait. */
  flush(): void {
    if (!this.batched) return;
    this.unacknowledged += this.batched;
    this.send({ type: 'console', bytes: this.batch.slice(0, this.batched), time: this.batchTime });
    this.batched = 0;
  }

  flushTrace(): void {
    if (!this.traced) return;
    this.unacknowledged += this.traced.length;
    this.send({ type: 'trace', text: this.traced });
    this.traced = '';
  }

  /** The owner has taken so many bytes and characters. */
  consumed(length: number): void {
    this.unacknowledged -= length;
  }

  /** A reader that does not keep up holds the machine back; nothing is lost. */
  get blocked(): boolean {
    return this.unacknowledged > WINDOW;
  }

  /** With what is not yet sent, it is enough. */
  get full(): boolean {
    return this.batched + this.unacknowledged > WINDOW;
  }
}
