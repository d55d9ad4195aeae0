import type { MachineOutput, MachineRunner } from '../machine/runner.js';

/** A point of a run: virtual nanoseconds, and instructions retired, since power-on. */
export interface Instant {
  time: number;
  instructions: number;
}

/** Keeps whole states of machines, so that the way back to an instant is short. They change nothing but how long it takes. */
export interface Checkpoints<State = unknown> {
  /** Instructions after a state until another one is worth what it costs. */
  readonly interval: number;
  /** How many states are kept, at most. */
  readonly most: number;
  /** The kept states take more memory than they should. */
  readonly full: boolean;
  /** Undefined where the machine cannot be saved as it is now. */
  save(runner: MachineRunner): State | undefined;
  /** A machine in a saved state, whose console bytes go to `output`. */
  restore(state: State, output: MachineOutput): MachineRunner;
  /** The state is not needed any more. */
  forget(state: State): void;
}

/** How far before a goal states are kept, in intervals. */
const NEAR = [1 / 4, 1 / 16];

/** `next`: the first recorded action after it. */
interface Checkpoint extends Instant {
  readonly next: number;
  readonly state: unknown;
}

/**
 * The states of one run, in its order. Where they become too many, those go whose neighbours are near, compared with how
 * far away they are: the further back, the fewer there are.
 */
export class CheckpointList {
  private readonly points: Checkpoint[] = [];
  /** Instructions where a state was last to be kept, whether or not that was possible. */
  private tried = 0;

  constructor(
    private readonly keeper: Checkpoints,
    /** Instructions at the start of the run: it can be gone back to in any case. */
    private readonly start: () => number,
  ) {}

  /** The last one at or before so many instructions. */
  latest(instructions: number): Checkpoint | undefined {
    return this.points.findLast((point) => point.instructions <= instructions);
  }

  /** Whether going to so many instructions would keep a state on the way that is nearer than those there are. */
  isFar(instructions: number): boolean {
    return instructions - (this.latest(instructions)?.instructions ?? this.start()) > this.keeper.interval * NEAR[0]!;
  }

  /**
   * When the next state is due, of a machine that has executed so many instructions. On the way to an instant that was gone
   * back to, two more are kept shortly before it: whoever goes back one step goes back another.
   */
  due(instructions: number, goal = Infinity): number {
    const { interval } = this.keeper;
    const last = this.latest(instructions)?.instructions ?? this.start();
    const tried = Math.max(last, this.tried <= instructions ? this.tried : 0);
    const near = NEAR.map((part) => Math.floor(goal - interval * part)).find((at) => at - tried > interval * NEAR.at(-1)!);
    return Math.min(tried + interval, near ?? Infinity);
  }

  save(runner: MachineRunner, now: Instant, next: number): void {
    this.tried = now.instructions;
    const state = this.keeper.save(runner);
    if (state === undefined) return;
    const place = this.points.findLastIndex(({ instructions }) => instructions < now.instructions) + 1;
    this.points.splice(place, 0, { ...now, next, state });
    while (this.points.length > this.keeper.most || (this.keeper.full && this.points.length > 0)) this.thinOut(now.instructions);
  }

  private thinOut(now: number): void {
    let [least, worth] = [0, Infinity];
    this.points.forEach(({ instructions }, i) => {
      const before = this.points[i - 1]?.instructions ?? this.start();
      const after = this.points[i + 1]?.instructions ?? Infinity;
      const each = (after - before) / (Math.abs(now - instructions) + this.keeper.interval);
      // The last one has nothing after it, and is worth most, unless it is the only one.
      if (each < worth) [least, worth] = [i, each];
    });
    this.forget(this.points.splice(least, 1));
  }

  /** The run has become another one after this instant. */
  forgetAfter({ time, instructions }: Instant): void {
    const first = this.points.findIndex((point) => point.instructions > instructions || point.time > time);
    if (first >= 0) this.forget(this.points.splice(first));
  }

  clear(): void {
    this.forget(this.points.splice(0));
  }

  private forget(points: readonly Checkpoint[]): void {
    for (const { state } of points) this.keeper.forget(state);
  }
}
