import type { SpaceInForce } from '../../emulator/debug/observation.js';
import type { WantedText } from '../../emulator/server/console-watch.js';
import type { Machine } from '../../emulator/server/machine.js';
import { describeEnd, type MachineStatus, type StopReason } from '../../emulator/machine/status.js';
import { Terminal, type TerminalOutput } from '../render/terminal.js';
import { ConsoleHistory, replay, type SavedConsole } from './console-history.js';
import type { ConsoleView, ConsoleViewFactory, Drawing } from './console-view.js';
import { ConsoleViews, type SavedViews } from './console-views.js';
import { PatternScanner } from './pattern.js';
import { Transcript } from './transcript.js';
import { UserError } from './user-error.js';

export { describeEnd };

/** When a stretch of running ends. Times are virtual nanoseconds. */
export interface Goal {
  /** Ends when the console shows this, on one line: at the character that completes it. */
  pattern?: RegExp | undefined;
  /** What the line that goes on has shown already, as far as it counts for the pattern. */
  line?: string | undefined;
  /** Ends after this long, however much goes on. */
  timeout: number;
  /** Ends when nothing was printed for so long: the machine waits, or works in silence. */
  quiet?: number | undefined;
}

export type Ending =
  | { kind: 'pattern'; match: string }
  | { kind: 'timeout' }
  /** `busy`: the processor has not waited whenever it was looked at, and was at work for these address spaces. */
  | { kind: 'quiet'; busy?: readonly SpaceInForce[] }
  | { kind: 'stopped'; reason: StopReason };

/** Where the console's output goes while a cell watches. */
export interface ConsoleSink {
  text(text: string): void;
  /** A view has redrawn what it shows. */
  drawing(drawing: Drawing, view: ConsoleView): void;
  /** Resolves when the sink can take more: the machine waits for it, so a flood stays bounded. */
  ready?(signal: AbortSignal): Promise<void>;
}

/** Shows nothing. */
export const silentSink: ConsoleSink = { text: () => undefined, drawing: () => undefined };

export const MILLISECONDS = 1_000_000;
export const SECONDS = 1_000_000_000;
/** Shortest and longest stretch of virtual time between two looks at the console. */
const FIRST_SLICE = 10 * MILLISECONDS;
const LONGEST_SLICE = 160 * MILLISECONDS;

/** Looks at the processor during which a silence counts as busy, at least. */
const MIN_LOOKS = 5;
/** Address spaces that are kept of those that were at work. */
const MOST_SPACES = 8;

/** A silence of the console, and who runs meanwhile, by looks at the ends of slices. Its state does not grow with it. */
class Silence {
  private nanoseconds = 0;
  private looks = 0;
  private waited = false;
  private spaces: SpaceInForce[] = [];

  /** `wanted`: nanoseconds that end the run; without, nobody asks who runs. */
  constructor(private readonly wanted: number | undefined) {}

  async goesOn(nanoseconds: number, machine: Machine): Promise<void> {
    this.nanoseconds += nanoseconds;
    const place = this.wanted === undefined ? undefined : await machine.place?.();
    if (!place) return;
    const { waiting, space, root } = place;
    this.looks++;
    this.waited ||= waiting;
    if (this.waited || this.spaces.length === MOST_SPACES) return;
    if (!this.spaces.some((known) => known.space === space && known.root === root)) this.spaces.push({ space, root });
  }

  broken(): void {
    this.nanoseconds = this.looks = 0;
    this.waited = false;
    this.spaces = [];
  }

  /** Undefined while it is not as long as is wanted. */
  get ending(): Ending | undefined {
    if (this.wanted === undefined || this.nanoseconds < this.wanted) return undefined;
    return !this.waited && this.looks >= MIN_LOOKS ? { kind: 'quiet', busy: this.spaces } : { kind: 'quiet' };
  }
}

