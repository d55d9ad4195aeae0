import type { Window } from '../../board/memory-map.js';
import type { MachineOptions } from '../../machine/options.js';
import type { MachineStatus } from '../../machine/status.js';

export interface ProcessorState {
  pc: bigint;
  exceptionLevel: number;
  /** `halted`: it waits for an interrupt. */
  state: 'running' | 'halted' | 'off';
}

/** A stretch of physical addresses and who answers there. */
export interface MappedWindow extends Window {
  name: string;
  /** As QEMU calls them: RAM, flash that is read like it, and registers. */
  kind: 'ram' | 'romd' | 'i/o';
}

/** A machine, as the monitor looks into it; it may be running. */
export interface MonitorTarget {
  readonly processors: number;
  /** The processor whose registers and virtual addresses are meant. */
  cpu: number;
  /** As many of `length` bytes as can be read from `address` on. Devices are read, too, with all that reading them does. */
  readMemory(address: bigint, length: number, space: 'virtual' | 'physical'): Uint8Array;
  /** By its name in small letters; undefined where there is none of that name. */
  register(name: string): bigint | undefined;
  /** All general and floating-point registers, as text of several lines. */
  registersOf(cpu: number): string;
  processorState(cpu: number): ProcessorState;
  status(): MachineStatus;
  /** In the order of their addresses. */
  map(): MappedWindow[];
  /** What the machine was made of. */
  readonly options: MachineOptions;
}

/** A command that cannot be done as it was written. The message is for the person. */
export class MonitorError extends Error {
  override readonly name = 'MonitorError';
}
