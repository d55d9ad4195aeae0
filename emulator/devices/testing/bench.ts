import { EventQueue } from '../../board/event-queue.js';
import { SeededRandom } from '../../network/random.js';
import type { InterruptLine, Peripheral } from '../peripheral.js';
import { StateReader, type Snapshotable } from '../snapshotable.js';
import type { BlockBackend } from '../storage.js';
import { TestMemory } from '../virtio/testing/driver.js';
import { HostileValues, accessOnce } from '../virtio/testing/hostile.js';
import { Digest } from './digest.js';

const RAM_BASE = 0x4000_0000;
const RAM_SIZE = 0x40_0000;

/** What is around a device under test: memory, time, chance, and a record of all that the device lets be seen. */
export class Bench {
  time = 0;
  readonly clock = new EventQueue(() => this.time);
  readonly memory = new TestMemory();
  readonly random = new SeededRandom(0);
  readonly values = new HostileValues(this.random);
  /** Values read, changes of wires, and bytes sent. */
  readonly seen = new Digest();
  private readonly levels = new Map<string, boolean>();

  constructor(seed: number) {
    this.random.restoreState(new StateReader(new SeededRandom(seed).saveState(), 'random'));
  }

  line(name: string): InterruptLine {
    return { set: (level) => this.wire(name, level) };
  }

  wire(name: string, level: boolean): void {
    if (level === (this.levels.get(name) ?? false)) return;
    this.seen.text(`${name} ${level}`);
    this.levels.set(name, level);
  }

  readonly transmit = (byte: number): void => this.seen.number(byte);

  /** One access, at an offset that `likely` names more often than not. */
  access(device: Peripheral, size: number, likely: readonly number[]): void {
    const value = accessOnce(this.values, device, size, likely);
    if (value !== undefined) this.seen.number(value);
  }

  advance(duration: number): void {
    for (const end = this.time + duration; ; this.time = Math.min(end, this.clock.nextDeadline())) {
      this.clock.runDue(this.time);
      if (this.time === end) return;
    }
  }

  /** As the other is, but for what is on the bench. */
  follow(other: Bench): void {
    this.time = other.time;
    this.seen.copyFrom(other.seen);
    this.random.restoreState(new StateReader(other.random.saveState(), 'random'));
    this.clock.restoreState(new StateReader(other.clock.saveState(), 'events'));
    this.memory.write(RAM_BASE, other.memory.read(RAM_BASE, RAM_SIZE)!);
    for (const [name, level] of other.levels) this.levels.set(name, level);
  }

  sameMemory(other: Bench): boolean {
    return Buffer.compare(this.memory.read(RAM_BASE, RAM_SIZE)!, other.memory.read(RAM_BASE, RAM_SIZE)!) === 0;
  }

  /** A medium that fails now and then. */
  failing(storage: BlockBackend): BlockBackend {
    const maybe = (): void => {
      if (this.random.below(50) === 0) throw new Error('the medium fails');
    };
    return {
      ...storage,
      read: (offset, length) => (maybe(), storage.read(offset, length)),
      write: (offset, bytes) => (maybe(), storage.write(offset, bytes)),
      flush: maybe,
    };
  }
}

/** A device, its parts that have state, and what a guest and the world do to it. */
export interface Subject {
  parts: readonly Snapshotable[];
  /** One operation. */
  step(operation: number): void;
  /** False: it has storage of the host, which is no part of a snapshot. */
  saveable?: boolean;
  /** Takes over what the other's guest knows. */
  follow?(other: Subject): void;
  /** What got through to the device, where a walk could also end at its first check. */
  readonly reached?: () => number;
}
