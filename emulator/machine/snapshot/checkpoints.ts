/** States of a running machine in memory, for the way back: pages that did not change in between are kept once. */
import { SnapshotError, StateReader, type State } from '../../devices/snapshotable.js';
import type { MachineOutput, MachineRunner } from '../runner.js';
import type { SnapshotContent } from './format.js';
import { PAGE } from './pages.js';

/** Bytes of pages that all states take together, at most. */
const MOST_BYTES = 512 << 20;
const MOST_STATES = 24;
/** Milliseconds that the machine runs between two states, at least, and how many times longer than saving one takes. */
const SPACING = 50;
const PROPORTION = 4;
/** Instructions: before speeds are known, and whatever they are. */
const SHORTEST = 1e6;
const LONGEST = 1e9;

/** One page of RAM as it was, and how many states have it so. */
interface KeptPage {
  readonly bytes: Uint8Array;
  users: number;
}

export interface KeptState {
  readonly state: State;
  /** Numbers of pages that are not zero, in order, and what is in them. */
  readonly numbers: Uint32Array;
  readonly pages: readonly KeptPage[];
}

export class MachineCheckpoints {
  readonly most = MOST_STATES;
  interval = SHORTEST;
  /** Bytes of pages that states have. */
  private size = 0;
  /** The state nearest to the machine as it is now: most of its pages are there still. */
  private nearest: KeptState | undefined;
  /** The last save or restoration: wall-clock milliseconds, and instructions of the machine. */
  private last = { wall: 0, instructions: 0 };
  /** Instructions in a millisecond, as far as is known. */
  private speed = 0;

  constructor(private readonly make: (snapshot: Pick<SnapshotContent, 'state' | 'ram'>, output: MachineOutput) => MachineRunner) {}

  get full(): boolean {
    return this.size > MOST_BYTES;
  }

  /** Undefined while a device cannot be saved. */
  save(runner: MachineRunner): KeptState | undefined {
    const began = performance.now();
    const { instructions } = runner.status(false);
    let kept: KeptState | undefined;
    try {
      kept = { state: runner.saveState(), ...this.keepPages(runner) };
      this.nearest = kept;
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error;
    }
    this.adapt(began, instructions);
    return kept;
  }

  /** The more a state costs, the longer until the next. A machine that stood in between was not slow: speeds fall slowly. */
  private adapt(began: number, instructions: number): void {
    const { last } = this;
    if (instructions > last.instructions) this.speed = Math.max((instructions - last.instructions) / (began - last.wall), this.speed / 2);
    const now = performance.now();
    this.interval = Math.round(Math.min(LONGEST, Math.max(SHORTEST, this.speed * Math.max(SPACING, PROPORTION * (now - began)))));
    this.last = { wall: now, instructions };
  }

  private keepPages(runner: MachineRunner): Pick<KeptState, 'numbers' | 'pages'> {
    const numbers: number[] = [];
    const pages: KeptPage[] = [];
    const known = this.nearest;
    let at = 0;
    for (const { first, bytes } of runner.usedPages()) {
      for (let offset = 0; offset < bytes.length; offset += PAGE) {
        const number = first + offset / PAGE;
        const now = bytes.subarray(offset, offset + PAGE);
        while ((known?.numbers[at] ?? Infinity) < number) at++;
        const before = known?.numbers[at] === number ? known.pages[at] : undefined;
        const page = before && samePage(before.bytes, now) ? before : { bytes: now.slice(), users: 0 };
        if (page.users++ === 0) this.size += PAGE;
        numbers.push(number);
        pages.push(page);
      }
    }
    return { numbers: Uint32Array.from(numbers), pages };
  }

  restore(kept: KeptState, output: MachineOutput): MachineRunner {
    const ram = Array.from(kept.numbers, (first, i) => ({ first, bytes: kept.pages[i]!.bytes }));
    const runner = this.make({ state: new StateReader(kept.state, 'machine'), ram }, output);
    this.nearest = kept;
    this.last = { wall: performance.now(), instructions: runner.status(false).instructions };
    return runner;
  }

  forget({ pages }: KeptState): void {
    for (const page of pages) if (--page.users === 0) this.size -= PAGE;
  }
}

/** By words: pages are aligned. */
function samePage(one: Uint8Array, other: Uint8Array): boolean {
  const [a, b] = [new Int32Array(one.buffer, one.byteOffset, PAGE / 4), new Int32Array(other.buffer, other.byteOffset, PAGE / 4)];
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
