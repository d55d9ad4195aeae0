/** One TCP connection, that the guest opened to a virtual host or the host to the guest: the state machine of RFC 9293, section 3.10.7. */
import type { Clock, ScheduledEvent } from '../devices/peripheral.js';
import { saveEvent, type Snapshotable, type State, type StateReader } from '../devices/snapshotable.js';
import { TcpReceiver } from './tcp-receiver.js';
import { ACK, FIN, PSH, RST, SYN, resetFor, seqAdd, seqDiff, sequenceLength } from './tcp-segment.js';
import type { TcpSegment } from './tcp-segment.js';
import { TcpSender } from './tcp-sender.js';
import type { CloseReason, TcpConnection, TcpService } from './virtual-host.js';

const STATES = [
  'SYN_SENT',
  'SYN_RECEIVED',
  'ESTABLISHED',
  'FIN_WAIT_1',
  'FIN_WAIT_2',
  'CLOSING',
  'TIME_WAIT',
  'CLOSE_WAIT',
  'LAST_ACK',
  'CLOSED',
] as const;
export type TcpState = (typeof STATES)[number];

/** What an Ethernet frame leaves for TCP data, in bytes. */
const LINK_MSS = 1460;
/** RFC 9293, 3.7.1: assumed of a guest that names none. */
const DEFAULT_MSS = 536;
const SMALLEST_MSS = 64;
/** Twice the time that a segment can live, and how long a half-closed guest may stay silent. */
const TIME_WAIT_NS = 60e9;
const FIN_WAIT_2_NS = 60e9;

export interface ConnectionOptions {
  clock: Clock;
  remoteAddress: string;
  remotePort: number;
  localPort: number;
  transmit: (segment: TcpSegment) => void;
  /** Called once, when the connection has been accepted or asked for; and when it is restored after that. */
  established: TcpService;
  /** Called once, when the connection's place may be given away. */
  closed: () => void;
}

export class TcpEndpoint implements TcpConnection, Snapshotable {
  state: TcpState = 'SYN_RECEIVED';
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localPort: number;
  onOpen: () => void = () => undefined;
  onData: (data: Uint8Array) => void = () => undefined;
  onEnd: () => void = () => undefined;
  onDrain: () => void = () => undefined;
  onClose: (reason: CloseReason) => void = () => undefined;

  private readonly options: ConnectionOptions;
  private readonly sender: TcpSender;
  private readonly receiver: TcpReceiver;
  private offersScaling = false;
  private accepted = false;
  private application: Snapshotable | undefined;
  private paused = false;
  private endReported = false;
  private acknowledgmentDue = false;
  private wait: ScheduledEvent | undefined;

  /** `remoteSequence` is the number of the guest's SYN, `localSequence` that of ours. `answer`, `connect` or `restoreState` follows. */
  constructor(options: ConnectionOptions, remoteSequence = 0, localSequence = 0) {
    this.options = options;
    this.remoteAddress = options.remoteAddress;
    this.remotePort = options.remotePort;
    this.localPort = options.localPort;
    this.receiver = new TcpReceiver(remoteSequence);
    this.sender = new TcpSender(options.clock, localSequence, {
      transmit: (sequence, data, isSyn, fin) => this.send(sequence, data, isSyn, fin),
      gaveUp: () => this.abort('timeout'),
    });
  }

  /** Answers the SYN that opens the connection. */
  answer(syn: TcpSegment): void {
    this.sender.mss = Math.min(LINK_MSS, Math.max(SMALLEST_MSS, syn.mss ?? DEFAULT_MSS));
    this.sender.updateWindow(syn, true);
    this.offersScaling = syn.windowScale !== undefined;
    this.sender.windowScale = syn.windowScale ?? 0;
    this.sender.flush();
  }

  /** Asks the guest for the connection. */
  connect(): void {
    this.state = 'SYN_SENT';
    this.accept();
    this.sender.flush();
  }

  saveState(): State {
    const { state, offersScaling, accepted, paused, endReported, acknowledgmentDue } = this;
    return {
      state,
      offersScaling,
      accepted,
      paused,
      endReported,
      acknowledgmentDue,
      wait: saveEvent(this.wait),
      sender: this.sender.saveState(),
      receiver: this.receiver.saveState(),
      application: this.application?.saveState(),
    };
  }

  restoreState(state: StateReader): void {
    this.state = state.oneOf('state', STATES);
    this.offersScaling = state.boolean('offersScaling');
    this.paused = state.boolean('paused');
    this.endReported = state.boolean('endReported');
    this.acknowledgmentDue = state.boolean('acknowledgmentDue');
    const wait = state.event('wait');
    this.wait = wait && this.options.clock.again(wait, this.waited);
    this.sender.restoreState(state.record('sender'));
    this.receiver.restoreState(state.record('receiver'));
    if (state.boolean('accepted')) this.accept();
    this.application?.restoreState(state.record('application'));
  }

