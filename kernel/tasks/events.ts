/** Which events are meant, and what they are called in messages. */
import type { EventFacts, MachineEvent, MachineEventKind } from '../session/trace-model.js';
import { nearest } from '../session/user-error.js';
import { timeText } from './times.js';

type Fact = string | number | undefined;
/** A value, a pattern for texts, or a question. */
type Wanted = Fact | RegExp | ((value: never) => boolean);

type KeysOf<Union> = Union extends unknown ? keyof Union : never;

/**
 * What an event must be: all that is said here must fit. A text or number must be equal, a regular expression must match, and a
 * function must return true.
 */
export type EventPattern = {
  kind?: MachineEventKind | readonly MachineEventKind[];
  domain?: string | RegExp;
  to?: string | RegExp;
  text?: string | RegExp;
} & {
  [Key in Exclude<KeysOf<EventFacts>, 'kind' | 'domain' | 'to' | 'text'>]?: Fact | RegExp | ((value: number) => boolean);
};

/** Which events are asked for: a pattern, and a stretch of time. */
export type EventFilter = EventPattern & {
  /** Virtual nanoseconds since power-on, both included. */
  from?: number;
  until?: number;
};

export function isMeant(event: MachineEvent, pattern: EventPattern): boolean {
  const facts = event as unknown as Record<string, Fact>;
  return Object.entries(pattern as Record<string, Wanted | readonly string[]>).every(([key, wanted]) => {
    const value = facts[key];
    if (wanted === undefined) return true;
    if (Array.isArray(wanted)) return wanted.includes(value);
    if (wanted instanceof RegExp)
      return value !== undefined && new RegExp(wanted.source, wanted.flags.replace(/[gy]/g, '')).test(String(value));
    if (typeof wanted === 'function') return value !== undefined && (wanted as (value: Fact) => boolean)(value);
    return value === wanted;
  });
}

/** The events of a stretch that fit. */
export function selectEvents<T extends MachineEvent>(events: readonly T[], { from = 0, until = Infinity, ...pattern }: EventFilter): T[] {
  requirePattern(pattern);
  return events.filter((event) => event.time >= from && event.time <= until && isMeant(event, pattern));
}

/** What events of each kind have, beside `time`, `domain` and `kind`. */
const FACTS: { [Kind in MachineEventKind]: readonly (keyof Extract<MachineEvent, { kind: Kind }>)[] } = {
  call: ['to', 'channel', 'label'],
  reply: ['to', 'channel', 'took'],
  notification: ['to', 'channel'],
  fault: ['to', 'text', 'at', 'access', 'address', 'exactAddress'],
  raised: ['irq', 'channel'],
  delivered: ['irq', 'channel'],
  acknowledged: ['irq', 'channel'],
  runs: [],
  print: ['text'],
  line: ['text'],
  frame: ['direction', 'text', 'length'],
};
const KINDS = Object.keys(FACTS) as MachineEventKind[];

/** A pattern that no event can fit is a mistake in the check: `never` would pass. @throws TypeError that says which word is wrong */
export function requirePattern(pattern: EventPattern): void {
  const given: unknown = pattern;
  if (typeof given !== 'object' || given === null || given instanceof RegExp || Array.isArray(given))
    throw new TypeError(`a pattern is an object, for example { kind: 'call', domain: 'client' }, and not ${String(given)}`);
  const { kind } = pattern;
  const kinds: readonly MachineEventKind[] = kind === undefined ? KINDS : typeof kind === 'string' ? [kind] : kind;
  const unknown = kinds.find((each) => !KINDS.includes(each));
  if (unknown !== undefined || kinds.length === 0)
    throw new TypeError(`no event has the kind ${String(unknown)}: ${advice(unknown, KINDS)}`);
  const known = ['kind', 'time', 'domain', ...new Set(kinds.flatMap((each): readonly string[] => FACTS[each]))];
  const wrong = Object.keys(pattern).find((key) => !known.includes(key));
  if (wrong !== undefined)
    throw new TypeError(
      `${kind === undefined ? 'no event has' : `an event of the kind ${kinds.join(' or ')} does not have`} '${wrong}': ${advice(wrong, known)}`,
    );
}

function advice(word: string | undefined, known: readonly string[]): string {
  const meant = word === undefined ? undefined : nearest(String(word), known);
  return meant === undefined ? `it is one of ${known.join(', ')}` : `did you mean ${meant}?`;
}

const VERB: Record<MachineEventKind, string> = {
  call: 'calls',
  reply: 'replies to',
  notification: 'notifies',
  fault: 'faults',
  raised: 'is raised',
  delivered: 'is delivered',
  acknowledged: 'acknowledges',
  runs: 'runs',
  print: 'prints',
  line: 'prints the line',
  frame: 'sends or receives the frame',
};

/** In words: `client calls server on channel 1`. */
export function describePattern(pattern: EventPattern): string {
  const { kind, domain, to, text, ...more } = pattern;
  const { irq, channel, direction, ...rest } = more as Record<string, Wanted>;
  const kinds: MachineEventKind[] = kind === undefined ? [] : typeof kind === 'string' ? [kind] : [...kind];
  const words = [subject(kinds, { domain, to, irq, direction })];
  if (text !== undefined) words.push(JSON.stringify(text instanceof RegExp ? String(text) : text));
  if (channel !== undefined) words.push(`on channel ${shown(channel)}`);
  const others = Object.entries(rest).filter(([, value]) => value !== undefined);
  if (others.length > 0) words.push(`with ${others.map(([key, value]) => `${key} ${shown(value)}`).join(', ')}`);
  return words.join(' ');
}

/** Who does what to whom. */
function subject(
  kinds: readonly MachineEventKind[],
  { domain, to, irq, direction }: Record<'domain' | 'to' | 'irq' | 'direction', Wanted>,
): string {
  const way = { sent: 'sends the frame', received: 'receives the frame' }[String(direction)];
  const verbs = kinds.map((each) => (each === 'frame' ? way : undefined) ?? VERB[each]).join(' or ') || 'does something';
  const interrupt = irq === undefined ? 'interrupt' : `interrupt ${shown(irq)}`;
  if (kinds.length > 0 && kinds.every((each) => each === 'raised' || each === 'delivered')) {
    return `${interrupt} ${verbs}${domain === undefined ? '' : ` to ${shown(domain)}`}`;
  }
  const object = to === undefined ? [] : [kinds.includes('fault') ? `(for ${shown(to)})` : shown(to)];
  return [domain === undefined ? 'a domain' : shown(domain), verbs, ...(irq === undefined ? [] : [interrupt]), ...object].join(' ');
}

/** With its time: `12.5 ms: client calls server on channel 1`. */
export function describeEvent(event: MachineEvent): string {
  return `${timeText(event.time)}: ${wordsOf(event)}`;
}

function wordsOf(event: MachineEvent): string {
  const { kind, domain } = event;
  if (kind === 'fault') return `${domain} faults: ${event.text}${event.at === undefined ? '' : `, in ${event.at}`}`;
  if (kind === 'reply' && event.channel === undefined) return `${domain} lets ${event.to} go on`;
  const { to, text, irq, channel, direction } = event as { to?: string; text?: string; irq?: number; channel?: number; direction?: string };
  return describePattern({ kind, domain, ...(to !== undefined && { to }), ...(text !== undefined && { text }), irq, channel, direction });
}

const shown = (wanted: Wanted): string => (typeof wanted === 'function' ? 'that fits' : String(wanted));
