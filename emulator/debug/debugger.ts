import type { Watchpoint } from '../cpu/debug-unit.js';
import * as L from '../cpu/layout.js';
import type { RunOutcome } from '../machine/runner.js';
import { DebugMemory } from './memory.js';
import { MachineView } from './monitor/machine-view.js';
import { readRegister, writeRegister } from './registers.js';
import { GdbStub } from './stub.js';
import { continueBackwards, stepBackwards } from './reverse.js';
import { haltOf, STEP_ALL, STEP_NO_INTERRUPTS, type DebugTarget, type Halt, type Movement } from './target.js';
import type { Timeline } from './timeline.js';

export interface DebuggerHost {
  /** Bytes for the debugger. */
  send(bytes: Uint8Array): void;
  /** The machine is to run: `run` wants to be called, until it says `held`. */
  go(): void;
  /** The debugger lets go of the machine, or wants its end. */
  leave(how: 'detached' | 'killed'): void;
}

/** More than a person sets; each costs a little where a page is entered. */
const MAX_BREAKPOINTS = 1024;

/** What a turn came to; `held`: the debugger has stopped the machine. */
export type DebuggedOutcome = RunOutcome | 'held';

/** What the machine is doing for the debugger: each call does a part of it, until it is told where it ends. */
type Work = (limit: number, expired: () => boolean) => RunOutcome & { halt?: Halt };

/** One machine under one debugger at a time: what the protocol asks for, done to the machine's run. */
export class Debugger implements DebugTarget {
  private stub: GdbStub | undefined;
  private work: Work | undefined;
  private readonly memory: DebugMemory;
  readonly view: MachineView;
  private readonly breakpoints = new Set<bigint>();
  private watchpoints: Watchpoint[] = [];
  current = 0;
  selected = 0;
  /** A step goes through the program, and into no interrupt, as QEMU's. */
  stepping = STEP_ALL;

  constructor(
    private readonly timeline: Timeline,
    private readonly host: DebuggerHost,
  ) {
    this.memory = new DebugMemory(timeline, () => this.selected);
    // What is asked here is asked of a machine that does not run.
    this.view = new MachineView(timeline, this, () => false);
  }

  get processors(): number {
    return this.timeline.runner.processor.count;
  }

  private stopsAt(cpu: number): void {
    this.current = this.selected = cpu;
  }

  get connected(): boolean {
    return this.stub !== undefined;
  }

  /** The machine must not run. */
  get holds(): boolean {
    return this.connected && this.work === undefined;
  }

  /** A debugger comes: the machine stops. */
  connect(): void {
    this.stub = new GdbStub(this, (bytes) => this.host.send(bytes));
    this.work = undefined;
    this.timeline.keepStates(true);
    this.stopsAt(this.timeline.runner.processor.current);
  }

  receive(bytes: Uint8Array): void {
    this.stub?.receive(bytes);
  }

  /** The debugger is gone, with all that it has set. */
  disconnect(): void {
    this.stub = undefined;
    this.work = undefined;
    this.timeline.keepStates(false);
    this.breakpoints.clear();
    this.watchpoints = [];
    this.physicalAddresses = false;
    this.stepping = STEP_ALL;
    this.applyPoints();
  }

  /** As `MachineRunner.run`, for what the debugger wants; without one, plainly. */
  run(limit: number, expired: () => boolean): DebuggedOutcome {
    if (this.holds) return 'held';
    if (!this.work) return this.timeline.run(limit, expired);
    const { halt, ...outcome } = this.work(limit, expired);
    if (!halt) return outcome;
    this.ended(halt);
    return 'held';
  }

  /** The machine has stopped for another reason than the debugger's. */
  stopped(halt: Halt): void {
    if (this.work) this.ended(halt);
  }

  private ended(halt: Halt): void {
    this.work = undefined;
    this.stopsAt(halt.cpu ?? this.timeline.runner.processor.current);
    this.stub?.stopped(halt);
  }

  /** The machine was reset. It runs on, when it ran. */
  restart(): void {
    this.timeline.restart();
    this.stopsAt(this.timeline.runner.processor.current);
    this.applyPoints();
    if (this.work) this.work = this.forwards(Infinity);
  }

  private applyPoints(): void {
    const { debug } = this.timeline.runner.processor;
    debug.setBreakpoints(this.breakpoints);
    debug.setWatchpoints(this.watchpoints);
  }

  // ---- What the protocol asks for ------------------------------------------------------------------------------------

  readRegister(number: number): Uint8Array | undefined {
    const { processor } = this.timeline.runner;
    return processor.as(this.selected, () => readRegister(processor, number));
  }

  writeRegister(number: number, bytes: Uint8Array): boolean {
    // What is there already is no change of the run.
    const before = this.readRegister(number);
    if (before?.length === bytes.length && before.every((byte, i) => byte === bytes[i])) return true;
    const copy = bytes.slice();
    const { selected } = this;
    return this.timeline.perform(({ processor }) => processor.as(selected, () => writeRegister(processor, number, copy)));
  }