  get unacknowledged(): number {
    return this.sender.queued;
  }

  /** The next number that the guest may use: a SYN beyond it may replace a connection in TIME_WAIT. */
  get receiveNext(): number {
    return this.receiver.next;
  }

  write(data: Uint8Array): void {
    if (data.length === 0 || (this.state !== 'ESTABLISHED' && this.state !== 'CLOSE_WAIT')) return;
    this.sender.write(data);
  }

  end(): void {
    if (this.state === 'ESTABLISHED') this.state = 'FIN_WAIT_1';
    else if (this.state === 'CLOSE_WAIT') this.state = 'LAST_ACK';
    else return;
    this.sender.close();
  }

  reset(): void {
    if (this.state === 'CLOSED') return;
    if (this.state !== 'TIME_WAIT') this.emit({ flags: RST | ACK, sequence: this.sender.sequence });
    this.finish('reset');
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    const closedWindow = this.receiver.window === 0;
    this.deliver();
    // The guest waits for news of the window.
    if (closedWindow && !this.isClosed()) this.acknowledge();
  }

  /** Frees the connection without a word to the guest. */
  discard(): void {
    if (this.state !== 'CLOSED') this.finish('closed');
  }

  receive(segment: TcpSegment): void {
    if (this.state === 'CLOSED') return;
    if (this.state === 'SYN_SENT') return this.receiveAnswer(segment);
    const { sequence, flags } = segment;
    const isSyn = (flags & SYN) !== 0;
    if (this.state === 'SYN_RECEIVED' && isSyn && (flags & ACK) === 0 && seqAdd(sequence, 1) === this.receiver.next) {
      // The answer to its SYN was lost.
      this.send(this.sender.unacknowledged, new Uint8Array(0), true, false);
      return;
    }
    if (!this.receiver.acceptable(sequence, sequenceLength(segment))) {
      if ((flags & RST) === 0) this.refuse(segment);
    } else if ((flags & RST) !== 0) {
      // Only the exact number resets; a guess within the window is challenged (RFC 5961, section 3.2).
      if (sequence === this.receiver.next) this.finish('reset');
      else this.acknowledge();
    } else if (isSyn) {
      this.acknowledge();
    } else if ((flags & ACK) !== 0) {
      this.proceed(segment);
    }
  }

  /** Takes what an acceptable segment of an ordinary conversation brings. */
  private proceed(segment: TcpSegment): void {
    if (!this.processAcknowledgment(segment)) return;
    this.processData(segment);
    if (this.isClosed()) return;
    this.sender.flush();
    if (this.acknowledgmentDue) this.acknowledge();
  }

  /** RFC 9293, 3.10.7.3. That both ask at once does not happen: nobody listens at a port that asks. */
  private receiveAnswer(segment: TcpSegment): void {
    const { flags, sequence, acknowledgment } = segment;
    const acceptable = (flags & ACK) !== 0 && seqDiff(acknowledgment, this.sender.unacknowledged) === 1;
    if (!acceptable) {
      const reset = resetFor(segment);
      if (reset && (flags & ACK) !== 0) this.options.transmit(reset);
    } else if ((flags & RST) !== 0) {
      this.finish('reset');
    } else if ((flags & SYN) !== 0) {
      this.receiver.next = seqAdd(sequence, 1);
      this.state = 'ESTABLISHED';
      this.sender.mss = Math.min(LINK_MSS, Math.max(SMALLEST_MSS, segment.mss ?? DEFAULT_MSS));
      this.sender.acknowledge(acknowledgment, false);
      this.sender.updateWindow(segment, true);
      this.acknowledge();
      this.onOpen();
    }
  }

  /** False when the segment is to be dropped. */
  private processAcknowledgment(segment: TcpSegment): boolean {
    if (this.state === 'SYN_RECEIVED' && !this.establish(segment)) return false;
    const pure = sequenceLength(segment) === 0 && this.sender.sameWindow(segment.window);
    const queuedBefore = this.sender.queued;
    if (!this.sender.acknowledge(segment.acknowledgment, pure)) {
      this.acknowledge();
      return false;
    }
    this.sender.updateWindow(segment);
    if (this.sender.finAcknowledged) this.finAcknowledged();
    if (this.isClosed()) return false;
    if (queuedBefore > 0 && this.sender.queued === 0) this.onDrain();
    return !this.isClosed();
  }

