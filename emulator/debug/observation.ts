/** What the owner of a machine can have noted while it runs: where the processor is, or what happens. */
import * as L from '../cpu/layout.js';
import type { MachineRunner } from '../machine/runner.js';
import type { FrameDirection } from '../network/link.js';
import type { DebuggedOutcome } from './debugger.js';

/** Which address space of the hypervisor's is in force. */
export interface SpaceInForce {
  /** VTTBR_EL2.VMID. */
  space: number;
  /** VTTBR_EL2.BADDR: the physical address of its first table. */
  root: number;
}

/** Where the processor is. */
export interface Place extends SpaceInForce {
  pc: bigint;
  level: 0 | 1 | 2;
  /** It waits in WFI. */
  waiting: boolean;
}

export type Observation =
  /** The place, every so many nanoseconds of virtual time. */
  | { kind: 'samples'; interval: number }
  /**
   * What goes to EL2 and comes from there, the first `most` of it. `accesses`: also what is done with devices below EL2;
   * `guest`: what goes to EL1; `console`: seL4's debug calls, which are one for each character; `devices`: what is written to the
   * serial port, the shared interrupts that devices raise, and the frames on the network.
   */
  | { kind: 'events'; most: number; accesses: boolean; guest: boolean; console: boolean; devices?: boolean };

export interface Sample extends Place {
  count: number;
}

/** The level and address space are those of whom it happened to. */
interface Happened extends SpaceInForce {
  /** Virtual nanoseconds since power-on. */
  time: number;
  level: 0 | 1 | 2;
  pc: bigint;
}

export type RunEvent = Happened &
  (
    | { kind: 'exception'; target: 1 | 2; syndrome: number; address: bigint; page: bigint; registers: bigint[] }
    /** `number`: what the interrupt controller said when the kernel asked; absent until then. At level 2 it woke an idle kernel. */
    | { kind: 'interrupt'; target: 1 | 2; number?: number }
    /** Another address space goes on than the one before. */
    | { kind: 'resumed' }
    | { kind: 'access'; address: number; size: number; value: number; write: boolean }
    /** Characters that were written to the serial port in a row, up to a line end; the time is that of the first. */
    | { kind: 'print'; text: string; ended: number }
    /** The line of a shared interrupt went up, whoever was running. */
    | { kind: 'raised'; number: number }
    /** The network card sent or received a frame, whoever was running. */
    | { kind: 'frame'; direction: FrameDirection; bytes: Uint8Array }
  );

/** Instructions of an address space, at EL0 and EL1; of EL2 without `of`. */
export interface Executed {
  of: SpaceInForce | undefined;
  count: number;
}

/** From `from` to `to`, in virtual nanoseconds. */
export interface Observed {
  from: number;
  to: number;
  samples: Sample[];
  events: RunEvent[];
  /** Events that were not kept. */
  left: number;
  /** Who has executed how many instructions; undefined of samples, and on a machine with several processors. */
  executed?: Executed[] | undefined;
}

export function placeOf(runner: MachineRunner): Place {
  const { processor } = runner;
  return {
    pc: processor.pc,
    level: processor.exceptionLevel,
    ...spaceOf(processor.systemRegister(L.SR_VTTBR_EL2)),
    waiting: runner.isWaiting(),
  };
}

/** The lowest bit is CnP, which says nothing of where the table is. */
export const spaceOf = (vttbr: bigint): SpaceInForce => ({ space: Number(vttbr >> 48n), root: Number(vttbr & 0xffff_ffff_fffen) });

/** Drives a machine in the place of `Debugger.run`, and keeps what there is to see. */
export interface Observer {
  run<T extends DebuggedOutcome>(limit: number, go: (limit: number) => T): T;
  end(): Observed;
}
