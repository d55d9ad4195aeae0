/** The virtio entropy device (virtio 1.2, section 5.4). Its entropy follows from the run's seed, so that runs repeat. */
import type { ScheduledEvent } from '../peripheral.js';
import { saveEvent, type Snapshotable, type State, type StateReader } from '../snapshotable.js';
import { writeSegments } from './segments.js';
import { Status } from './virtio-device.js';
import type { VirtioDevice, VirtioTransport } from './virtio-device.js';

const QUEUE_SIZE = 1024;
/** Most bytes given for one request; a driver must take fewer than it has room for. */
const MAX_REQUEST = 64 * 1024;
/** Most bytes given for one doorbell, and the virtual nanoseconds until what was left is served. */
const BURST = 1024 * 1024;
const PAUSE_NS = 100_000;

/** Gives the next bytes of the run's stream. */
export interface EntropySource extends Snapshotable {
  next(length: number): Uint8Array;
}

export class VirtioRng implements VirtioDevice {
  readonly name = 'virtio-rng';
  readonly deviceId = 4;
  readonly features = 0n;
  readonly legacyFeatures = 0n;
  readonly queueSizes = [QUEUE_SIZE];
  readonly configSize = 0;
  private transport!: VirtioTransport;
  private pending: ScheduledEvent | undefined;

  constructor(private readonly entropy: EntropySource) {}

  attach(transport: VirtioTransport): void {
    this.transport = transport;
  }

  reset(): void {
    this.pending?.cancel();
    this.pending = undefined;
  }

  readConfig(): number {
    return 0;
  }

  writeConfig(): void {
    // There is no configuration.
  }

  statusChanged(): void {
    this.serve();
  }

  queueNotified(): void {
    this.serve();
  }

  saveState(): State {
    return { entropy: this.entropy.saveState(), pending: saveEvent(this.pending) };
  }

  restoreState(state: StateReader): void {
    this.entropy.restoreState(state.record('entropy'));
    const pending = state.event('pending');
    this.pending = pending && this.transport.clock.again(pending, this.goOn);
  }

  private serve(): void {
    const { transport } = this;
    if ((transport.status & Status.DRIVER_OK) === 0 || transport.broken || this.pending) return;
    const queue = transport.queue(0);
    for (let given = 0; given < BURST;) {
      const chain = queue.pop();
      if (!chain) return;
      const bytes = this.entropy.next(Math.min(chain.inLength, MAX_REQUEST));
      if (!writeSegments(transport.memory, chain.in, bytes)) return transport.fail('an entropy buffer is not in memory');
      if (!queue.push([{ head: chain.head, written: bytes.length }])) return;
      transport.interrupt(queue);
      // A request costs something even when it asks for nothing.
      given += Math.max(bytes.length, 1024);
    }
    this.pending = transport.clock.at(transport.clock.now() + PAUSE_NS, this.goOn);
  }

  private readonly goOn = (): void => {
    this.pending = undefined;
    this.serve();
  };
}