/** A slice has ended where it should, or where the machine's side found the pattern in what the terminal then shows otherwise. */
const goesOn = ({ kind }: StopReason): boolean => kind === 'limit' || kind === 'shown';

/**
 * A machine and its console, as cells drive it. The machine runs in slices of virtual time and stands still in between.
 * Where a slice ends depends on the guest's own output alone, never on the host's speed, so what a later cell types
 * reaches the guest at the same instant in every run with the same seed.
 */
export class MachineRun {
  readonly transcript = new Transcript();
  readonly history = new ConsoleHistory();
  private readonly terminal = new Terminal();
  readonly views: ConsoleViews;
  private sink: ConsoleSink = silentSink;
  private patterns: PatternScanner | undefined;
  private outputInSlice = false;
  private stopWaiters: ((reason: StopReason) => void)[] = [];
  private disposed = false;
  private advancing = false;
  /** Bytes that the console was given since power-on: carriage returns show nothing, and a program may print them without end. */
  printed = 0;
  private lastStatus: MachineStatus = { running: false, time: 0, instructions: 0 };
  /** Set once the machine can run no further: power-off, reset or crash. */
  ended: StopReason | undefined;

  constructor(
    readonly name: string,
    readonly seed: number,
    readonly machine: Machine,
    factories: readonly ConsoleViewFactory[] = [],
    pastViews: SavedViews = {},
  ) {
    this.views = new ConsoleViews(this, pastViews);
    for (const factory of factories) this.views.add(factory);
    machine.onConsole = (bytes) => this.consoleBytes(bytes);
    machine.onStopped = (reason, status) => this.stopped(reason, status);
  }

  get running(): boolean {
    return this.advancing;
  }

  /** As of the last stop. */
  get status(): MachineStatus {
    return this.lastStatus;
  }

  /** The machine comes from a snapshot: shows its console's past, and goes on from there. */
  async recall(past: SavedConsole, sink: ConsoleSink, signal: AbortSignal): Promise<void> {
    this.lastStatus = await this.machine.status();
    this.sink = sink;
    for (const { bytes, thenShown } of replay(past)) {
      this.consoleBytes(bytes);
      if (thenShown) this.showLine();
      await sink.ready?.(signal);
    }
    this.sink = silentSink;
  }

  type(text: string): void {
    this.requireAlive();
    this.machine.input(new TextEncoder().encode(text));
  }

  /** Lets the machine run until the goal is met. On abort the machine is paused, and the abort's reason is thrown. */
  async advance(goal: Goal, sink: ConsoleSink, signal: AbortSignal): Promise<Ending> {
    this.requireAlive();
    if (this.advancing) throw new UserError('RunError', `${this.name} is running already`, 'Interrupt the cell that runs it first.');
    signal.throwIfAborted();
    this.advancing = true;
    this.sink = sink;
    this.look(goal);
    try {
      return await this.slices(goal, signal);
    } finally {
      this.showLine();
      if (this.patterns) this.watch(undefined);
      this.patterns = undefined;
      this.sink = silentSink;
      this.advancing = false;
    }
  }

  /** Begins to look for the pattern: here, and in the machine's own thread, which stops at the character. */
  private look({ pattern, line }: Goal): void {
    this.patterns = pattern && new PatternScanner(pattern, line);
    if (pattern) this.watch({ source: pattern.source, flags: pattern.flags, line });
  }

  /** A machine that cannot answer any more is told of elsewhere. */
  private watch(wanted: WantedText | undefined): void {
    if (!this.ended) void this.machine.watchConsole?.(wanted).catch(() => undefined);
  }

  private found(): Ending | undefined {
    const match = this.patterns?.match;
    return match === undefined ? undefined : { kind: 'pattern', match };
  }

