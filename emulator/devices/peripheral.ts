/**
 * What a memory-mapped device sees of the machine, and what the machine sees of a device.
 * Everything a device may touch is handed to it here; nothing reaches the host any other way.
 */

/** Width of one bus access in bytes. 64-bit guest accesses arrive as two 32-bit ones, low half first. */
export type AccessSize = 1 | 2 | 4;

/** A device with registers. Offsets are relative to the start of its window; values are unsigned. */
export interface Peripheral {
  readonly name: string;
  read(offset: number, size: AccessSize): number;
  write(offset: number, value: number, size: AccessSize): void;
  /** Back to the power-on state. */
  reset(): void;
  /** Memory that answers reads at this offset now, for a device that is read, and executed from, like memory. */
  directMemory?(offset: number): DirectMemory | undefined;
}

/** A stretch of a device's memory. It may be read until the device says that it has changed; never written. */
export interface DirectMemory {
  bytes: Uint8Array;
  /** Where in `bytes` the address asked for is. */
  offset: number;
}

/** One interrupt input of the interrupt controller. Level: stays as last set. Setting the same level again is free. */
export interface InterruptLine {
  set(level: boolean): void;
}

/** Virtual time and what is due in it. Times are nanoseconds since power-on, integers below 2^53. */
export interface Clock {
  now(): number;
  /** Calls `action` when virtual time reaches `when` (at once, before the next instruction, if it already has). */
  at(when: number, action: () => void): ScheduledEvent;
  /** Arms an event of a snapshot again, in the place that it had among those due at the same time. */
  again(event: SavedEvent, action: () => void): ScheduledEvent;
}

/** What decides when an event is due: its time, and its place in the order of scheduling among equal times. */
export interface SavedEvent {
  readonly when: number;
  readonly order: number;
}

/** A pending event. Who schedules one keeps it, so that it can be cancelled, and saved with its owner's state. */
export interface ScheduledEvent extends SavedEvent {
  cancel(): void;
}

/**
 * Guest-physical memory as a bus master sees it. Addresses outside RAM make `bytes` return undefined:
 * a device must treat such a descriptor as the real one would, and never throw.
 */
export interface GuestMemory {
  /** Copies out of RAM; undefined when any byte of the range is not RAM. */
  read(address: number, length: number): Uint8Array | undefined;
  /** Copies into RAM and invalidates code that stood there; false when any byte of the range is not RAM. */
  write(address: number, bytes: Uint8Array): boolean;
}
