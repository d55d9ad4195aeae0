import type { PsciPorts } from './psci.js';

/** What the board drives outside itself. Wires are called only on a change. */
export interface BoardOutputs extends PsciPorts {
  irq(cpu: number, level: boolean): void;
  fiq(cpu: number, level: boolean): void;
  virtualIrq(cpu: number, level: boolean): void;
  virtualFiq(cpu: number, level: boolean): void;
  /** A byte for the terminal: of the serial port, or of a virtio console in its place. */
  console(byte: number): void;
  /** What `bus.directMemory` gave for these addresses no longer holds. */
  directMemoryChanged?(address: number, length: number): void;
}
