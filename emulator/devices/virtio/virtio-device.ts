/** The seam between a virtio transport (how the guest finds and programs a device) and a device model (what it does). */
import type { Clock, GuestMemory } from '../peripheral.js';
import type { Snapshotable } from '../snapshotable.js';
import type { Virtqueue } from './virtqueue.js';

/** Device status bits (virtio 1.2, section 2.1). */
export const Status = { ACKNOWLEDGE: 1, DRIVER: 2, DRIVER_OK: 4, FEATURES_OK: 8, NEEDS_RESET: 64, FAILED: 128 } as const;

/** Feature bits that belong to the transport and the rings (virtio 1.2, chapter 6), as bit numbers. */
export const RingFeature = { NOTIFY_ON_EMPTY: 24, ANY_LAYOUT: 27, INDIRECT_DESC: 28, EVENT_IDX: 29, VERSION_1: 32 } as const;

/** A set of feature bits from their numbers. */
export function featureSet(bits: readonly number[]): bigint {
  return bits.reduce((set, bit) => set | (1n << BigInt(bit)), 0n);
}

/** What a device model may use of its transport. Valid from `attach` on. */
export interface VirtioTransport {
  readonly clock: Clock;
  readonly memory: GuestMemory;
  readonly queues: readonly Virtqueue[];
  /** One of them. Throws a RangeError where the device has said that it has none of that number. */
  queue(index: number): Virtqueue;
  /** The negotiated features. */
  readonly features: bigint;
  /** The device status register. */
  readonly status: number;
  /** True after `fail`, until the next reset: the device must stay silent. */
  readonly broken: boolean;
  hasFeature(bit: number): boolean;
  /** Raises the queue's interrupt if the driver wants it for what was pushed. */
  interrupt(queue: Virtqueue): void;
  /** Tells the driver that the configuration space has changed. */
  configChanged(): void;
  /** The driver broke the rules: sets NEEDS_RESET (modern) and stops the device until it is reset. */
  fail(reason: string): void;
}

/** A device model: everything that is the same with any transport. */
export interface VirtioDevice extends Snapshotable {
  readonly name: string;
  /** Device type (virtio 1.2, chapter 5): 1 network, 2 block, 3 console, 4 entropy. */
  readonly deviceId: number;
  /** Features offered, without the ring and transport bits. `legacyFeatures` adds those that only a legacy device has. */
  readonly features: bigint;
  readonly legacyFeatures: bigint;
  /** A legacy driver is not told that it may lay out its requests as it likes. */
  readonly fixedLegacyLayout?: boolean;
  /** Greatest size of each queue, in entries. */
  readonly queueSizes: readonly number[];
  /** Bytes of device configuration; the transport keeps accesses inside. */
  readonly configSize: number;
  attach(transport: VirtioTransport): void;
  readConfig(offset: number): number;
  writeConfig(offset: number, value: number): void;
  /** The driver rang the queue's doorbell. */
  queueNotified(index: number): void;
  /** Features have been negotiated, or the status register has changed to `status`. */
  statusChanged(status: number): void;
  /** Back to power-on. */
  reset(): void;
}
