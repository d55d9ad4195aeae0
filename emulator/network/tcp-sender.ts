/**
 * The sending half of a TCP connection: flow control (RFC 9293, 3.8), retransmission (RFC 6298), slow start,
 * congestion avoidance and fast retransmit (RFC 5681). All times are virtual nanoseconds.
 */
import type { Clock, ScheduledEvent } from '../devices/peripheral.js';
import { saveEvent, SnapshotError, type Snapshotable, type State, type StateReader } from '../devices/snapshotable.js';
import { ByteQueue } from './byte-queue.js';
import { seqAdd, seqDiff } from './tcp-segment.js';

const INITIAL_RTO_NS = 1e9;
const MIN_RTO_NS = 200e6;
const MAX_RTO_NS = 60e9;
/** Timeouts in a row, without a sign of life, after which the guest counts as gone. */
const MAX_RETRIES = 10;
const MAX_SYN_RETRIES = 5;
const INITIAL_WINDOW_SEGMENTS = 10;
const DUPLICATE_ACK_THRESHOLD = 3;

export interface SenderOutput {
  /** `data` at `sequence`; `syn` and `fin` take a number of their own. */
  transmit(sequence: number, data: Uint8Array, syn: boolean, fin: boolean): void;
  /** The guest has not answered for too long. */
  gaveUp(): void;
}

export class TcpSender implements Snapshotable {
  /** SND.UNA: oldest number not acknowledged. */
  unacknowledged: number;
  /** Largest segment payload, in bytes. */
  mss = 536;
  /** Shift of the guest's window fields. */
  windowScale = 0;
  finQueued = false;

  private initial: number;
  /** SND.NXT: goes back to `unacknowledged` after a timeout, while `highest` stays. */
  private next: number;
  private highest: number;
  private window = 0;
  /** SND.WL1 and SND.WL2: the segment that last updated `window`. */
  private windowSequence = 0;
  private windowAcknowledgment = 0;
  private readonly buffer = new ByteQueue();
  private finSentAt: number | undefined;
  private congestionWindow = 0;
  private slowStartThreshold = Infinity;
  private duplicates = 0;
  private retries = 0;
  private timer: ScheduledEvent | undefined;
  private rto = INITIAL_RTO_NS;
  private smoothedRtt: number | undefined;
  private rttVariation = 0;
  /** The one segment being timed (Karn: never a retransmitted one). */
  private timed: { end: number; at: number } | undefined;

  constructor(
    private readonly clock: Clock,
    initialSequence: number,
    private readonly output: SenderOutput,
  ) {
    this.initial = initialSequence;
    this.unacknowledged = initialSequence;
    this.next = initialSequence;
    this.highest = initialSequence;
  }

  /**
   * The number for a segment without data: SND.NXT, but inside the guest's window, since one beyond it (after a window
   * probe) would be thrown away together with its acknowledgment.
   */
  get sequence(): number {
    const sent = seqDiff(this.highest, this.unacknowledged);
    return this.synAcknowledged ? seqAdd(this.unacknowledged, Math.min(sent, this.window)) : this.highest;
  }

  /** Bytes not yet acknowledged, sent or not. */
  get queued(): number {
    return this.buffer.length;
  }

  get synAcknowledged(): boolean {
    return this.unacknowledged !== this.initial;
  }

  get finAcknowledged(): boolean {
    return this.finQueued && this.synAcknowledged && seqDiff(this.unacknowledged, this.finSequence) > 0;
  }

  write(data: Uint8Array): void {
    this.buffer.append(data);
    this.flush();
  }

  close(): void {
    this.finQueued = true;
    this.flush();
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = undefined;
    this.buffer.clear();
  }

  /** The guest's window, from a segment that is acceptable. `first` for the SYN, whose window is never scaled. */
  updateWindow(segment: { sequence: number; acknowledgment: number; window: number }, first = false): void {
    const newer = seqDiff(segment.sequence, this.windowSequence);
    const notOlder = newer > 0 || (newer === 0 && seqDiff(segment.acknowledgment, this.windowAcknowledgment) >= 0);
    if (!first && !notOlder) return;
    const before = this.window;
    this.window = first ? segment.window : segment.window * 2 ** this.windowScale;
    this.windowSequence = segment.sequence;
    this.windowAcknowledgment = segment.acknowledgment;
    // What probed a closed window was refused: send it again now that there is room.
    if (!first && before === 0 && this.window > 0) this.next = this.unacknowledged;
  }

