/** What every virtio transport does the same: negotiation, status, queue addresses, faults and configuration space. */
import type { AccessSize, Clock, GuestMemory } from '../peripheral.js';
import type { Snapshotable, State, StateReader } from '../snapshotable.js';
import { RingFeature, Status, featureSet } from './virtio-device.js';
import type { VirtioDevice, VirtioTransport } from './virtio-device.js';
import { Virtqueue } from './virtqueue.js';

const RING_FEATURES = featureSet([RingFeature.INDIRECT_DESC, RingFeature.EVENT_IDX]);
const LEGACY_RING_FEATURES = featureSet([RingFeature.NOTIFY_ON_EMPTY, RingFeature.ANY_LAYOUT]);
const MODERN_FEATURES = featureSet([RingFeature.VERSION_1]);
const MAX_QUEUE_SIZE = 1024;
/** The alignment of a ring whose driver never writes one (QEMU's VIRTIO_PCI_VRING_ALIGN). */
const DEFAULT_ALIGNMENT = 4096;

export interface TransportOptions {
  clock: Clock;
  memory: GuestMemory;
  /** Called with the reason when a driver breaks the rules, for traces. */
  onFault?: (reason: string) => void;
}

/** What a modern driver writes before it enables a queue. */
export interface QueueSetup {
  size: number;
  descriptors: [low: number, high: number];
  available: [low: number, high: number];
  used: [low: number, high: number];
  ready: boolean;
}

export abstract class TransportCore implements VirtioTransport, Snapshotable {
  readonly clock: Clock;
  readonly memory: GuestMemory;
  readonly queues: readonly Virtqueue[];
  features = 0n;
  status = 0;
  broken = false;

  generation = 0;
  driverFeatures: [low: number, high: number] = [0, 0];
  setups: QueueSetup[] = [];
  private readonly onFault: (reason: string) => void;
  private alignments: number[] = [];

  constructor(
    readonly name: string,
    options: TransportOptions,
    readonly device: VirtioDevice | undefined,
    /** Greatest sizes of the queues, where they are not the device's. */
    queueSize?: (index: number) => number,
  ) {
    this.clock = options.clock;
    this.memory = options.memory;
    this.onFault = options.onFault ?? (() => undefined);
    const sizes = device?.queueSizes ?? [];
    this.queues = sizes.map((size, index) => new Virtqueue(index, queueSize?.(index) ?? size, this.memory, (reason) => this.fail(reason)));
    this.forgetQueues();
  }

  /** Tells the processor that a queue has used buffers. */
  protected abstract signalQueue(queue: Virtqueue): void;
  /** Tells the processor that the configuration has changed. */
  protected abstract signalConfig(): void;

  queue(index: number): Virtqueue {
    const queue = this.queues[index];
    if (!queue) throw new RangeError(`a virtio device without a queue ${index}`);
    return queue;
  }

  hasFeature(bit: number): boolean {
    return ((this.features >> BigInt(bit)) & 1n) === 1n;
  }

  interrupt(queue: Virtqueue): void {
    if (!this.broken && queue.shouldInterrupt()) this.signalQueue(queue);
  }

  configChanged(): void {
    if ((this.status & Status.DRIVER_OK) === 0) return;
    this.generation = (this.generation + 1) >>> 0;
    this.signalConfig();
  }

  fail(reason: string): void {
    if (this.broken) return;
    this.broken = true;
    this.onFault(`${this.name}: ${reason}`);
    if (!this.hasFeature(RingFeature.VERSION_1)) return;
    this.status |= Status.NEEDS_RESET;
    this.configChanged();
  }

  /** The features that a modern or a legacy driver is shown. */
  offered(modern: boolean): bigint {
    const { device } = this;
    if (!device) return 0n;
    if (modern) return device.features | RING_FEATURES | MODERN_FEATURES;
    const layout = device.fixedLegacyLayout ? featureSet([RingFeature.NOTIFY_ON_EMPTY]) : LEGACY_RING_FEATURES;
    return device.features | RING_FEATURES | layout | device.legacyFeatures;
  }

  /** Bits that were not offered are dropped without complaint, as QEMU does: the driver reads back nothing of them. */
  negotiate(wanted: bigint, modern: boolean): void {
    this.features = wanted & this.offered(modern);
    const ring = {
      indirectDescriptors: this.hasFeature(RingFeature.INDIRECT_DESC),
      eventIndex: this.hasFeature(RingFeature.EVENT_IDX),
      notifyOnEmpty: this.hasFeature(RingFeature.NOTIFY_ON_EMPTY),
    };
    for (const queue of this.queues) queue.features = ring;
    this.device?.statusChanged(this.status);
  }

