import { encodeState } from '../../machine/snapshot/encoding.js';
import { StateReader } from '../snapshotable.js';
import { Bench, type Subject } from './bench.js';
import { PERIPHERALS } from './peripherals.js';
import { VIRTIO } from './virtio.js';

/** Operations between two moments at which a second device goes on from the state of the first, and operations that both then do. */
const BETWEEN = 4000;
const TOGETHER = 250;
/** Bytes that the state of a device may have, written out; no guest may make it grow without end. */
const LARGEST_STATE = 64 << 20;
/** Events that one device may have pending. */
const MOST_EVENTS = 8192;

export type MakeSubject = (bench: Bench) => Subject;

/** Every device by name. */
export const SUBJECTS: Readonly<Record<string, MakeSubject>> = { ...PERIPHERALS, ...VIRTIO };

export interface Walked {
  /** Of all that was seen. */
  digest: string;
  reached: number | undefined;
}

/**
 * So many operations of a guest that does its worst. Throws what the device throws; when a read is no number of its width;
 * when the state grows without end; and when a device that goes on from that state is not the same device.
 */
export function hostileWalk(make: MakeSubject, seed: number, operations: number, tick: (done: number) => void = () => undefined): Walked {
  const bench = new Bench(seed);
  const subject = make(bench);
  const between = Math.min(BETWEEN, Math.ceil(operations / 2));
  for (let done = 0; done < operations;) {
    const count = Math.min(between, operations - done);
    go(bench, subject, count, done, tick);
    done += count;
    checkGrowth(bench, subject);
    if (subject.saveable ?? true) goTogether(bench, subject, make, seed);
  }
  return { digest: String(bench.seen), reached: subject.reached?.() };
}

/** Time passes in steps, or hardly at all: then what is bounded has to hold by itself. */
function go(bench: Bench, subject: Subject, count: number, first: number, tick: (done: number) => void): void {
  const pace = bench.values.pick([16, 16, 4, 1000]);
  for (let i = first; i < first + count; i++) {
    subject.step(i);
    if (bench.random.below(pace) === 0) bench.advance(1_000_000);
    tick(i + 1);
  }
}

const stateOf = ({ parts }: Subject): string => parts.map((part) => String(encodeState(part.saveState()))).join('\n');

function checkGrowth(bench: Bench, subject: Subject): void {
  const pending = Number(new StateReader(bench.clock.saveState(), 'events').integer('pending'));
  if (pending > MOST_EVENTS) throw new Error(`${pending} events are pending`);
  if (!(subject.saveable ?? true)) return;
  const { length } = stateOf(subject);
  if (length > LARGEST_STATE) throw new Error(`the state has grown to ${length} bytes`);
}

function goTogether(bench: Bench, subject: Subject, make: MakeSubject, seed: number): void {
  const twin = new Bench(seed);
  const second = make(twin);
  twin.follow(bench);
  second.follow?.(subject);
  subject.parts.forEach((part, index) => second.parts[index]!.restoreState(new StateReader(part.saveState(), 'state')));
  twin.clock.requireRestored(new StateReader(bench.clock.saveState(), 'events'));
  const same = (when: string): void => {
    if (stateOf(second) !== stateOf(subject))
      throw new Error(`a device from a snapshot has another state ${when}: ${difference(stateOf(subject), stateOf(second))}`);
    if (String(twin.seen) !== String(bench.seen)) throw new Error(`a device from a snapshot let something else be seen ${when}`);
  };
  same('at once');
  go(bench, subject, TOGETHER, 0, () => undefined);
  go(twin, second, TOGETHER, 0, () => undefined);
  same('later');
  if (!twin.sameMemory(bench)) throw new Error('a device from a snapshot wrote something else into memory');
}

function difference(one: string, other: string): string {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  const from = Math.max(0, at - 60);
  return `${one.slice(from, at + 60)} | ${other.slice(from, at + 60)}`;
}
