/** What should have happened by now: asked of what a machine did, at an instant at which it may still be at work. */
import type { MachineEvent } from '../session/trace-model.js';
import { type DomainState } from '../session/thread-states.js';
import { aboveOf } from './waits.js';

/** A domain that works on it answers an interrupt sooner, and one that may run has its turn sooner: virtual nanoseconds. */
const OVERDUE = 10e6;

const milliseconds = (time: number): string => `${Number((time / 1e6).toFixed(1))} ms`;

/** Interrupts that were delivered long ago, and were not acknowledged. `events`: all since power-on, in order. */
export function unacknowledged(events: readonly MachineEvent[], now: number): string[] {
  const open = new Map<number, Extract<MachineEvent, { kind: 'delivered' }>>();
  for (const event of events) {
    if (event.kind === 'delivered' && event.channel !== undefined) open.set(event.irq, event);
    if (event.kind === 'acknowledged') open.delete(event.irq);
  }
  return [...open.values()]
    .filter(({ time }) => now - time >= OVERDUE)
    .map(
      ({ irq, domain, channel, time }) =>
        `Interrupt ${irq} was delivered to '${domain}' on channel ${channel} ${milliseconds(now - time)} ago, and has not been acknowledged since: call microkit_irq_ack(${channel}) in notified().`,
    );
}

/** Domains that could have run for long, and have not. */
export function starved(states: readonly DomainState[], events: readonly MachineEvent[], now: number): string[] {
  return states.flatMap((state) => {
    if (state.doing.kind !== 'ready' || !state.doing.begun) return [];
    const since = readySince(state.domain, events);
    if (since === undefined || now - since < OVERDUE) return [];
    return [`'${state.domain}' could have run for ${milliseconds(now - since)}, and has not${aboveOf(state, states)}.`];
  });
}

/**
 * Since when a domain that is ready has been so at the latest; undefined where that cannot be told. After it was last left for
 * another, something has made it ready, or it has been so all the time. A call is ended by its answer alone.
 */
function readySince(domain: string, events: readonly MachineEvent[]): number | undefined {
  const ran = events.findLastIndex((event) => event.kind === 'runs' && event.domain === domain);
  if (ran < 0) return undefined;
  const left = events.findIndex((event, index) => index > ran && event.kind === 'runs');
  if (left < 0) return undefined;
  const last = events.slice(ran, left).findLast((event) => event.domain === domain && (event.kind === 'call' || event.kind === 'reply'));
  const waits = last?.kind === 'call';
  const woken = events.slice(left).find((event) => {
    if (event.kind === 'reply') return event.to === domain;
    if (waits) return false;
    return event.kind === 'delivered' ? event.domain === domain : 'to' in event && event.to === domain;
  });
  if (woken) return woken.time;
  return waits ? undefined : events[left]?.time;
}