  get physicalAddresses(): boolean {
    return this.memory.physical;
  }

  set physicalAddresses(physical: boolean) {
    this.memory.physical = physical;
  }

  readMemory(address: bigint, length: number): Uint8Array {
    return this.memory.read(address, length);
  }

  writeMemory(address: bigint, bytes: Uint8Array): boolean {
    return this.memory.write(address, bytes);
  }

  setBreakpoint(address: bigint, present: boolean): boolean {
    if (present && this.breakpoints.size === MAX_BREAKPOINTS) return false;
    if (present) this.breakpoints.add(address);
    else this.breakpoints.delete(address);
    this.applyPoints();
    return true;
  }

  setWatchpoint(watchpoint: Watchpoint, present: boolean): boolean {
    const same = (other: Watchpoint): boolean =>
      other.kind === watchpoint.kind && other.address === watchpoint.address && other.length === watchpoint.length;
    const others = this.watchpoints.filter((other) => !same(other));
    if (present && others.length === L.WATCH_MAX) return false;
    this.watchpoints = present ? [...others, watchpoint] : others;
    this.applyPoints();
    return true;
  }

  get reversible(): boolean {
    return this.timeline.repeatable;
  }

  move(movement: Movement): void {
    this.work = this.workOf(movement);
    this.host.go();
  }

  halt(): void {
    if (this.work) this.ended({ kind: 'interrupt' });
  }

  waits(cpu: number): boolean {
    return this.timeline.runner.isWaiting(cpu);
  }

  reset(): void {
    this.restart();
  }

  powerDown(): void {
    this.timeline.perform((runner) => runner.pressPowerButton());
  }

  detach(): void {
    this.host.leave('detached');
  }

  kill(): void {
    this.host.leave('killed');
  }

  // ---- Movements -----------------------------------------------------------------------------------------------------

  private workOf(movement: Movement): Work {
    switch (movement.kind) {
      case 'continue':
        this.passPresent(this.current);
        return this.forwards(Infinity);
      case 'step':
        this.passPresent(movement.cpu);
        return movement.range ? this.through(movement.cpu, movement.range) : this.step(movement.cpu);
      case 'reverse-step':
      case 'reverse-continue':
        return this.backwards(movement.kind === 'reverse-step' ? stepBackwards : continueBackwards);
    }
  }

  /** A movement begins with the instruction at which the processor is, even if there is a breakpoint. */
  private passPresent(cpu: number): void {
    const { processor } = this.timeline.runner;
    processor.as(cpu, () => processor.debug.passOnce(processor.pc));
  }

  /** So many instructions, or to a stop. */
  private forwards(count: number): Work {
    const end = this.timeline.now.instructions + count;
    return (limit, expired) => {
      const outcome = this.timeline.run(limit, expired, end);
      if (outcome.stop?.kind === 'debug') return { halt: haltOf(this.timeline.runner.processor.debug.takeStop()) };
      return this.timeline.now.instructions >= end ? { halt: { kind: 'step' } } : outcome;
    };
  }

  /** An instruction of this processor. The turns of the others are gone through by instructions, too, so as to end after it. */
  private step(cpu: number): Work {
    return this.instructionsUntil(cpu, () => this.timeline.runner.processor.current === cpu || !this.timeline.runner.board.psci.isOn(cpu));
  }

  /** Instruction by instruction, while the program counter is in the range. */
  private through(cpu: number, { start, end }: { start: bigint; end: bigint }): Work {
    return this.instructionsUntil(cpu, () => {
      const { pc, current } = this.timeline.runner.processor;
      return current === cpu && (pc < start || pc >= end);
    });
  }

  private instructionsUntil(cpu: number, ends: () => boolean): Work {
    let step = this.instruction(cpu);
    return (limit, expired) => {
      for (;;) {
        const outcome = step(limit, expired);
        if (outcome.halt?.kind !== 'step' || ends()) return outcome;
        step = this.instruction(cpu);
        if (expired()) return {};
      }
    };
  }

  /** An instruction of whatever processor has the turn; that which is stepped takes no interrupt before. */
  private instruction(cpu: number): Work {
    const plainly = this.forwards(1);
    if ((this.stepping & STEP_NO_INTERRUPTS) === 0) return plainly;
    return (limit, expired) => {
      const outcome = this.timeline.stepUninterrupted(cpu);
      if (!outcome) return plainly(limit, expired);
      if (outcome.stop?.kind === 'debug') return { halt: haltOf(this.timeline.runner.processor.debug.takeStop()) };
      return outcome.stop?.kind === 'limit' ? { halt: { kind: 'step' } } : outcome;
    };
  }

  private backwards(way: typeof stepBackwards): Work {
    const search = way(this.timeline, () => this.applyPoints());
    return (_limit, expired) => {
      const { value, done } = search.next(expired);
      return done ? { halt: value } : {};
    };
  }
}