  /**
   * Processes an acknowledgment. False when it acknowledges what was never sent.
   * `pure`: the segment carried nothing else and left the window as it was, so that it may be a duplicate.
   */
  acknowledge(acknowledgment: number, pure: boolean): boolean {
    if (seqDiff(acknowledgment, this.highest) > 0) return false;
    const advance = seqDiff(acknowledgment, this.unacknowledged);
    if (advance < 0) return true;
    this.retries = 0;
    if (advance === 0) {
      if (pure && this.inFlight > 0 && this.window > 0) this.duplicate();
      return true;
    }
    this.measure(acknowledgment);
    const syn = this.synAcknowledged ? 0 : 1;
    this.buffer.drop(advance - syn);
    this.unacknowledged = acknowledgment;
    if (seqDiff(this.next, acknowledgment) < 0) this.next = acknowledgment;
    if (syn === 0) this.grow(advance);
    else this.congestionWindow = INITIAL_WINDOW_SEGMENTS * this.mss;
    this.duplicates = 0;
    this.rearm();
    return true;
  }

  /** A window field as it would be counted, to compare with the one in force. */
  sameWindow(window: number): boolean {
    return window * 2 ** this.windowScale === this.window;
  }

  /** Sends all that both windows allow. */
  flush(): void {
    if (!this.synAcknowledged) {
      if (this.next === this.initial) this.send(0, true, false);
      return;
    }
    for (;;) {
      const unsent = seqDiff(this.finSequence, this.next);
      const finSent = unsent < 0;
      const usable = Math.min(this.window, this.congestionWindow) - this.inFlight;
      const length = Math.max(0, Math.min(this.mss, unsent, usable));
      const fin = this.finQueued && !finSent && length === unsent;
      if (length === 0 && !fin) break;
      // Silly window avoidance: a small piece goes only if it is the last, or nothing else is under way.
      if (length < this.mss && length < unsent && this.inFlight > 0) break;
      this.send(length, false, fin);
    }
    if (this.timer === undefined && (this.inFlight > 0 || this.unsentBytes > 0)) this.rearm();
  }

  saveState(): State {
    const { unacknowledged, mss, windowScale, finQueued, initial, next, highest, window, windowSequence, windowAcknowledgment } = this;
    const { finSentAt, congestionWindow, slowStartThreshold, duplicates, retries, rto, smoothedRtt, rttVariation, timed } = this;
    return {
      unacknowledged,
      mss,
      windowScale,
      finQueued,
      initial,
      next,
      highest,
      window,
      windowSequence,
      windowAcknowledgment,
      finSentAt,
      congestionWindow,
      slowStartThreshold,
      duplicates,
      retries,
      rto,
      smoothedRtt,
      rttVariation,
      timed: timed && { ...timed },
      buffer: this.buffer.bytes,
      timer: saveEvent(this.timer),
    };
  }

  restoreState(state: StateReader): void {
    const sequence = (field: string): number => state.integer(field, 0, 0xffff_ffff);
    this.unacknowledged = sequence('unacknowledged');
    this.mss = state.integer('mss', 1, 0xffff);
    this.windowScale = state.integer('windowScale', 0, 255);
    this.finQueued = state.boolean('finQueued');
    this.initial = sequence('initial');
    this.next = sequence('next');
    this.highest = sequence('highest');
    this.window = state.number('window');
    this.windowSequence = sequence('windowSequence');
    this.windowAcknowledgment = sequence('windowAcknowledgment');
    this.finSentAt = state.optional('finSentAt', () => sequence('finSentAt'));
    this.congestionWindow = state.number('congestionWindow');
    this.slowStartThreshold = state.number('slowStartThreshold');
    this.duplicates = state.integer('duplicates');
    this.retries = state.integer('retries');
    this.rto = state.number('rto');
    this.smoothedRtt = state.optional('smoothedRtt', () => state.number('smoothedRtt'));
    this.rttVariation = state.number('rttVariation');
    this.timed = state.optional('timed', () => {
      const timed = state.record('timed');
      return { end: timed.integer('end', 0, 0xffff_ffff), at: timed.integer('at') };
    });
    this.buffer.clear();
    this.buffer.append(state.bytes('buffer'));
    // What is sent is taken from the buffer: numbers that lead out of it would send nothing for ever.
    const { inFlight, highest, next, base } = this;
    if (inFlight < 0 || seqDiff(highest, next) < 0 || seqDiff(highest, base) > this.buffer.length + 1) {
      throw new SnapshotError(`the snapshot is damaged: the numbers of ${state.path} are out of order; take a new one`);
    }
    this.timer?.cancel();
    const timer = state.event('timer');
    this.timer = timer && this.clock.again(timer, this.timedOut);
  }

  private get base(): number {
    return this.synAcknowledged ? this.unacknowledged : seqAdd(this.initial, 1);
  }