  /** `modern`: setting FEATURES_OK is what makes the driver's features count. */
  writeStatus(value: number, modern: boolean): void {
    if (modern && (value & Status.FEATURES_OK) !== 0 && (this.status & Status.FEATURES_OK) === 0) {
      this.negotiate((BigInt(this.driverFeatures[1]) << 32n) | BigInt(this.driverFeatures[0]), true);
    }
    this.status = value;
    if (value === 0) this.resetDevice();
    else this.device?.statusChanged(value);
  }

  notify(index: number): void {
    if (!this.broken && this.queues[index]?.configured) this.device?.queueNotified(index);
  }

  setAlignment(queue: Virtqueue, alignment: number): void {
    this.alignments[queue.index] = alignment;
    if (queue.configured) this.placeLegacyRing(queue, queue.descriptors);
  }

  /** The three parts follow one another; the used ring starts at the next multiple of the alignment (2.7.2). */
  placeLegacyRing(queue: Virtqueue, base: number): void {
    const alignment = Math.max(1, this.alignments[queue.index]!);
    const available = base + 16 * queue.size;
    const end = available + 4 + 2 * queue.size;
    queue.setAddresses(base, available, Math.ceil(end / alignment) * alignment);
  }

  setQueueSize(queue: Virtqueue | undefined, size: number, modern: boolean): void {
    if (!queue || size === 0 || size > MAX_QUEUE_SIZE) return;
    if (modern) {
      this.setups[queue.index]!.size = size;
      return;
    }
    queue.size = size;
    if (queue.configured) this.placeLegacyRing(queue, queue.descriptors);
  }

  applySetup(queue: Virtqueue): void {
    const setup = this.setups[queue.index]!;
    // A driver that takes a queue back may free its memory: the device must forget the ring.
    if (!setup.ready) return queue.setAddresses(0, 0, 0);
    const join = ([low, high]: [number, number]): number => high * 2 ** 32 + low;
    if (setup.size > 0) queue.size = setup.size;
    queue.setAddresses(join(setup.descriptors), join(setup.available), join(setup.used));
  }

  readConfig(offset: number, size: AccessSize): number {
    const { device } = this;
    const inside = device !== undefined && offset + size <= device.configSize;
    let value = 0;
    for (let i = 0; i < size; i++) value += (inside ? device.readConfig(offset + i) & 0xff : 0xff) * 2 ** (8 * i);
    return value;
  }

  writeConfig(offset: number, value: number, size: AccessSize): void {
    const { device } = this;
    if (!device || offset + size > device.configSize) return;
    for (let i = 0; i < size; i++) device.writeConfig(offset + i, (value >>> (8 * i)) & 0xff);
  }

  /** What writing 0 to the status register does. Transports add what is theirs. */
  resetDevice(): void {
    this.status = 0;
    this.features = 0n;
    this.broken = false;
    this.generation = 0;
    this.driverFeatures = [0, 0];
    for (const queue of this.queues) queue.reset();
    this.forgetQueues();
    this.device?.reset();
  }

  /** Transports add what is theirs. */
  saveState(): State {
    const { features, status, broken, generation, driverFeatures, setups, alignments, queues, device } = this;
    return {
      features,
      status,
      broken,
      generation,
      driverFeatures: [...driverFeatures],
      setups: setups.map(({ size, descriptors, available, used, ready }) => ({
        size,
        ready,
        descriptors: [...descriptors],
        available: [...available],
        used: [...used],
      })),
      alignments: alignments.slice(),
      queues: queues.map((queue) => queue.saveState()),
      device: device?.saveState(),
    };
  }

  restoreState(state: StateReader): void {
    const pair = (from: StateReader, field: string): [number, number] => from.integers(field, 0, 0xffff_ffff, 2) as [number, number];
    this.features = state.bigint('features');
    this.status = state.integer('status', 0, 0xff);
    this.broken = state.boolean('broken');
    this.generation = state.word('generation');
    this.driverFeatures = pair(state, 'driverFeatures');
    this.setups = state.records('setups', this.queues.length).map((setup) => ({
      size: setup.integer('size', 0, MAX_QUEUE_SIZE),
      ready: setup.boolean('ready'),
      descriptors: pair(setup, 'descriptors'),
      available: pair(setup, 'available'),
      used: pair(setup, 'used'),
    }));
    this.alignments = state.integers('alignments', 0, 0xffff_ffff, this.queues.length);
    state.records('queues', this.queues.length).forEach((queue, index) => this.queues[index]!.restoreState(queue));
    this.device?.restoreState(state.record('device'));
  }

  private forgetQueues(): void {
    this.setups = this.queues.map(({ maxSize }) => ({
      size: maxSize,
      descriptors: [0, 0],
      available: [0, 0],
      used: [0, 0],
      ready: false,
    }));
    this.alignments = this.queues.map(() => DEFAULT_ALIGNMENT);
  }
}
