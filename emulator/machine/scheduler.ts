import type { Processor } from '../cpu/processor.js';
import type { Snapshotable, State, StateReader } from '../devices/snapshotable.js';

/** Instructions that a processor executes before another one that can has its turn. */
const TURN = 20_000;

/**
 * Which of several processors executes. They have turns, in the order of their numbers, and share the one virtual time: an
 * instruction is a nanosecond, whoever executes it. So what a processor reads of a counter is never before what another has
 * read (DDI 0487 D11.1.2), devices see time go on as ever, and the order of all accesses to memory is that of the turns.
 *
 * A processor that is off, or waits, is passed over. What decides is this state and the time, never when it is asked: so a
 * run that is interrupted, stepped or taken up from a snapshot has the same turns.
 */
export class Scheduler implements Snapshotable {
  /** When the resident processor gives way, or one that waits is to be looked at: set by `choose`. */
  bound = Infinity;
  private turnEnd = TURN;
  /** Of the processors that are not resident: whether they wait, whether an input has risen since, and when a timer will. */
  private readonly waiting: boolean[];
  private readonly risen: boolean[];
  private readonly timers: number[];

  constructor(
    private readonly processor: Processor,
    /** The power state: PSCI's. */
    private readonly isOn: (cpu: number) => boolean,
  ) {
    const { count } = processor;
    this.waiting = new Array<boolean>(count).fill(false);
    this.risen = new Array<boolean>(count).fill(false);
    this.timers = new Array<number>(count).fill(Infinity);
  }

  /** Makes the processor resident that is to execute now; `waits`: the present one does. Answers whether it waits, as then all do. */
  choose(now: number, waits: boolean): boolean {
    const from = this.processor.current;
    const goesOn = this.isOn(from) && !waits;
    if (!goesOn || now >= this.turnEnd) {
      if (this.othersMayRun(now) && this.passOn(from, now, waits)) waits = false;
      else if (!this.isOn(from)) waits = this.standBy(from, now, waits);
    }
    const ready = this.othersMayRun(now);
    this.processor.othersReady = ready;
    this.bound = ready ? this.turnEnd : this.nextTimer();
    return waits;
  }

  /** WFE: the resident processor has nothing to do until another one, which can, has done something. */
  yield(): void {
    this.turnEnd = 0;
  }

  /** Drives an interrupt input. */
  setLine(cpu: number, line: number, level: boolean): void {
    const { processor } = this;
    processor.setInterruptLine(line, level, cpu);
    if (!level || cpu === processor.current) return;
    this.risen[cpu] = true;
    // One that waits may now have its turn.
    processor.endSlice();
  }

  start(cpu: number, entry: bigint, context: bigint): void {
    this.processor.start(cpu, entry, context);
    this.waiting[cpu] = false;
    this.risen[cpu] = false;
    this.timers[cpu] = Infinity;
  }

  /** Whether a processor that is not resident waits. */
  waits(cpu: number): boolean {
    return this.waiting[cpu]!;
  }

  saveState(): State {
    const { current } = this.processor;
    const others = this.waiting.map((waits, cpu): State =>
      cpu === current ? {} : { waits, risen: this.risen[cpu], timer: this.timers[cpu] },
    );
    return { turnEnd: this.turnEnd, others };
  }

  restoreState(state: StateReader): void {
    this.turnEnd = state.integer('turnEnd');
    state.records('others', this.processor.count).forEach((other, cpu) => {
      this.waiting[cpu] = other.has('waits') && other.boolean('waits');
      this.risen[cpu] = other.has('risen') && other.boolean('risen');
      this.timers[cpu] = other.has('timer') ? other.number('timer') : Infinity;
    });
  }

  /** Gives the turn to the next processor that has something to do. False: none has, and the same one is resident. */
  private passOn(from: number, now: number, waits: boolean): boolean {
    const { processor } = this;
    this.timers[from] = processor.updateTimers(now);
    this.waiting[from] = waits && !processor.wakePending;
    this.risen[from] = false;
    for (let step = 1; step < processor.count; step++) {
      const cpu = (from + step) % processor.count;
      if (!this.mayRun(cpu, now)) continue;
      processor.select(cpu);
      this.timers[cpu] = processor.updateTimers(now);
      this.risen[cpu] = false;
      if (this.waiting[cpu] && !processor.wakePending) continue;
      this.waiting[cpu] = false;
      processor.openMonitor(from);
      this.turnEnd = now + TURN;
      return true;
    }
    processor.select(from);
    return false;
  }

  /** The resident processor is off and the others wait: one of them is made resident. */
  private standBy(from: number, now: number, waits: boolean): boolean {
    const { processor } = this;
    // As whoever looks at the machine before this turn would have them.
    processor.updateTimers(now);
    for (let step = 1; step < processor.count; step++) {
      const cpu = (from + step) % processor.count;
      if (!this.isOn(cpu)) continue;
      processor.select(cpu);
      return this.waiting[cpu]!;
    }
    return waits;
  }

  private mayRun(cpu: number, now: number): boolean {
    return this.isOn(cpu) && (!this.waiting[cpu] || this.risen[cpu]! || this.timers[cpu]! <= now);
  }

  private othersMayRun(now: number): boolean {
    const { count, current } = this.processor;
    for (let cpu = 0; cpu < count; cpu++) if (cpu !== current && this.mayRun(cpu, now)) return true;
    return false;
  }

  /** When the first timer of a processor that waits comes. */
  private nextTimer(): number {
    const { count, current } = this.processor;
    let next = Infinity;
    for (let cpu = 0; cpu < count; cpu++) if (cpu !== current && this.isOn(cpu)) next = Math.min(next, this.timers[cpu]!);
    return next;
  }
}
