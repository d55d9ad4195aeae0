/**
 * How the state of a machine gets into a snapshot and out again. Each part of the machine says in its own file what its
 * state is: plain values, byte arrays, and lists and records of them. What follows from other state is not saved.
 */
import type { SavedEvent, ScheduledEvent } from './peripheral.js';

export type StateValue = boolean | number | bigint | string | Uint8Array | readonly StateValue[] | State;

/** A record of values by name. What is undefined is left out. */
export interface State {
  readonly [field: string]: StateValue | undefined;
}

/** A part of the machine whose state a snapshot holds. */
export interface Snapshotable {
  /** The state as it is now. Nothing that is returned changes when the part goes on. */
  saveState(): State;
  /**
   * Makes this part, which was built with the same options, what the saved one was. Touches nothing outside, since the
   * others are restored likewise: it drives no wire, and arms no event but those that were pending.
   * @throws SnapshotError when the state is none of this part.
   */
  restoreState(state: StateReader): void;
}

/** A snapshot cannot be taken or used. The message says why, and what to do. */
export class SnapshotError extends Error {
  override readonly name = 'SnapshotError';
}

/** A pending event, for its owner's state: the owner arms it again by `Clock.again`. */
export function saveEvent(event: ScheduledEvent | undefined): State | undefined {
  return event && { when: event.when, order: event.order };
}

/** A copy of an array's bytes, as `StateReader.fill` takes them. */
export function saveArray(array: Uint8Array | Uint16Array | Uint32Array | Int32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength).slice();
}

const MAX_BIGINT = 1n << 64n;

/** Reads a record of a snapshot. Nothing in it is believed: each field is checked, and a wrong one is a SnapshotError. */
export class StateReader {
  /** The whole record, unchecked. */
  readonly state: State;

  /** `path` names the record in messages. */
  constructor(
    value: StateValue | undefined,
    readonly path: string,
  ) {
    if (!isRecord(value)) throw new SnapshotError(`the snapshot is damaged: ${path} is not a record; take a new one`);
    this.state = value;
  }

  has(field: string): boolean {
    return this.value(field) !== undefined;
  }

  boolean(field: string): boolean {
    const value = this.value(field);
    return typeof value === 'boolean' ? value : this.wrong(field, 'true or false');
  }

  integer(field: string, minimum = 0, maximum = Number.MAX_SAFE_INTEGER): number {
    const value = this.value(field);
    return isInteger(value, minimum, maximum) ? value : this.wrong(field, `a whole number from ${minimum} to ${maximum}`);
  }

  /** A register of 32 bits, as JavaScript's operators may have left it: signed or unsigned. */
  word(field: string): number {
    return this.integer(field, -(2 ** 31), 2 ** 32 - 1);
  }

  /** Any number, Infinity included. */
  number(field: string): number {
    const value = this.value(field);
    return typeof value === 'number' && !Number.isNaN(value) ? value : this.wrong(field, 'a number');
  }

  /** 64 bits without a sign. */
  bigint(field: string): bigint {
    const value = this.value(field);
    return typeof value === 'bigint' && value >= 0n && value < MAX_BIGINT ? value : this.wrong(field, 'a number of 64 bits');
  }

  text(field: string): string {
    const value = this.value(field);
    return typeof value === 'string' ? value : this.wrong(field, 'a text');
  }

  /** One of the names that are known. */
  oneOf<T extends string>(field: string, names: readonly T[]): T {
    return names.find((name) => name === this.value(field)) ?? this.wrong(field, `one of ${names.join(', ')}`);
  }

  /** A byte array; of exactly `length` bytes, if that is given. */
  bytes(field: string, length?: number): Uint8Array {
    const value = this.value(field);
    if (value instanceof Uint8Array && (length === undefined || value.length === length)) return value.slice();
    return this.wrong(field, length === undefined ? 'a byte array' : `an array of ${length} bytes`);
  }

  /** Puts what `saveArray` took back into an array of the same size. */
  fill(field: string, target: Uint8Array | Uint16Array | Uint32Array | Int32Array): void {
    new Uint8Array(target.buffer, target.byteOffset, target.byteLength).set(this.bytes(field, target.byteLength));
  }

  byteArrays(field: string): Uint8Array[] {
    return this.items(field).map((value) => (value instanceof Uint8Array ? value.slice() : this.wrong(field, 'a list of byte arrays')));
  }

  /** A list of integers; of exactly `length`, if that is given. */
  integers(field: string, minimum = 0, maximum = Number.MAX_SAFE_INTEGER, length?: number): number[] {
    const items = this.items(field);
    if (length !== undefined && items.length !== length) return this.wrong(field, `a list of ${length}`);
    return items.map((value) =>
      isInteger(value, minimum, maximum) ? value : this.wrong(field, `a list of numbers from ${minimum} to ${maximum}`),
    );
  }

  booleans(field: string, length: number): boolean[] {
    const items = this.items(field);
    if (items.length !== length) return this.wrong(field, `a list of ${length}`);
    return items.map((value) => (typeof value === 'boolean' ? value : this.wrong(field, 'a list of true and false')));
  }

  record(field: string): StateReader {
    return new StateReader(this.value(field), `${this.path}.${field}`);
  }

  /** A list of records; of exactly `length`, if that is given. */
  records(field: string, length?: number): StateReader[] {
    const items = this.items(field);
    if (length !== undefined && items.length !== length) return this.wrong(field, `a list of ${length}`);
    return items.map((value, index) => new StateReader(value, `${this.path}.${field}[${index}]`));
  }

  /** What `read` makes of a field that may be absent. */
  optional<T>(field: string, read: () => T): T | undefined {
    return this.has(field) ? read() : undefined;
  }

  /** What `saveEvent` took. */
  event(field: string): SavedEvent | undefined {
    return this.optional(field, () => {
      const event = this.record(field);
      return { when: event.integer('when'), order: event.integer('order') };
    });
  }

  events(field: string): SavedEvent[] {
    return this.records(field).map((event) => ({ when: event.integer('when'), order: event.integer('order') }));
  }

  private items(field: string): readonly StateValue[] {
    const value = this.value(field);
    return Array.isArray(value) ? (value as readonly StateValue[]) : this.wrong(field, 'a list');
  }

  private value(field: string): StateValue | undefined {
    return Object.hasOwn(this.state, field) ? this.state[field] : undefined;
  }

  private wrong(field: string, wanted: string): never {
    throw new SnapshotError(`the snapshot is damaged: ${this.path}.${field} is not ${wanted}; take a new one`);
  }
}

function isRecord(value: StateValue | undefined): value is State {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Uint8Array);
}

function isInteger(value: StateValue | undefined, minimum: number, maximum: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= minimum && value <= maximum;
}
