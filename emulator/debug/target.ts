import type { DebugStop, Watchpoint } from '../cpu/debug-unit.js';
import type { MonitorTarget } from './monitor/target.js';

/** Why the machine has stopped, for the debugger. `cpu`: of a stop that was gone back to; else the one that has the turn. */
export type Halt = { cpu?: number } & (
  | { kind: 'breakpoint' | 'step' | 'interrupt' }
  | { kind: 'watchpoint'; watchpoint: Watchpoint }
  /** Going backwards came to the start of the run. */
  | { kind: 'start' }
  | { kind: 'powerOff' }
);

export function haltOf(stop: DebugStop | undefined): Halt {
  return stop?.kind === 'watchpoint' ? { kind: 'watchpoint', watchpoint: stop.watchpoint } : { kind: 'breakpoint' };
}

/**
 * QEMU's SSTEP_ENABLE, SSTEP_NOIRQ and SSTEP_NOTIMER. The first says nothing here. Time does not pass for timers between steps in any
 * case, since time is that of the guest: a step is the nanosecond that it ever is.
 */
export const STEP_ENABLE = 1;
export const STEP_NO_INTERRUPTS = 2;
export const STEP_NO_TIMERS = 4;
export const STEP_ALL = STEP_ENABLE | STEP_NO_INTERRUPTS | STEP_NO_TIMERS;

export type Movement =
  | { kind: 'continue' | 'reverse-continue' | 'reverse-step' }
  /** One instruction of a processor, or on as long as its program counter is inside the range. Others have their turns. */
  | { kind: 'step'; cpu: number; range?: { start: bigint; end: bigint } };

/** The machine, as the protocol's commands need it. It does not run during any of them but `halt`. */
export interface DebugTarget {
  readonly processors: number;
  /** The processor that the last stop is of. */
  readonly current: number;
  /** The processor whose registers and memory are meant; at a stop it becomes that one. */
  selected: number;
  /** Register bytes, little-endian; undefined for a number that there is not. */
  readRegister(number: number): Uint8Array | undefined;
  writeRegister(number: number, bytes: Uint8Array): boolean;
  /** As many of `length` bytes as can be read from `address` on, maybe none. */
  readMemory(address: bigint, length: number): Uint8Array;
  /** False, with some or nothing written, where there is no RAM. */
  writeMemory(address: bigint, bytes: Uint8Array): boolean;
  /** Whether addresses are physical, instead of what they mean to the processor now. */
  physicalAddresses: boolean;
  /** QEMU's bits of how a step is made: STEP_NO_INTERRUPTS. */
  stepping: number;
  /** These two: false when there are too many. */
  setBreakpoint(address: bigint, present: boolean): boolean;
  setWatchpoint(watchpoint: Watchpoint, present: boolean): boolean;
  /** Whether the machine can go backwards. */
  readonly reversible: boolean;
  /** Runs, until `stopped` of the stub is called. */
  move(movement: Movement): void;
  halt(): void;
  /** Whether a processor waits for an interrupt, or is off. */
  waits(cpu: number): boolean;
  /** What the monitor looks at, with the processor that is selected here. */
  readonly view: MonitorTarget;
  /** Starts the machine again. It is at its first instruction. */
  reset(): void;
  /** Presses the power button. */
  powerDown(): void;
  /** The debugger lets go of the machine, which runs on. */
  detach(): void;
  /** The debugger wants the machine's end. */
  kill(): void;
}
