import type { MachineStatus, RegisterFile, RunLimit, StopReason } from './protocol.js';

/**
 * A running machine, as its owner holds it. The machine itself lives in a worker thread;
 * `startMachine` in `client.ts` makes one of these.
 */
export interface Machine {
  /** Called with console output, in order. Set before `resume`. */
  onConsole: (bytes: Uint8Array, time: number) => void;
  /** Called at each stop: pause, limit, idle, power-off, reset request or crash. */
  onStopped: (reason: StopReason, status: MachineStatus) => void;
  /** Types on the console. Bytes are delivered one by one, as fast as the guest takes them. */
  input(bytes: Uint8Array): void;
  /** Takes effect within 50 ms. */
  pause(): Promise<MachineStatus>;
  resume(until?: RunLimit): Promise<void>;
  status(): Promise<MachineStatus>;
  registers(): Promise<RegisterFile>;
  readMemory(address: number, length: number, space?: 'physical' | 'virtual'): Promise<Uint8Array>;
  /**
   * All that the machine is, for `restoreMachine`. It need not stand still, and goes on as if nothing had been. Takes
   * up to half a second for 2 GiB of RAM. Rejects, saying what to do, when the host's storage is attached writable.
   */
  snapshot(): Promise<Uint8Array>;
  /** Presses the power button, where the machine has one: a guest that listens shuts down. */
  pressPowerButton?(): Promise<void>;
  /** Ends the worker. Safe at any time and more than once. */
  dispose(): Promise<void>;
}
