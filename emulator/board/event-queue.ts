import type { Clock, SavedEvent, ScheduledEvent } from '../devices/peripheral.js';
import { SnapshotError, type Snapshotable, type State, type StateReader } from '../devices/snapshotable.js';

interface Entry extends ScheduledEvent {
  action: (() => void) | undefined;
}

/**
 * What is due in virtual time: a binary heap by time, and by order of scheduling among equal times, so that runs repeat.
 * Whoever executes instructions owns `now`, and calls `runDue` when it reaches `nextDeadline()`.
 */
export class EventQueue implements Clock, Snapshotable {
  /** Called when something is scheduled before everything else: the running slice may have to end earlier. */
  onEarlier: (when: number) => void = () => undefined;
  private readonly heap: Entry[] = [];
  private scheduled = 0;

  /** `now` gives the virtual time in nanoseconds. */
  constructor(readonly now: () => number) {}

  at(when: number, action: () => void): ScheduledEvent {
    return this.schedule({ when, order: this.scheduled++ }, action);
  }

  again(event: SavedEvent, action: () => void): ScheduledEvent {
    return this.schedule(event, action);
  }

  /** Time of the earliest event, which may have passed; Infinity when nothing is scheduled. */
  nextDeadline(): number {
    this.dropCancelled();
    return this.heap[0]?.when ?? Infinity;
  }

  /** Runs everything due at `now` or before, in order; what that schedules in turn for `now` or before as well. */
  runDue(now: number): void {
    while (this.nextDeadline() <= now) {
      const entry = this.pop();
      const action = entry.action!;
      entry.action = undefined;
      action();
    }
  }

  /** Forgets everything, as at power-on. */
  clear(): void {
    this.heap.length = 0;
  }

  /** The events themselves are in the states of those who scheduled them. */
  saveState(): State {
    return { scheduled: this.scheduled, pending: this.pending };
  }

  /** Empties the queue; the owners of the events fill it again. */
  restoreState(state: StateReader): void {
    this.clear();
    this.scheduled = state.integer('scheduled');
  }

  /** After all owners have been restored: an event that none of them armed again would be lost without a word. */
  requireRestored(state: StateReader): void {
    const wanted = state.integer('pending');
    if (this.pending !== wanted) {
      throw new SnapshotError(`the snapshot is damaged: of ${wanted} pending events ${this.pending} have an owner; take a new one`);
    }
  }

  private get pending(): number {
    return this.heap.filter(({ action }) => action).length;
  }

  private schedule({ when, order }: SavedEvent, action: () => void): ScheduledEvent {
    const entry: Entry = { when, order, action, cancel: () => (entry.action = undefined) };
    const earliest = this.nextDeadline();
    this.push(entry);
    if (when < earliest) this.onEarlier(when);
    return entry;
  }

  private dropCancelled(): void {
    while (this.heap.length > 0 && this.heap[0]!.action === undefined) this.pop();
  }

  private push(entry: Entry): void {
    const { heap } = this;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!before(entry, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = entry;
  }

  private pop(): Entry {
    const { heap } = this;
    const top = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return top;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, last)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
    return top;
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.when < b.when || (a.when === b.when && a.order < b.order);
}