  private async slices(goal: Goal, signal: AbortSignal): Promise<Ending> {
    let slice = FIRST_SLICE;
    const silence = new Silence(goal.quiet);
    const start = this.lastStatus.time;
    for (;;) {
      const before = this.lastStatus.time;
      const length = Math.min(slice, goal.timeout - (before - start));
      if (length <= 0) return { kind: 'timeout' };
      const reason = await this.slice(length, signal);
      if (reason.kind !== 'limit' && reason.kind !== 'paused') this.showLine();
      const found = this.found();
      if (found) return found;
      // A pause that nobody asks for any more (its slice had ended by itself) is no reason to stop.
      if (reason.kind === 'paused' && !this.disposed) continue;
      if (!goesOn(reason)) return { kind: 'stopped', reason };
      if (this.outputInSlice) {
        slice = FIRST_SLICE;
        silence.broken();
      } else {
        slice = Math.min(2 * slice, LONGEST_SLICE);
        await silence.goesOn(this.lastStatus.time - before, this.machine);
        // A prompt has no line end: it is shown, and looked at, once the guest pauses after it.
        this.showLine();
        const late = this.found();
        if (late) return late;
      }
      const { ending } = silence;
      if (ending) return ending;
      await this.sink.ready?.(signal);
      signal.throwIfAborted();
    }
  }

  /** One stretch of running. An abort pauses the machine, which takes effect within 50 ms. */
  private async slice(nanoseconds: number, signal: AbortSignal): Promise<StopReason> {
    signal.throwIfAborted();
    this.outputInSlice = false;
    const stopped = new Promise<StopReason>((resolve) => this.stopWaiters.push(resolve));
    const pause = () => void this.machine.pause().catch(() => undefined);
    signal.addEventListener('abort', pause, { once: true });
    try {
      const reason = await this.machine.resume({ nanoseconds }).then(
        () => stopped,
        // Its thread may be lost at any time, before it can answer.
        (error: unknown) => this.crash ?? Promise.reject(error instanceof Error ? error : new Error(String(error))),
      );
      signal.throwIfAborted();
      return reason;
    } finally {
      signal.removeEventListener('abort', pause);
    }
  }

  private get crash(): StopReason | undefined {
    return this.ended?.kind === 'crashed' ? this.ended : undefined;
  }

  private stopped(reason: StopReason, status: MachineStatus): void {
    this.lastStatus = status;
    if (reason.kind === 'powerOff' || reason.kind === 'reset' || reason.kind === 'crashed') this.ended = reason;
    const waiters = this.stopWaiters;
    this.stopWaiters = [];
    for (const resolve of waiters) resolve(reason);
  }

  private consoleBytes(bytes: Uint8Array): void {
    if (bytes.length === 0 || this.disposed) return;
    this.outputInSlice = true;
    this.printed += bytes.length;
    this.history.append(bytes);
    this.show(this.terminal.feed(bytes));
  }

  /** An unfinished line, such as a prompt, is shown as it stands. */
  private showLine(): void {
    this.history.lineShown();
    this.show(this.terminal.flush());
  }

  private show(outputs: TerminalOutput[]): void {
    for (const output of outputs) {
      if (output.kind === 'text') {
        this.transcript.append(output.text);
        this.patterns?.feed(output.text);
        this.views.text(output.text);
        this.sink.text(output.text);
        continue;
      }
      const rows = output.rows.map((row) => `${row}\n`).join('');
      this.transcript.append(rows);
      this.patterns?.feed(rows);
      const redrawn = this.views.redraw(output.rows);
      if (redrawn) this.sink.drawing(redrawn.drawing, redrawn.view);
      else this.sink.text(rows);
    }
  }

  private requireAlive(): void {
    if (this.disposed) throw new UserError('RunError', 'no machine is running', `Start one with %run ${this.name}.`);
    if (this.ended) throw new UserError('RunError', `${this.name} ${describeEnd(this.ended)}`, `Start it again with %run ${this.name}.`);
  }

  async dispose(): Promise<void> {
    this.disposed = true;
    await this.machine.dispose();
    this.stopped({ kind: 'paused' }, { ...this.lastStatus, running: false });
  }
}
