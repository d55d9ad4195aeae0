/** Runs a machine in short turns, between which its thread listens. Its owner decides when, and a debugger over its owner. */
import { Debugger, type DebuggedOutcome } from '../debug/debugger.js';
import type { Observer } from '../debug/observation.js';
import type { Timeline } from '../debug/timeline.js';
import type { MachineStatus, StopReason } from '../machine/status.js';
import type { ConsoleWatch } from './console-watch.js';
import type { Output } from './output.js';
import type { ServerPort } from './port.js';

/** Milliseconds of one turn: bounds how long a request waits. */
const TURN = 10;
/** Milliseconds between two looks at the clock, at most, while everything waits. */
const LONGEST_SLEEP = 20;

export class Turns {
  readonly debug: Debugger;
  /** Notes what the owner wants to know of the run. */
  observer: Observer | undefined;
  /** Says when to stop for what the console has shown. */
  watch: ConsoleWatch | undefined;
  /** The machine cannot go on, and has no state to go on from. */
  crashed = false;
  private running = false;
  /** The owner has let the machine run, and heard of no stop since. */
  private wanted = false;
  /** `-no-reboot`, while a debugger is there: otherwise a reset is the owner's business. */
  private endAtReset = false;
  /** Virtual time at which the owner wants a stop. */
  private limit = Infinity;
  /** Wall-clock milliseconds and virtual nanoseconds that belong together, for interactive pacing. */
  private anchor: { wall: number; virtual: number } | undefined;
  private scheduled = false;

  constructor(
    private readonly timeline: Timeline,
    private readonly output: Output,
    private readonly port: ServerPort,
  ) {
    this.debug = new Debugger(timeline, {
      send: (bytes) => port.send({ type: 'debug', bytes }),
      go: () => this.go(),
      leave: (how) => {
        this.closeDebugger();
        port.send({ type: 'debugLeft', how });
      },
    });
  }

  get isRunning(): boolean {
    return this.running;
  }

  status(): MachineStatus {
    return this.timeline.runner.status(this.running);
  }

  /** The owner lets the machine run, for so many nanoseconds at most; it runs as soon as a debugger lets it, too. */
  resume(nanoseconds = Infinity): void {
    const { runner } = this.timeline;
    if (!runner.prepare()) return this.stopped(runner.status(false).stopped!);
    this.limit = runner.status(false).time + nanoseconds;
    this.wanted = true;
    if (this.debug.holds) return;
    this.begin();
  }

  pause(): MachineStatus {
    if (this.running || this.wanted) this.stopped({ kind: 'paused' });
    return this.timeline.runner.status(false);
  }

  /** It is switched off: nothing of it runs any more, nor says anything. */
  end(): void {
    this.running = this.wanted = false;
  }

  /** The owner has taken some output: a machine that waited for it goes on. */
  consumed(length: number): void {
    this.output.consumed(length);
    if (this.running) this.schedule();
  }

  openDebugger(noReboot: boolean): void {
    if (this.debug.connected) throw new Error('a debugger is connected already');
    this.endAtReset = noReboot;
    this.running = false;
    this.debug.connect();
  }

  closeDebugger(): void {
    this.debug.disconnect();
    if (this.wanted) this.go();
    else this.running = false;
  }

  /** The machine runs for the debugger, whether or not its owner has let it. */
  private go(): void {
    const { runner } = this.timeline;
    if (!runner.prepare()) return this.stoppedWhileDebugged(runner.status(false).stopped!);
    if (!this.wanted) this.limit = Infinity;
    this.begin();
  }

  private begin(): void {
    this.running = true;
    this.anchor = undefined;
    this.schedule();
  }

  private stopped(reason: StopReason): void {
    this.running = this.wanted = false;
    this.output.flush();
    this.port.send({ type: 'stopped', reason, status: this.timeline.runner.status(false) });
  }

  /** A stop while there is a debugger: it is not stopped by its owner's limit, nor by a reset, and hears of the end. */
  private stoppedWhileDebugged(reason: StopReason): void {
    if (reason.kind === 'reset' && !this.endAtReset) {
      this.debug.restart();
      return this.schedule();
    }
    this.stopped(reason);
    if (reason.kind === 'powerOff' || reason.kind === 'reset') this.debug.stopped({ kind: 'powerOff' });
    else if (reason.kind === 'limit' || reason.kind === 'shown') this.go();
  }

  private schedule(milliseconds = 0): void {
    if (this.scheduled) return;
    this.scheduled = true;
    this.port.schedule(() => {
      this.scheduled = false;
      this.turn();
    }, milliseconds);
  }

  private turn(): void {
    if (!this.running || this.output.blocked) return;
    try {
      this.ended(this.runTurn());
    } catch (error) {
      this.crashed = true;
      this.stopped({ kind: 'crashed', message: error instanceof Error ? error.message : String(error) });
      this.debug.stopped({ kind: 'powerOff' });
    }
  }

  private runTurn(): DebuggedOutcome {
    const { debug, observer, output, limit } = this;
    const end = performance.now() + TURN;
    const expired = (): boolean => performance.now() >= end || output.full;
    const go = (until: number): DebuggedOutcome => debug.run(until, expired);
    return observer ? observer.run(limit, go) : go(limit);
  }

  private ended(outcome: DebuggedOutcome): void {
    this.output.flush();
    this.output.flushTrace();
    if (outcome === 'held') {
      this.running = false;
      return;
    }
    const { stop, sleepUntil } = outcome;
    const end = stop?.kind === 'debug' ? undefined : stop;
    const shown: StopReason | undefined = this.watch?.take() && this.wanted ? { kind: 'shown' } : undefined;
    const reason = end?.kind === 'limit' ? (shown ?? end) : (end ?? shown);
    if (reason) return this.debug.connected ? this.stoppedWhileDebugged(reason) : this.stopped(reason);
    if (sleepUntil !== undefined) return this.sleep(sleepUntil);
    this.anchor = undefined;
    this.schedule();
  }

  /** Everything waits: time passes as it does for the person at the console. */
  private sleep(until: number): void {
    const { runner } = this.timeline;
    this.anchor ??= { wall: performance.now(), virtual: runner.status(true).time };
    const passed = this.anchor.virtual + (performance.now() - this.anchor.wall) * 1e6;
    runner.sleep(Math.min(passed, until));
    this.schedule(passed >= until ? 0 : Math.min(LONGEST_SLEEP, (until - passed) / 1e6));
  }
}
