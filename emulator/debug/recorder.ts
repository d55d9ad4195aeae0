import { GIC_CPU_INTERFACE, UART } from '../board/memory-map.js';
import * as L from '../cpu/layout.js';
import type { ProcessorTrace } from '../cpu/trace.js';
import type { MachineRunner } from '../machine/runner.js';
import type { FrameDirection } from '../network/link.js';
import { InstructionCount } from './instruction-count.js';
import { type Observation, type Observed, type Observer, type RunEvent, type SpaceInForce, spaceOf } from './observation.js';
import type { Timeline } from './timeline.js';

/** GICC_IAR: reading it says which interrupt came, and takes it. */
const ACKNOWLEDGE = GIC_CPU_INTERFACE.base + 0xc;
const VECTOR_IRQ = 0x80;
/** From here on identifiers are no interrupts (IHI 0048B, section 3.2.5). */
const SPECIAL = 1020;
/** ESR_ELx.EC of a system call, and the register with its number. */
const SVC = 0x15;
const CALL_NUMBER = 7;
/** seL4_DebugPutChar to seL4_DebugNameThread. */
const FIRST_DEBUG_CALL = -12n;
const LAST_DEBUG_CALL = -17n;
/** Argument, system call and capability registers: X0 to X8. */
const REGISTERS = 9;

/** Keeps the first so many events of a run, with what registers say of them. Without it the processor tells nothing. */
export class Recorder implements Observer, ProcessorTrace {
  readonly events = L.TRACE_EXCEPTIONS;
  private readonly kept: RunEvent[] = [];
  private readonly from: number;
  private left = 0;
  /** Whose address space the last exception to EL2 came from. */
  private space = -1;
  private interrupt: (RunEvent & { kind: 'interrupt' }) | undefined;
  private runner: MachineRunner | undefined;
  private readonly count = new InstructionCount();
  /** The last print goes on: to ask a text that grows by a character each time would make one piece of it each time. */
  private lineOpen = false;

  constructor(
    private readonly timeline: Timeline,
    private readonly wanted: Observation & { kind: 'events' },
  ) {
    this.from = timeline.now.time;
  }

  run<T>(limit: number, go: (limit: number) => T): T {
    // A debugger that goes backwards brings another machine.
    const { runner } = this.timeline;
    if (this.runner !== runner) this.attach(runner);
    return go(limit);
  }

  end(): Observed {
    const { runner } = this;
    if (runner) {
      this.charge(runner.processor.exceptionLevel);
      runner.processor.watch(undefined);
      runner.board.gic.onRaised = runner.network.onFrame = undefined;
    }
    const executed = this.timeline.runner.processor.count === 1 ? this.count.shares() : undefined;
    return { from: this.from, to: this.timeline.now.time, samples: [], events: this.kept, left: this.left, executed };
  }

  private attach(runner: MachineRunner): void {
    this.runner = runner;
    this.count.from(runner.executed);
    runner.processor.watch(this);
    if (!this.wanted.devices) return;
    runner.board.gic.onRaised = (number) => this.raised(number);
    runner.network.onFrame = (direction, bytes) => this.frame(direction, bytes);
  }

  /** The instructions since the last time go to the level, and the address space in force. */
  private charge(level: number): void {
    const { runner } = this.timeline;
    this.count.charge(level === 2 ? undefined : spaceOf(runner.processor.systemRegister(L.SR_VTTBR_EL2)), runner.executed);
  }

