import type { TranslatorStatistics } from '../cpu/translator/translator.js';
import type { Observation } from '../debug/observation.js';
import type { TraceRequest } from '../debug/tracer.js';
import type { GuestEvent, HostAction } from '../network/host-forwarding.js';
import type { MachineOptions } from './options.js';
import type { DescribedOption, RestoreOptions } from './snapshot/description.js';

/** Requests to the worker that runs the machine. `id` is echoed in the answer. */
export type MachineRequest =
  | { type: 'start'; id: number; options: MachineOptions; trace: TraceRequest }
  /** Instead of `start`. The snapshot has been checked. */
  | { type: 'restore'; id: number; options: RestoreOptions; snapshot: Uint8Array }
  | { type: 'snapshot'; id: number }
  | { type: 'input'; bytes: Uint8Array }
  /** The host forwards something to the guest. */
  | { type: 'fromHost'; action: HostAction }
  /** The owner is done with so many bytes of console output, or characters of the trace: more may come. */
  | { type: 'consumed'; length: number }
  | { type: 'pause'; id: number }
  | { type: 'resume'; id: number; until?: RunLimit }
  | { type: 'readMemory'; id: number; address: number; length: number; space: 'physical' | 'virtual' }
  | { type: 'readRegisters'; id: number }
  /** Where the processor is. */
  | { type: 'place'; id: number }
  /** From here on, note this; answered by what has been noted so far for the one before, if any. Absent: no more. */
  | { type: 'observe'; id: number; what?: Observation }
  | { type: 'status'; id: number }
  /** A line of the monitor that looks into the machine; the answer is text. */
  | { type: 'monitor'; id: number; line: string }
  | { type: 'powerButton'; id: number }
  /** On the serial line. */
  | { type: 'break'; id: number }
  /** Code of earlier runs of the same images, if there is some; then that of this run, for the next. */
  | { type: 'useCodeCache'; id: number; bytes: Uint8Array | undefined }
  | { type: 'codeCache'; id: number }
  /** A debugger comes; `noReboot`: a reset ends the run. Then what it sends, and its going. */
  | { type: 'debugOpen'; id: number; noReboot: boolean }
  | { type: 'debugInput'; bytes: Uint8Array }
  | { type: 'debugClose'; id: number };

/** A bound on a run, in virtual time. */
export interface RunLimit {
  /** Stop after this many further nanoseconds of virtual time. */
  nanoseconds?: number;
}

/** Why the machine is not running. */
export type StopReason =
  | { kind: 'paused' }
  | { kind: 'limit' }
  /** `status`: what the program says of itself, where it ends by a semihosting call. */
  | { kind: 'powerOff'; status?: number }
  | { kind: 'reset' }
  /** Every processor waits, and nothing but input can wake one. */
  | { kind: 'idle' }
  /** The machine cannot go on (a bug of ours or of the guest's making); `message` says what and where. */
  | { kind: 'crashed'; message: string };

export interface MachineStatus {
  running: boolean;
  /** Virtual nanoseconds since power-on. */
  time: number;
  /** Instructions retired. */
  instructions: number;
  stopped?: StopReason;
  /** What the translator has done. Says nothing of the guest, and differs from host to host in its times. */
  translation?: TranslatorStatistics;
}

/** General registers at a stop, 64 bits as bigint. */
export interface RegisterFile {
  x: bigint[];
  sp: bigint;
  pc: bigint;
  pstate: number;
  exceptionLevel: 0 | 1 | 2;
}

/** What the worker sends. Console bytes come in batches, in order, each with the virtual time of its last byte. */
export type MachineEvent =
  | { type: 'console'; bytes: Uint8Array; time: number }
  /** What the trace has to say, in order. */
  | { type: 'trace'; text: string }
  | { type: 'stopped'; reason: StopReason; status: MachineStatus }
  /** Bytes for the debugger; and the debugger has let go, or asks for the end of the machine. */
  | { type: 'debug'; bytes: Uint8Array }
  | { type: 'debugLeft'; how: 'detached' | 'killed' }
  /** What the guest does with what is forwarded to it. */
  | { type: 'toHost'; event: GuestEvent }
  | { type: 'answer'; id: number; value: unknown }
  /** `option`: the one that a snapshot cannot be restored with. */
  /** `name`: the error's, by which a reader of it knows whom its message is for. */
  | { type: 'failed'; id: number; message: string; name?: string; option?: DescribedOption };
