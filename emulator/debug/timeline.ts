import type { MachineOutput, MachineRunner, RunOutcome } from '../machine/runner.js';

/** A point of a run: virtual nanoseconds, and instructions retired, since power-on. */
export interface Instant {
  time: number;
  instructions: number;
}

/** What came from outside, and when: with it, a run repeats. */
interface Action extends Instant {
  perform(runner: MachineRunner): void;
}

/** Keeps whole states of machines, so that the way back to an instant is short. */
export interface Checkpoints {
  /** Instructions between two states. */
  interval: number;
  save(runner: MachineRunner): unknown;
  /** A machine in a saved state, whose console bytes go to `output`. */
  restore(state: unknown, output: MachineOutput): MachineRunner;
}

export interface TimelineHost {
  /** A machine at the start of the run, which is power-on or a restored state; its console bytes go to `output`. */
  powerOn(output: MachineOutput): MachineRunner;
  /** Whether that is always the same machine: not where disks keep what was written. */
  repeatable: boolean;
  /** Console bytes, each once, however often its instant is run through. */
  output(byte: number, time: number): void;
  /** Without, every way back begins at the start. */
  checkpoints?: Checkpoints;
}

/**
 * A machine's run, from its start: what was done to it is recorded, so that any instant of it can be gone back to, by
 * running a fresh machine up to there (runs with equal input at equal times are equal). Before the furthest instant the
 * recorded input comes by itself; whatever else is done there makes another run of it.
 */
export class Timeline {
  runner: MachineRunner;
  private actions: Action[] = [];
  /** The next of `actions`. */
  private next = 0;
  /** Where the run began. */
  start: Instant = { time: 0, instructions: 0 };
  /** The furthest that it has come. */
  private furthest = this.start;
  private states: (Instant & { next: number; state: unknown })[] = [];

  constructor(private readonly host: TimelineHost) {
    this.runner = host.powerOn(this.output);
    this.start = this.furthest = this.now;
  }

  /** A slice of a run is in the past, or goes on from the furthest instant: never both. */
  private readonly output: MachineOutput = (byte, time) => {
    if (!this.inPast) this.host.output(byte, time);
  };

  /** Whether there is a way back. */
  get repeatable(): boolean {
    return this.host.repeatable;
  }

  get now(): Instant {
    const { time, instructions } = this.runner.status(false);
    return { time, instructions };
  }

  /** Whether the machine has been further than here. */
  get inPast(): boolean {
    return this.now.instructions < this.furthest.instructions || this.now.time < this.furthest.time;
  }

  /** Does something to the machine from outside, and remembers it. What was to come from here on is forgotten. */
  perform<T>(action: (runner: MachineRunner) => T): T {
    this.furthest = this.now;
    this.actions.length = this.next++;
    this.actions.push({ ...this.furthest, perform: action });
    this.states = this.states.filter(({ next }) => next < this.next);
    return action(this.runner);
  }

  /** As `MachineRunner.run`; in the past, sleeping takes no time and nothing is ever idle. */
  run(limit: number, expired: () => boolean, instructions = Infinity): RunOutcome {
    for (;;) {
      const action = this.actions[this.next];
      if (action && this.now.time >= action.time) {
        this.next++;
        action.perform(this.runner);
        continue;
      }
      const past = this.inPast;
      const end = Math.min(limit, action?.time ?? Infinity, past ? this.furthest.time : Infinity);
      const outcome = this.runner.run(end, expired, instructions);
      if (!this.inPast) this.goneFurther();
      const { time, instructions: done } = this.now;
      if (past && outcome.stop?.kind === 'idle' && this.runner.prepare()) continue;
      if (past && outcome.sleepUntil !== undefined) {
        this.runner.sleep(Math.min(Math.ceil(outcome.sleepUntil), end));
        continue;
      }
      const ownEnd = outcome.stop?.kind === 'limit' && time < limit && done < instructions;
      if (!ownEnd) return outcome;
    }
  }

  private goneFurther(): void {
    this.furthest = this.now;
    const { checkpoints } = this.host;
    if (!checkpoints || this.now.instructions < (this.states.at(-1)?.instructions ?? 0) + checkpoints.interval) return;
    this.states.push({ ...this.now, next: this.next, state: checkpoints.save(this.runner) });
  }

  /** Goes back to the start, or to a later state not behind `instructions`: the machine is another one then. */
  rewind(instructions: number): void {
    if (!this.repeatable) throw new Error('this run cannot be repeated: it writes to a disk or to flash that keeps it');
    if (!this.inPast) this.furthest = this.now;
    const saved = this.states.filter((each) => each.instructions <= instructions).at(-1);
    this.runner = saved ? this.host.checkpoints!.restore(saved.state, this.output) : this.host.powerOn(this.output);
    this.next = saved?.next ?? 0;
  }

  /** A reset: another run begins. */
  restart(): void {
    this.actions = [];
    this.states = [];
    this.next = 0;
    this.runner = this.host.powerOn(this.output);
    this.start = this.furthest = this.now;
  }
}
