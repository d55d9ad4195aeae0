import type { MachineEvent } from '../session/trace-model.js';
import { describeEvent, describePattern, type EventPattern, isMeant, requirePattern } from './events.js';
import { type AskedMachine, ExpectedMachine } from './expect-machine.js';
import { CheckFailure, fail } from './failure.js';
import { nanoseconds, type Time, timeText } from './times.js';

export { CheckFailure, fail };

/** Events that a message shows, at most. */
const MOST_SHOWN = 8;

/** What is expected of events, as `machine.events()` gives them, of `machine`, or of any other value. `what`: how messages call the value. */
export function expect(events: readonly MachineEvent[], what?: string): ExpectedEvents;
export function expect(machine: AskedMachine): ExpectedMachine;
export function expect<T>(value: T, what?: string): ExpectedValue<T>;
export function expect(value: unknown, what?: string): ExpectedEvents | ExpectedMachine | ExpectedValue<unknown> {
  if (value instanceof Promise) throw new TypeError('expect got a promise: write await, for example expect(await machine.events())');
  if (isMachine(value)) return new ExpectedMachine(value);
  return isEvents(value) ? new ExpectedEvents(value, what) : new ExpectedValue(value, what);
}

const isMachine = (value: unknown): value is AskedMachine =>
  typeof value === 'object' && value !== null && typeof (value as Partial<AskedMachine>).findings === 'function';

const isEvents = (value: unknown): value is readonly MachineEvent[] =>
  Array.isArray(value) && value.every((each: unknown) => typeof each === 'object' && each !== null && 'kind' in each && 'time' in each);

/** Events that were found. */
export class FoundEvents {
  constructor(
    readonly events: readonly MachineEvent[],
    private readonly patterns: readonly EventPattern[],
  ) {}

  /** From the first of them to the last went by no more than this virtual time. */
  within(time: Time): this {
    const limit = nanoseconds(time);
    const [first, last] = [this.events[0], this.events.at(-1)];
    const took = first && last ? last.time - first.time : 0;
    if (took <= limit) return this;
    return fail(`${listed(this.patterns)} took ${timeText(took)}, and should have taken ${timeText(limit)} at most.`);
  }
}

export class ExpectedEvents {
  constructor(
    private readonly events: readonly MachineEvent[],
    private readonly what = 'the machine',
  ) {}

  /** There are events that fit, one after the other; others may lie between them. */
  inOrder(...patterns: EventPattern[]): FoundEvents {
    requirePatterns('inOrder', patterns);
    const found: MachineEvent[] = [];
    let next = 0;
    for (const pattern of patterns) {
      const index = this.events.findIndex((event, at) => at >= next && isMeant(event, pattern));
      const event = this.events[index];
      if (!event) return fail(this.missing(patterns, found));
      found.push(event);
      next = index + 1;
    }
    return new FoundEvents(found, patterns);
  }

  /** There is an event that fits. */
  some(pattern: EventPattern): FoundEvents {
    return this.inOrder(pattern);
  }

  /** No event fits any of these. */
  never(...patterns: EventPattern[]): this {
    requirePatterns('never', patterns);
    for (const pattern of patterns) {
      const found = this.events.filter((event) => isMeant(event, pattern));
      if (found.length > 0) return fail(`This should not happen: ${describePattern(pattern)}. It did:\n${timetable(found)}`);
    }
    return this;
  }

  /** So many events fit. */
  times(count: number | { atLeast?: number; atMost?: number }, pattern: EventPattern): this {
    requirePattern(pattern);
    const { atLeast = 0, atMost = Infinity } = typeof count === 'number' ? { atLeast: count, atMost: count } : count;
    if (!(atLeast >= 0 && atMost >= atLeast))
      throw new RangeError(`${JSON.stringify(count)} is not a number of events: write 2, or { atLeast: 1, atMost: 3 }`);
    const found = this.events.filter((event) => isMeant(event, pattern));
    if (found.length >= atLeast && found.length <= atMost) return this;
    const wanted = atLeast === atMost ? String(atLeast) : found.length < atLeast ? `at least ${atLeast}` : `at most ${atMost}`;
    const told = found.length > 0 ? `:\n${timetable(found)}` : '.';
    return fail(`Expected ${wanted} of these: ${describePattern(pattern)}. There were ${found.length || 'none'}${told}`);
  }

