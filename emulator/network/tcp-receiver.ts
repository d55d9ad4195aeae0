/** The receiving half of a TCP connection: what is in the window, what came early, what waits for its reader. */
import type { Snapshotable, State, StateReader } from '../devices/snapshotable.js';
import { ByteQueue } from './byte-queue.js';
import { seqAdd, seqDiff } from './tcp-segment.js';

/** Bytes; the largest window that needs no scaling, as QEMU's network advertises. */
const RECEIVE_WINDOW = 65535;
/** Ranges kept out of order; more is retransmitted by the guest anyway. */
const MAX_EARLY_RANGES = 64;

export class TcpReceiver implements Snapshotable {
  /** RCV.NXT: the next sequence number expected. */
  next: number;
  /** In order, acknowledged, not yet given to the reader. */
  readonly unread = new ByteQueue();
  /** The guest's FIN has been reached: nothing follows. */
  finished = false;

  private early: { sequence: number; data: Uint8Array }[] = [];
  private finSequence: number | undefined;

  constructor(initialSequence: number) {
    this.next = seqAdd(initialSequence, 1);
  }

  /** RCV.WND in bytes. */
  get window(): number {
    return RECEIVE_WINDOW - this.unread.length;
  }

  /** The acceptability test of RFC 9293, 3.10.7.4: some of the segment lies in the window. */
  acceptable(sequence: number, length: number): boolean {
    const first = seqDiff(sequence, this.next);
    if (length === 0) return this.window === 0 ? first === 0 : first >= 0 && first < this.window;
    if (this.window === 0) return false;
    const last = seqDiff(seqAdd(sequence, length - 1), this.next);
    return (first >= 0 && first < this.window) || (last >= 0 && last < this.window);
  }

  /** Takes what the window allows of an acceptable segment. True when it, or what it connects to, was next in order. */
  add(sequence: number, data: Uint8Array, fin: boolean): boolean {
    if (this.finished) return false;
    let start = sequence;
    let bytes = data;
    if (fin) this.finSequence = seqAdd(sequence, data.length);
    const old = seqDiff(this.next, start);
    if (old > 0) {
      bytes = bytes.subarray(Math.min(old, bytes.length));
      start = this.next;
    }
    const room = this.window - seqDiff(start, this.next);
    bytes = bytes.subarray(0, Math.max(0, room));
    const before = this.next;
    if (start === this.next) {
      this.accept(bytes);
      this.takeEarly();
    } else if (bytes.length > 0 && this.early.length < MAX_EARLY_RANGES) {
      this.early.push({ sequence: start, data: bytes.slice() });
    }
    if (this.finSequence === this.next) {
      this.finished = true;
      this.next = seqAdd(this.next, 1);
      this.early = [];
    }
    return this.next !== before;
  }

  saveState(): State {
    const { next, unread, finished, finSequence } = this;
    const early = this.early.map(({ sequence, data }) => ({ sequence, data: data.slice() }));
    return { next, unread: unread.bytes, finished, finSequence, early };
  }

  restoreState(state: StateReader): void {
    const sequence = (from: StateReader, field: string): number => from.integer(field, 0, 0xffff_ffff);
    this.next = sequence(state, 'next');
    this.unread.clear();
    this.unread.append(state.bytes('unread'));
    this.finished = state.boolean('finished');
    this.finSequence = state.optional('finSequence', () => sequence(state, 'finSequence'));
    this.early = state.records('early').map((range) => ({ sequence: sequence(range, 'sequence'), data: range.bytes('data') }));
  }

  private accept(bytes: Uint8Array): void {
    this.unread.append(bytes);
    this.next = seqAdd(this.next, bytes.length);
  }

  private takeEarly(): void {
    this.early.sort((a, b) => seqDiff(a.sequence, b.sequence));
    for (let [first] = this.early; first; [first] = this.early) {
      const { sequence, data } = first;
      const overlap = seqDiff(this.next, sequence);
      if (overlap < 0) return;
      this.early.shift();
      if (overlap < data.length) this.accept(data.subarray(overlap));
    }
  }
}