  private establish(segment: TcpSegment): boolean {
    if (seqDiff(segment.acknowledgment, this.sender.unacknowledged) !== 1) {
      const reset = resetFor(segment);
      if (reset) this.options.transmit(reset);
      return false;
    }
    this.state = 'ESTABLISHED';
    this.sender.acknowledge(segment.acknowledgment, false);
    this.sender.updateWindow(segment);
    this.accept();
    return !this.isClosed();
  }

  private accept(): void {
    this.accepted = true;
    this.application = this.options.established(this) ?? undefined;
  }

  private finAcknowledged(): void {
    if (this.state === 'FIN_WAIT_1') {
      this.state = 'FIN_WAIT_2';
      this.waitThenFinish(FIN_WAIT_2_NS);
    } else if (this.state === 'CLOSING') {
      this.enterTimeWait();
    } else if (this.state === 'LAST_ACK') {
      this.finish('closed');
    }
  }

  private processData(segment: TcpSegment): void {
    const fin = (segment.flags & FIN) !== 0;
    if (segment.data.length === 0 && !fin) return;
    if (this.state !== 'ESTABLISHED' && this.state !== 'FIN_WAIT_1' && this.state !== 'FIN_WAIT_2') {
      // Nothing follows a FIN; what claims to is acknowledged again and ignored.
      this.acknowledgmentDue = true;
      return;
    }
    this.acknowledgmentDue = true;
    this.receiver.add(segment.sequence, segment.data, fin);
    if (this.receiver.finished) this.finReceived();
    this.deliver();
  }

  private finReceived(): void {
    if (this.state === 'ESTABLISHED') this.state = 'CLOSE_WAIT';
    else if (this.state === 'FIN_WAIT_1') this.state = 'CLOSING';
    else if (this.state === 'FIN_WAIT_2') this.enterTimeWait();
  }

  private deliver(): void {
    while (!this.paused && !this.isClosed() && this.receiver.unread.length > 0) {
      const data = this.receiver.unread.slice(0, this.receiver.unread.length);
      this.receiver.unread.drop(data.length);
      this.onData(data);
    }
    if (!this.paused && !this.isClosed() && this.receiver.finished && !this.endReported) {
      this.endReported = true;
      this.onEnd();
    }
  }

  /** A segment outside the window: the guest learns where the window is; a FIN seen again restarts TIME_WAIT. */
  private refuse(segment: TcpSegment): void {
    if (this.state === 'TIME_WAIT' && (segment.flags & FIN) !== 0) this.enterTimeWait();
    // An acknowledgment may still open the window of a connection whose own window is closed (3.10.7.4).
    if ((segment.flags & (ACK | SYN)) === ACK && this.receiver.window === 0 && this.state !== 'SYN_RECEIVED') {
      if (!this.processAcknowledgment(segment)) return;
      this.sender.flush();
    }
    this.acknowledge();
  }

  private enterTimeWait(): void {
    this.state = 'TIME_WAIT';
    this.sender.stop();
    this.waitThenFinish(TIME_WAIT_NS);
  }

  private waitThenFinish(delay: number): void {
    this.wait?.cancel();
    this.wait = this.options.clock.at(this.options.clock.now() + delay, this.waited);
  }

  private readonly waited = (): void => {
    this.wait = undefined;
    this.finish('closed');
  };

  private abort(reason: CloseReason): void {
    this.emit({ flags: RST | ACK, sequence: this.sender.sequence });
    this.finish(reason);
  }

  private finish(reason: CloseReason): void {
    if (this.state === 'CLOSED') return;
    this.state = 'CLOSED';
    this.wait?.cancel();
    this.wait = undefined;
    this.sender.stop();
    this.options.closed();
    this.onClose(reason);
  }

  /** Read through a function, since callbacks change the state without the compiler's knowledge. */
  private isClosed(): boolean {
    return this.state === 'CLOSED';
  }

  private acknowledge(): void {
    this.emit({ flags: ACK, sequence: this.sender.sequence });
  }

  private send(sequence: number, data: Uint8Array, syn: boolean, fin: boolean): void {
    const asks = this.state === 'SYN_SENT';
    const flags = (asks ? 0 : ACK) | (syn ? SYN : 0) | (fin ? FIN : 0) | (data.length > 0 ? PSH : 0);
    const options = syn ? { mss: LINK_MSS, windowScale: this.offersScaling ? 0 : undefined } : {};
    this.emit({ flags, sequence, data, ...options, ...(asks && { acknowledgment: 0 }) });
  }

  private emit(segment: Partial<TcpSegment> & { flags: number; sequence: number }): void {
    this.acknowledgmentDue = false;
    this.options.transmit({
      sourcePort: this.localPort,
      destinationPort: this.remotePort,
      acknowledgment: this.receiver.next,
      window: this.receiver.window,
      data: new Uint8Array(0),
      ...segment,
    });
  }
}
