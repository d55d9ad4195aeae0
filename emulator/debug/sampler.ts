import type { DebuggedOutcome } from './debugger.js';
import { type Observed, type Observer, placeOf, type Sample } from './observation.js';
import type { Timeline } from './timeline.js';

/**
 * Notes where the processor is, at every so many nanoseconds of virtual time: runs that are equal have equal samples. A run
 * is not changed by it: it only stops between two instructions for a look.
 */
export class Sampler implements Observer {
  private readonly samples = new Map<string, Sample>();
  private readonly from: number;
  private next: number;

  constructor(
    private readonly timeline: Timeline,
    private readonly interval: number,
  ) {
    this.from = timeline.now.time;
    this.next = this.from + interval;
  }

  run<T extends DebuggedOutcome>(limit: number, go: (limit: number) => T): T {
    for (;;) {
      const outcome = go(Math.min(limit, this.next));
      const { time } = this.timeline.now;
      const due = time >= this.next;
      // What a debugger runs through again has been seen.
      if (due && !this.timeline.inPast) this.note(time);
      if (!due || outcome === 'held' || outcome.stop?.kind !== 'limit' || time >= limit) return outcome;
    }
  }

  /** An instruction or a wait may have taken it over more than one instant. */
  private note(time: number): void {
    const passed = Math.floor((time - this.next) / this.interval) + 1;
    this.next += passed * this.interval;
    const place = placeOf(this.timeline.runner);
    const key = `${place.pc} ${place.level} ${place.space} ${place.waiting}`;
    const sample = this.samples.get(key);
    if (sample) sample.count += passed;
    else this.samples.set(key, { ...place, count: passed });
  }

  end(): Observed {
    return { from: this.from, to: this.timeline.now.time, samples: [...this.samples.values()], events: [], left: 0 };
  }
}