  /** The number that FIN has or would have: just after the last byte written. */
  private get finSequence(): number {
    // Once FIN itself is acknowledged the buffer is empty and the base is after it.
    return this.finDone ? seqAdd(this.base, -1) : seqAdd(this.base, this.buffer.length);
  }

  private get finDone(): boolean {
    return this.finSentAt !== undefined && seqDiff(this.unacknowledged, this.finSentAt) > 0;
  }

  private get inFlight(): number {
    return seqDiff(this.next, this.unacknowledged);
  }

  private get unsentBytes(): number {
    return Math.max(0, seqDiff(this.finSequence, this.next));
  }

  private send(length: number, syn: boolean, fin: boolean): void {
    const sequence = this.next;
    const data = syn ? new Uint8Array(0) : this.buffer.slice(seqDiff(sequence, this.base), length);
    if (fin) this.finSentAt = seqAdd(sequence, data.length);
    this.next = seqAdd(sequence, data.length + (syn ? 1 : 0) + (fin ? 1 : 0));
    if (seqDiff(this.next, this.highest) > 0) {
      this.timed ??= { end: this.next, at: this.clock.now() };
      this.highest = this.next;
    }
    if (this.timer === undefined) this.rearm();
    this.output.transmit(sequence, data, syn, fin);
  }

  private rearm(): void {
    this.timer?.cancel();
    this.timer = undefined;
    if (this.inFlight === 0 && this.unsentBytes === 0) return;
    this.timer = this.clock.at(this.clock.now() + Math.round(this.rto), this.timedOut);
  }

  private readonly timedOut = (): void => {
    this.timer = undefined;
    this.timeout();
  };

  private timeout(): void {
    this.retries++;
    if (this.retries > (this.synAcknowledged ? MAX_RETRIES : MAX_SYN_RETRIES)) {
      this.output.gaveUp();
      return;
    }
    this.rto = Math.min(this.rto * 2, MAX_RTO_NS);
    this.timed = undefined;
    this.duplicates = 0;
    this.slowStartThreshold = Math.max(this.inFlight / 2, 2 * this.mss);
    this.congestionWindow = this.mss;
    this.next = this.unacknowledged;
    // A closed window is probed with one byte, so that the update cannot be lost for ever (RFC 9293, 3.8.6.1).
    if (this.synAcknowledged && this.window === 0 && this.unsentBytes > 0) this.send(1, false, false);
    else this.flush();
    this.rearm();
  }

  private duplicate(): void {
    this.duplicates++;
    if (this.duplicates < DUPLICATE_ACK_THRESHOLD) return;
    if (this.duplicates > DUPLICATE_ACK_THRESHOLD) {
      this.congestionWindow += this.mss;
      return;
    }
    this.slowStartThreshold = Math.max(this.inFlight / 2, 2 * this.mss);
    this.congestionWindow = this.slowStartThreshold + DUPLICATE_ACK_THRESHOLD * this.mss;
    this.timed = undefined;
    const resume = this.next;
    this.next = this.unacknowledged;
    const length = Math.min(this.mss, this.unsentBytes, Math.max(1, seqDiff(resume, this.next)));
    this.send(length, false, this.finSentAt === seqAdd(this.next, length));
    if (seqDiff(resume, this.next) > 0) this.next = resume;
  }

  private grow(acknowledged: number): void {
    if (this.duplicates >= DUPLICATE_ACK_THRESHOLD) this.congestionWindow = this.slowStartThreshold;
    else if (this.congestionWindow < this.slowStartThreshold) this.congestionWindow += Math.min(acknowledged, this.mss);
    else this.congestionWindow += Math.max(1, (this.mss * this.mss) / this.congestionWindow);
    // Also ends the doubling of a run of timeouts: what was acknowledged shows that the path works.
    if (this.smoothedRtt !== undefined) this.rto = this.computedRto(this.smoothedRtt);
  }

  private measure(acknowledgment: number): void {
    if (!this.timed || seqDiff(acknowledgment, this.timed.end) < 0) return;
    const sample = this.clock.now() - this.timed.at;
    this.timed = undefined;
    if (this.smoothedRtt === undefined) {
      this.smoothedRtt = sample;
      this.rttVariation = sample / 2;
    } else {
      this.rttVariation += (Math.abs(this.smoothedRtt - sample) - this.rttVariation) / 4;
      this.smoothedRtt += (sample - this.smoothedRtt) / 8;
    }
    this.rto = this.computedRto(this.smoothedRtt);
  }

  private computedRto(rtt: number): number {
    return Math.min(MAX_RTO_NS, Math.max(MIN_RTO_NS, rtt + 4 * this.rttVariation));
  }
}
