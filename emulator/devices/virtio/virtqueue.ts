/**
 * Split virtqueues (virtio 1.2, section 2.7), seen from the device.
 *
 * Everything in the rings was written by the guest and is believed only after checking. A ring that breaks the rules
 * is reported once through `fail` and then left alone until the driver resets the device, as QEMU does.
 */
import { read16 } from '../little-endian.js';
import type { GuestMemory } from '../peripheral.js';
import type { Snapshotable, State, StateReader } from '../snapshotable.js';
import { restoreSegments, saveSegments, type BufferSegment } from './segments.js';

/** `Virtqueue.features`: the parts of negotiation that change how rings are read and signalled. */
export interface RingFeatures {
  indirectDescriptors: boolean;
  eventIndex: boolean;
  notifyOnEmpty: boolean;
}

/** One request of the driver: what the device reads (`out`), then what it writes (`in`). Lengths in bytes. */
export interface DescriptorChain {
  head: number;
  out: BufferSegment[];
  in: BufferSegment[];
  outLength: number;
  inLength: number;
}

export function saveChain({ head, out, in: writable, outLength, inLength }: DescriptorChain): State {
  return { head, out: saveSegments(out), in: saveSegments(writable), outLength, inLength };
}

export function restoreChain(state: StateReader): DescriptorChain {
  return {
    head: state.integer('head', 0, 0xffff),
    out: restoreSegments(state.records('out')),
    in: restoreSegments(state.records('in')),
    outLength: state.integer('outLength'),
    inLength: state.integer('inLength'),
  };
}

/** Most segments in one chain, as QEMU's VIRTQUEUE_MAX_SIZE. */
const MAX_SEGMENTS = 1024;
const DESCRIPTOR_SIZE = 16;

const DESC_F_NEXT = 1;
const DESC_F_WRITE = 2;
const DESC_F_INDIRECT = 4;
const AVAIL_F_NO_INTERRUPT = 1;

interface Descriptor {
  address: number;
  length: number;
  flags: number;
  next: number;
}

export class Virtqueue implements Snapshotable {
  /** Number of entries; 0 while the driver has not set up the queue or when it does not exist. */
  size: number;
  /** Guest-physical addresses of the three parts. `descriptors` 0 means that there is no ring (as in QEMU). */
  descriptors = 0;
  available = 0;
  used = 0;
  features: RingFeatures = { indirectDescriptors: false, eventIndex: false, notifyOnEmpty: false };

  private nextAvailable = 0;
  private nextUsed = 0;
  private inUse = 0;
  private signalledUsed: number | undefined;

  constructor(
    readonly index: number,
    readonly maxSize: number,
    private readonly memory: GuestMemory,
    private readonly fail: (reason: string) => void,
  ) {
    this.size = maxSize;
  }

  reset(): void {
    this.size = this.maxSize;
    this.features = { indirectDescriptors: false, eventIndex: false, notifyOnEmpty: false };
    this.setAddresses(0, 0, 0);
  }

  setAddresses(descriptors: number, available: number, used: number): void {
    this.descriptors = descriptors;
    this.available = available;
    this.used = used;
    this.nextAvailable = 0;
    this.nextUsed = 0;
    this.inUse = 0;
    this.signalledUsed = undefined;
  }

  saveState(): State {
    const { size, descriptors, available, used, features, nextAvailable, nextUsed, inUse, signalledUsed } = this;
    return { size, descriptors, available, used, features: { ...features }, nextAvailable, nextUsed, inUse, signalledUsed };
  }

  restoreState(state: StateReader): void {
    this.size = state.integer('size', 0, MAX_SEGMENTS);
    this.descriptors = state.number('descriptors');
    this.available = state.number('available');
    this.used = state.number('used');
    const features = state.record('features');
    this.features = {
      indirectDescriptors: features.boolean('indirectDescriptors'),
      eventIndex: features.boolean('eventIndex'),
      notifyOnEmpty: features.boolean('notifyOnEmpty'),
    };
    this.nextAvailable = state.integer('nextAvailable', 0, 0xffff);
    this.nextUsed = state.integer('nextUsed', 0, 0xffff);
    this.inUse = state.integer('inUse');
    this.signalledUsed = state.optional('signalledUsed', () => state.integer('signalledUsed', 0, 0xffff));
  }

  get configured(): boolean {
    return this.descriptors !== 0 && this.size > 0;
  }

  /** True when the driver has offered nothing that is not yet taken; also for a ring that cannot be read. */
  isEmpty(): boolean {
    if (!this.configured) return true;
    const index = this.read16(this.available + 2);
    return index === undefined || index === this.nextAvailable;
  }

  /**
   * Takes the next chain, or undefined when there is none or the ring is broken (then `fail` has been called).
   * With an event index it also asks the driver to notify for the very next one.
   */
  pop(): DescriptorChain | undefined {
    if (!this.configured) return undefined;
    const availableIndex = this.read16(this.available + 2);
    if (availableIndex === undefined) return this.broken('the available ring is not in memory');
    const waiting = (availableIndex - this.nextAvailable) & 0xffff;
    if (waiting === 0) return undefined;
    if (waiting > this.size) return this.broken(`available index moved by ${waiting}, more than the ring holds`);
    if (this.inUse >= this.size) return this.broken('more chains in use than the ring holds');
    const head = this.read16(this.available + 4 + 2 * (this.nextAvailable % this.size));
    if (head === undefined) return this.broken('the available ring is not in memory');
    if (head >= this.size) return this.broken(`available head ${head} is outside the descriptor table`);
    const chain = this.readChain(head);
    if (!chain) return undefined;
    this.nextAvailable = (this.nextAvailable + 1) & 0xffff;
    this.inUse++;
    if (this.features.eventIndex) this.askForNotification();
    return chain;
  }