  /** Begins a sentence about every event that fits. There must be one. */
  each(pattern: EventPattern): EachEvent {
    this.some(pattern);
    return new EachEvent(this.events, pattern);
  }

  private missing(patterns: readonly EventPattern[], found: readonly MachineEvent[]): string {
    const [last] = found.slice(-1);
    const wanted = describePattern(patterns[found.length] ?? {});
    const after = last ? ` after ${describeEvent(last)}` : '';
    const kinds = patterns.flatMap(({ kind }) => kind ?? []);
    const near = this.events.filter((event) => kinds.includes(event.kind) && (!last || event.time >= last.time));
    const did = near.length > 0 ? `Of that kind there was:\n${timetable(near)}` : 'Nothing of that kind happened.';
    return `Expected of ${this.what}${after}: ${wanted}. ${did}`;
  }
}

export class EachEvent {
  constructor(
    private readonly events: readonly MachineEvent[],
    private readonly pattern: EventPattern,
  ) {}

  /** After each comes one that fits this, before the next of the first kind, and `within` this virtual time. */
  isFollowedBy(pattern: EventPattern, { within }: { within?: Time } = {}): void {
    requirePattern(pattern);
    const firsts = this.events.flatMap((event, index) => (isMeant(event, this.pattern) ? [index] : []));
    for (const [place, index] of firsts.entries()) {
      const event = this.events[index];
      const end = firsts[place + 1] ?? this.events.length;
      const answer = this.events.slice(index + 1, end).find((each) => isMeant(each, pattern));
      if (!event) continue;
      const which = firsts.length > 1 ? ` (number ${place + 1} of ${firsts.length})` : '';
      if (!answer) fail(`${describeEvent(event)}${which}. After that should come: ${describePattern(pattern)}. It did not.`);
      const took = answer.time - event.time;
      if (within !== undefined && took > nanoseconds(within)) {
        fail(
          `${describeEvent(event)}${which}. ${describePattern(pattern)} only ${timeText(took)} later; ${timeText(nanoseconds(within))} is the limit.`,
        );
      }
    }
  }
}

export class ExpectedValue<T> {
  constructor(
    private readonly value: T,
    private readonly what = 'the value',
  ) {}

  /** It is the same value; of objects and lists, with equal parts. */
  is(wanted: T): this {
    return this.require(shown(this.value) === shown(wanted), `should be ${shown(wanted)}`);
  }

  isNot(unwanted: T): this {
    return this.require(shown(this.value) !== shown(unwanted), 'should be something else');
  }

  isAtLeast(least: number | bigint): this {
    return this.require((this.value as number | bigint) >= least, `should be ${least} or more`);
  }

  isAtMost(most: number | bigint): this {
    return this.require((this.value as number | bigint) <= most, `should be ${most} or less`);
  }

  /** Of a text. */
  contains(part: string): this {
    return this.require(String(this.value).includes(part), `should contain ${shown(part)}`);
  }

  matches(pattern: RegExp): this {
    return this.require(String(this.value).search(pattern) >= 0, `should match ${String(pattern)}`);
  }

  private require(right: boolean, wanted: string): this {
    if (right) return this;
    return fail(`${capital(this.what)} is ${shown(this.value)}; it ${wanted}.`);
  }
}

/** Nothing asked is always so. */
function requirePatterns(matcher: string, patterns: readonly EventPattern[]): void {
  if (patterns.length === 0) throw new TypeError(`${matcher}() needs patterns, for example ${matcher}({ kind: 'fault' })`);
  for (const pattern of patterns) requirePattern(pattern);
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const listed = (patterns: readonly EventPattern[]): string => capital(patterns.map(describePattern).join(', then '));

function timetable(events: readonly MachineEvent[]): string {
  const more = events.length > MOST_SHOWN ? [`  and ${events.length - MOST_SHOWN} more`] : [];
  return [...events.slice(0, MOST_SHOWN).map((event) => `  ${describeEvent(event)}`), ...more].join('\n');
}

/** As a reader writes it. */
function shown(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (value === undefined || typeof value === 'function' || typeof value === 'symbol') return String(value);
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part));
}
