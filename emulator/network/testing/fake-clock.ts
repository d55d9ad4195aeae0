/** Virtual time that a test moves by hand. */
import type { Clock, SavedEvent, ScheduledEvent } from '../../devices/peripheral.js';

interface Entry {
  when: number;
  order: number;
  action: () => void;
  cancelled: boolean;
}

export class FakeClock implements Clock {
  private time = 0;
  private order = 0;
  private readonly entries: Entry[] = [];

  now(): number {
    return this.time;
  }

  at(when: number, action: () => void): ScheduledEvent {
    if (!Number.isSafeInteger(when)) throw new Error(`an event at ${when}: times are integers`);
    return this.schedule({ when: Math.max(when, this.time), order: this.order++ }, action);
  }

  again(event: SavedEvent, action: () => void): ScheduledEvent {
    return this.schedule(event, action);
  }

  private schedule({ when, order }: SavedEvent, action: () => void): ScheduledEvent {
    const entry = { when, order, action, cancelled: false };
    const before = (other: Entry): boolean => other.when < when || (other.when === when && other.order < order);
    const index = this.entries.findLastIndex(before) + 1;
    this.entries.splice(index, 0, entry);
    return { when, order, cancel: () => void (entry.cancelled = true) };
  }

  get pending(): number {
    return this.entries.filter((entry) => !entry.cancelled).length;
  }

  /** Runs everything due in the next `duration` nanoseconds; fails after `limit` events, which means a loop. */
  advance(duration: number, limit = 200_000): void {
    const end = this.time + duration;
    let events = 0;
    for (let [entry] = this.entries; entry && entry.when <= end; [entry] = this.entries) {
      if (events++ > limit) throw new Error(`more than ${limit} events within ${duration} ns`);
      this.entries.shift();
      if (entry.cancelled) continue;
      this.time = entry.when;
      entry.action();
    }
    this.time = end;
  }
}
