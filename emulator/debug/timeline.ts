import type { MachineOutput, MachineRunner, RunOutcome } from '../machine/runner.js';
import { CheckpointList, type Checkpoints, type Instant } from './checkpoints.js';

/** What came from outside, and when: with it, a run repeats. */
interface Action extends Instant {
  /** Undefined: it is an instruction before which no interrupt is taken. There may be a debugger's reason to stop before it. */
  perform: ((runner: MachineRunner) => void) | undefined;
}

export interface TimelineHost {
  /** A machine at the start of the run, which is power-on or a restored state; its console bytes go to `output`. */
  powerOn(output: MachineOutput): MachineRunner;
  /** Whether that is always the same machine: not where disks keep what was written. */
  repeatable: boolean;
  /** Console bytes, each once, however often its instant is run through. */
  output(byte: number, time: number): void;
  /** Asked for when states are to be kept. Without, every way back begins at the start. */
  checkpoints?: () => Checkpoints;
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
  /** Instructions of where the way back is to end, while one is being gone. */
  goal = Infinity;
  private checkpoints: Checkpoints | undefined;
  /** States of this run, while they are kept. */
  private states: CheckpointList | undefined;

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
    this.record(action);
    return action(this.runner);
  }

  private record(perform: Action['perform']): void {
    this.furthest = this.now;
    this.actions.length = this.next++;
    this.actions.push({ ...this.furthest, perform });
    this.states?.forgetAfter(this.furthest);
  }

  /**
   * One instruction of the processor that has the turn, before which it takes no interrupt. As something that was done to the
   * run it comes again when that is repeated. Undefined where nothing is to be kept from it, and in the past, where all comes
   * as it came.
   */
  stepUninterrupted(cpu: number): RunOutcome | undefined {
    const { processor } = this.runner;
    if (this.inPast || processor.current !== cpu || this.runner.isWaiting() || !processor.wakePending) return undefined;
    const { instructions } = this.now;
    this.record(undefined);
    const outcome = this.runner.stepUninterrupted();
    // It was stopped before the instruction: nothing has been done.
    if (this.now.instructions === instructions) this.actions.length = --this.next;
    this.furthest = this.now;
    return outcome;
  }

  /** As `MachineRunner.run`; in the past, sleeping takes no time and nothing is ever idle. */
  run(limit: number, expired: () => boolean, instructions = Infinity): RunOutcome {
    for (;;) {
      const action = this.actions[this.next];
      const due = action !== undefined && this.now.time >= action.time;
      const outcome = due ? this.repeat(action, instructions) : this.runTo(action?.time ?? Infinity, limit, expired, instructions);
      if (outcome) return outcome;
    }
  }

  /** Does again what was done here. Undefined: the run goes on. */
  private repeat({ perform }: Action, instructions: number): RunOutcome | undefined {
    const step = perform ? undefined : this.runner.stepUninterrupted();
    // Before the instruction, which is still to come.
    if (step?.stop?.kind === 'debug') return step;
    this.next++;
    perform?.(this.runner);
    return step && this.now.instructions >= instructions ? { stop: { kind: 'limit' } } : undefined;
  }

  /** Runs as far as the next action is, at most. Undefined: the run goes on. */
  private runTo(action: number, limit: number, expired: () => boolean, instructions: number): RunOutcome | undefined {
    const past = this.inPast;
    const stateDue = this.keepState();
    const end = Math.min(limit, action, past ? this.furthest.time : Infinity);
    const outcome = this.runner.run(end, expired, Math.min(instructions, stateDue));
    if (!this.inPast) this.furthest = this.now;
    if (past && this.passes(outcome, end)) return undefined;
    const { time, instructions: done } = this.now;
    const ownEnd = outcome.stop?.kind === 'limit' && time < limit && done < instructions;
    return ownEnd ? undefined : outcome;
  }

  /** In the past nothing is idle, and sleeping takes no time. False: the machine has stopped for another reason. */
  private passes({ stop, sleepUntil }: RunOutcome, end: number): boolean {
    if (stop?.kind === 'idle' && this.runner.prepare()) return true;
    if (sleepUntil === undefined) return false;
    this.runner.sleep(Math.min(Math.ceil(sleepUntil), end));
    return true;
  }

  /** From now on, or no longer, states are kept that shorten the way back, as far as there is one. */
  keepStates(keep: boolean): void {
    this.states?.clear();
    this.checkpoints = keep && this.repeatable ? this.host.checkpoints?.() : undefined;
    this.states = this.checkpoints && new CheckpointList(this.checkpoints, () => this.start.instructions);
  }

  /** Keeps this state if it is time. @returns the instructions at which to ask again. */
  private keepState(): number {
    const { states, now } = this;
    if (!states) return Infinity;
    if (now.instructions >= states.due(now.instructions, this.goal)) states.save(this.runner, now, this.next);
    return states.due(now.instructions, this.goal);
  }

  /** Whether going there keeps a state that makes the next way back shorter. */
  isFar(instructions: number): boolean {
    return this.states?.isFar(instructions) ?? false;
  }

  /** Instructions at the last state that is not after so many, or at the start. */
  stateBefore(instructions: number): number {
    return this.states?.latest(instructions)?.instructions ?? this.start.instructions;
  }

  /** Puts a machine in the same state in the place of the one that is there, which is gone before the other is made. */
  replace(make: (output: MachineOutput) => MachineRunner): void {
    // Nobody may hold it any more: a memory is given back as a whole.
    Reflect.deleteProperty(this, 'runner');
    this.runner = make(this.output);
  }

  /** Goes back to the start, or to a later state not after `instructions`: the machine is another one then. */
  rewind(instructions: number): void {
    if (!this.repeatable) throw new Error('this run cannot be repeated: it writes to a disk or to flash that keeps it');
    if (!this.inPast) this.furthest = this.now;
    const saved = this.states?.latest(instructions);
    this.runner = saved ? this.checkpoints!.restore(saved.state, this.output) : this.host.powerOn(this.output);
    this.next = saved?.next ?? 0;
  }

  /** A reset: another run begins. */
  restart(): void {
    this.actions = [];
    this.states?.clear();
    this.next = 0;
    this.runner = this.host.powerOn(this.output);
    this.start = this.furthest = this.now;
  }
}