  /** Gives back the last `count` chains popped, unused: the next `pop` returns them again. */
  unpop(count: number): void {
    this.nextAvailable = (this.nextAvailable - count) & 0xffff;
    this.inUse -= count;
  }

  /**
   * Returns chains to the driver with the bytes written into each; all appear at once, in order.
   * False when the used ring is not in memory (then `fail` has been called).
   */
  push(entries: readonly { head: number; written: number }[]): boolean {
    for (const [i, { head, written }] of entries.entries()) {
      const slot = ((this.nextUsed + i) & 0xffff) % this.size;
      const element = new Uint8Array(8);
      const view = new DataView(element.buffer);
      view.setUint32(0, head, true);
      view.setUint32(4, written, true);
      if (!this.memory.write(this.used + 4 + 8 * slot, element)) return this.refuse('the used ring is not in memory');
    }
    const before = this.nextUsed;
    this.nextUsed = (this.nextUsed + entries.length) & 0xffff;
    this.inUse = Math.max(0, this.inUse - entries.length);
    if (!this.write16(this.used + 2, this.nextUsed)) return this.refuse('the used ring is not in memory');
    // The driver's last signalled index must never lie between the old and the new one (16-bit wrap of a long batch).
    if (this.signalledUsed !== undefined) {
      const batch = (this.nextUsed - before) & 0xffff;
      if (((this.nextUsed - this.signalledUsed) & 0xffff) < batch) this.signalledUsed = undefined;
    }
    return true;
  }

  /** Whether the driver wants to hear of what was pushed since it was last told (virtio 1.2, 2.7.7). */
  shouldInterrupt(): boolean {
    if (!this.configured) return false;
    if (this.features.notifyOnEmpty && this.inUse === 0 && this.isEmpty()) return true;
    if (!this.features.eventIndex) {
      const flags = this.read16(this.available);
      return flags !== undefined && (flags & AVAIL_F_NO_INTERRUPT) === 0;
    }
    const old = this.signalledUsed;
    this.signalledUsed = this.nextUsed;
    if (old === undefined) return true;
    const event = this.read16(this.available + 4 + 2 * this.size);
    if (event === undefined) return false;
    return ((this.nextUsed - event - 1) & 0xffff) < ((this.nextUsed - old) & 0xffff);
  }

  private askForNotification(): void {
    this.write16(this.used + 4 + 8 * this.size, this.nextAvailable);
  }

  private readChain(head: number): DescriptorChain | undefined {
    const chain: DescriptorChain = { head, out: [], in: [], outLength: 0, inLength: 0 };
    let table = this.descriptors;
    let entries = this.size;
    let descriptor = this.readDescriptor(table, head);
    if (!descriptor) return this.broken('the descriptor table is not in memory');
    if (this.features.indirectDescriptors && (descriptor.flags & DESC_F_INDIRECT) !== 0) {
      if (descriptor.length === 0 || descriptor.length % DESCRIPTOR_SIZE !== 0) {
        return this.broken(`an indirect table of ${descriptor.length} bytes`);
      }
      table = descriptor.address;
      entries = descriptor.length / DESCRIPTOR_SIZE;
      descriptor = this.readDescriptor(table, 0);
      if (!descriptor) return this.broken('an indirect descriptor table is not in memory');
    }
    const limit = Math.min(entries, MAX_SEGMENTS);
    for (let count = 1; ; count++) {
      // A chain longer than its table has visited some descriptor twice.
      if (count > limit) return this.broken('a looped descriptor chain');
      if (!this.addSegment(chain, descriptor)) return undefined;
      if ((descriptor.flags & DESC_F_NEXT) === 0) return chain;
      if (descriptor.next >= entries) return this.broken(`next descriptor ${descriptor.next} is outside its table`);
      descriptor = this.readDescriptor(table, descriptor.next);
      if (!descriptor) return this.broken('a descriptor is not in memory');
    }
  }

  private addSegment(chain: DescriptorChain, { address, length, flags }: Descriptor): boolean {
    if (length === 0) return this.refuse('a buffer of zero bytes');
    if ((flags & DESC_F_WRITE) !== 0) {
      chain.in.push({ address, length });
      chain.inLength += length;
      return true;
    }
    if (chain.in.length > 0) return this.refuse('a readable buffer after a writable one');
    chain.out.push({ address, length });
    chain.outLength += length;
    return true;
  }

  private readDescriptor(table: number, index: number): Descriptor | undefined {
    const bytes = this.memory.read(table + DESCRIPTOR_SIZE * index, DESCRIPTOR_SIZE);
    if (!bytes) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    // Above 2^53 the address loses low bits; it is far outside RAM either way.
    const address = view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true);
    return { address, length: view.getUint32(8, true), flags: view.getUint16(12, true), next: view.getUint16(14, true) };
  }

  private read16(address: number): number | undefined {
    const bytes = this.memory.read(address, 2);
    return bytes && read16(bytes);
  }

  private write16(address: number, value: number): boolean {
    return this.memory.write(address, Uint8Array.of(value & 0xff, (value >> 8) & 0xff));
  }

  private broken(reason: string): undefined {
    this.fail(`queue ${this.index}: ${reason}`);
    return undefined;
  }

  private refuse(reason: string): false {
    this.broken(reason);
    return false;
  }
}