  exception(from: number, target: number, kind: number): void {
    if (target === 2) this.charge(from);
    const cpu = this.timeline.runner.processor;
    // Firmware calls have no exception, and what stays in a level is its own affair.
    if ((kind !== 0 && kind !== VECTOR_IRQ) || (target === 1 && !this.wanted.guest)) return;
    const register = (name: 'ESR' | 'FAR' | 'ELR'): bigint => cpu.systemRegister(target === 2 ? L[`SR_${name}_EL2`] : L[`SR_${name}_EL1`]);
    const common = { ...this.where(from), pc: register('ELR'), target: target as 1 | 2 };
    if (target === 2) this.space = from === 2 ? this.space : common.space;
    if (kind === VECTOR_IRQ) {
      const event: RunEvent & { kind: 'interrupt' } = { kind: 'interrupt', ...common };
      if (target === 2) this.interrupt = event;
      return this.keep(event);
    }
    const syndrome = Number(register('ESR'));
    const number = BigInt.asIntN(64, cpu.x(CALL_NUMBER));
    if (target === 2 && syndrome >>> 26 === SVC && !this.wanted.console && number <= FIRST_DEBUG_CALL && number >= LAST_DEBUG_CALL) return;
    const registers = Array.from({ length: REGISTERS }, (_, n) => cpu.x(n));
    this.keep({ kind: 'exception', ...common, syndrome, address: register('FAR'), page: cpu.systemRegister(L.SR_HPFAR_EL2), registers });
  }

  exceptionReturn(from: number): void {
    if (from !== 2) return;
    this.charge(2);
    const cpu = this.timeline.runner.processor;
    const { space } = spaceOf(cpu.systemRegister(L.SR_VTTBR_EL2));
    if (space === this.space) return;
    this.space = space;
    this.keep({ kind: 'resumed', ...this.where(cpu.exceptionLevel), pc: cpu.pc });
  }

  access(address: number, size: number, value: number, write: boolean): void {
    const cpu = this.timeline.runner.processor;
    const level = cpu.exceptionLevel;
    if (write && address === UART.base && this.wanted.devices) this.printed(value & 0xff, level);
    if (level === 2) {
      if (!write && address === ACKNOWLEDGE) this.acknowledged(value & 0x3ff);
      return;
    }
    if (this.wanted.accesses) this.keep({ kind: 'access', ...this.where(level), pc: cpu.pc, address, size, value, write });
  }

  private acknowledged(number: number): void {
    const taken = this.interrupt;
    this.interrupt = undefined;
    if (taken) taken.number ??= number;
    // An idle kernel waits with its interrupts masked, and asks when it wakes: there is no exception then.
    else if (number < SPECIAL) this.keep({ kind: 'interrupt', ...this.where(2), pc: this.timeline.runner.processor.pc, target: 2, number });
  }

  private printed(byte: number, level: number): void {
    const here = this.where(level);
    const last = this.kept.at(-1);
    const character = String.fromCharCode(byte);
    const goesOn = this.left === 0 && this.lineOpen && last?.kind === 'print' && last.space === here.space && last.root === here.root;
    if (!this.timeline.inPast) this.lineOpen = character !== '\n';
    if (goesOn) {
      if (this.timeline.inPast) return;
      last.text += character;
      last.ended = here.time;
    } else {
      this.keep({ kind: 'print', ...here, pc: this.timeline.runner.processor.pc, text: character, ended: here.time });
    }
  }

  private raised(number: number): void {
    const { processor } = this.timeline.runner;
    this.keep({ kind: 'raised', ...this.where(processor.exceptionLevel), pc: processor.pc, number });
  }

  private frame(direction: FrameDirection, bytes: Uint8Array): void {
    const { processor } = this.timeline.runner;
    this.keep({ kind: 'frame', ...this.where(processor.exceptionLevel), pc: processor.pc, direction, bytes: bytes.slice() });
  }

  translation(): void {}

  unassigned(): void {}

  private where(level: number): SpaceInForce & { time: number; level: 0 | 1 | 2 } {
    const cpu = this.timeline.runner.processor;
    return { time: cpu.now(), level: level as 0 | 1 | 2, ...spaceOf(cpu.systemRegister(L.SR_VTTBR_EL2)) };
  }

  private keep(event: RunEvent): void {
    // What is run through again has been told.
    if (this.timeline.inPast) return;
    if (this.kept.length < this.wanted.most) this.kept.push(event);
    else this.left++;
  }
}
