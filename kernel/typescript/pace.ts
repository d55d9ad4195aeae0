import type { Readable } from 'node:stream';

/**
 * Bytes per second that a session's output is read at, on average. Jupyter's server drops the output of a kernel that
 * sends more than 1 MB/s for 3 s; what is not read yet makes the cell wait instead.
 */
const RATE = 800_000;
/** Bytes that may come at once. */
const BURST = 2_000_000;
/** The pipe rests at least this many milliseconds, once it has to. */
const REST = 50;

/** Reads the text of streams no faster than clients can take it. Displays are not limited, here or by the server. */
export class Pace {
  private budget = BURST;
  private since = performance.now();
  private hurried = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly stream: Readable) {}

  /** Reads on without rest, because somebody waits for the end: after an interrupt, say. */
  hurry(): void {
    this.hurried = true;
    this.resume();
  }

  /** Back to the usual pace. */
  relax(): void {
    this.hurried = false;
  }

  /** So much text has been read. */
  spend(size: number): void {
    this.refill();
    this.budget -= size;
    if (this.budget >= 0 || this.hurried) return;
    this.stream.pause();
    this.timer ??= setTimeout(() => this.resume(), Math.max(REST, (-this.budget / RATE) * 1000));
  }

  private resume(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.stream.resume();
  }

  private refill(): void {
    const now = performance.now();
    this.budget = Math.min(BURST, this.budget + ((now - this.since) * RATE) / 1000);
    this.since = now;
  }
}
