/** One run of one machine, with all that its owner can ask of it. */
import { type Observation, type Observed, placeOf, type Place } from '../debug/observation.js';
import { MonitorCommands } from '../debug/monitor/commands.js';
import { MachineView } from '../debug/monitor/machine-view.js';
import { Recorder } from '../debug/recorder.js';
import { Sampler } from '../debug/sampler.js';
import { Timeline } from '../debug/timeline.js';
import { Tracer, type TraceRequest } from '../debug/tracer.js';
import { SnapshotError } from '../devices/snapshotable.js';
import type { Oddity } from '../machine/oddities.js';
import type { Execution, MachineOutput, MachineRunner } from '../machine/runner.js';
import { MachineCheckpoints } from '../machine/snapshot/checkpoints.js';
import { readSnapshot } from '../machine/snapshot/format.js';
import { takeSnapshot, takeSnapshotParts } from '../machine/snapshot/snapshot.js';
import { ConsoleWatch, type WantedText } from './console-watch.js';
import type { KnownCode } from './known-code.js';
import type { Origin } from './origin.js';
import { Output } from './output.js';
import type { ServerPort } from './port.js';
import { Turns } from './turns.js';

const identityOf = ({ kind, pc, vttbr }: Oddity): string => `${kind} ${pc} ${vttbr}`;

export class ServedMachine {
  readonly timeline: Timeline;
  readonly turns: Turns;
  private readonly output: Output;
  /** The owner's, which has a processor of its own in view. */
  private readonly monitor: MonitorCommands;
  private code: KnownCode | undefined;
  /** In the memory that it had before. */
  private noticedBefore: Oddity[] = [];

  /** `trace`: what `-d` asks for; there can be no other trace then. */
  constructor(
    private readonly origin: Origin,
    private readonly trace: TraceRequest,
    private readonly execution: Execution,
    port: ServerPort,
  ) {
    this.output = new Output((event) => port.send(event));
    this.execution = {
      ...execution,
      // What is run through again has been told.
      toHost: (event) => this.inPast || port.send({ type: 'toHost', event }),
    };
    this.timeline = new Timeline({
      powerOn: (output) => this.make(output),
      repeatable: origin.repeatable,
      output: (byte, time) => this.printed(byte, time),
      checkpoints: () => new MachineCheckpoints((state, output) => this.make(output, state)),
    });
    this.turns = new Turns(this.timeline, this.output, port);
    this.monitor = new MonitorCommands(new MachineView(this.timeline, { selected: 0 }, () => this.turns.isRunning));
  }

  /** The timeline makes the first machine before it is there itself. */
  private get inPast(): boolean {
    return (this.timeline as Timeline | undefined)?.inPast ?? false;
  }

  private make(output: MachineOutput, snapshot?: Execution['snapshot']): MachineRunner {
    const runner = this.origin.make(output, { ...this.execution, snapshot });
    const write = (text: string): void => {
      if (!this.inPast) this.output.trace(text);
    };
    if (this.trace.items.length > 0) runner.processor.watch(new Tracer(runner.processor, this.trace, write));
    // What was translated for the one before is good for this one.
    if (this.code) runner.processor.useCodeCache(this.code.cache);
    return runner;
  }

  /** In the past nothing is printed. */
  private printed(byte: number, time: number): void {
    this.output.console(byte, time);
    if (this.turns.watch?.byte(byte)) this.runner.endTurn();
  }

  /** Stops where the console shows this, from here on, or no more. */
  watchConsole(wanted: WantedText | undefined): void {
    this.turns.watch = wanted && new ConsoleWatch(wanted);
  }

  get runner(): MachineRunner {
    return this.timeline.runner;
  }

  /** @throws SnapshotError when there is no state that the machine could go on from. */
  snapshot(): Uint8Array<ArrayBuffer> {
    this.prepareSnapshot();
    return takeSnapshot(this.runner, this.origin.description());
  }

  /** The same in parts, to be written at once. */
  snapshotParts(): Uint8Array[] {
    this.prepareSnapshot();
    return takeSnapshotParts(this.runner, this.origin.description());
  }

  private prepareSnapshot(): void {
    if (this.turns.crashed) throw new SnapshotError('the machine has crashed and cannot continue');
    // What was printed before is with the owner before the snapshot is.
    this.output.flush();
  }

  /** Whether it can go on in new memory. Not where its storage would have to be opened again, or somebody has a hold on the machine that is there. */
  get canMove(): boolean {
    const { origin, trace, turns, timeline } = this;
    return origin.repeatable && trace.items.length === 0 && !turns.observer && !turns.debug.connected && !timeline.inPast;
  }

  /** Goes on from a snapshot that was taken of it just now, in new memory. `collect` gives back what nobody holds. */
  move(snapshot: Uint8Array, collect: () => void): void {
    this.noticedBefore = this.noticed();
    this.timeline.replace((output) => {
      collect();
      return this.make(output, readSnapshot(snapshot));
    });
  }

  /** What programs did that is most likely a mistake. */
  noticed(): Oddity[] {
    const known = new Set(this.noticedBefore.map(identityOf));
    return [...this.noticedBefore, ...this.runner.noticed().filter((oddity) => !known.has(identityOf(oddity)))];
  }

  useCode(code: KnownCode): void {
    this.code = code;
    this.runner.processor.useCodeCache(this.code.cache);
  }

  savedCode(whole?: boolean): Uint8Array | undefined {
    return this.code?.save(whole);
  }

  /** A line of the monitor; what it shows. */
  command(line: string): string {
    return this.monitor.execute(line);
  }

  place(): Place {
    return placeOf(this.runner);
  }

  /** Notes this from here on, or nothing more. @returns what has been noted for the one before. */
  observe(what: Observation | undefined): Observed | undefined {
    if (what && this.trace.items.length > 0) throw new Error('this machine is traced already');
    const { timeline, turns } = this;
    const observed = turns.observer?.end();
    turns.observer = what && (what.kind === 'samples' ? new Sampler(timeline, what.interval) : new Recorder(timeline, what));
    return observed;
  }
}
