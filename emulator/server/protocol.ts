/** What a machine's owner and its server say to each other: plain values that any channel between threads copies. */
import type { Observation, Observed, Place } from '../debug/observation.js';
import type { DrivenDevices } from '../board/driven.js';
import type { InterruptState } from '../devices/gic/distributor.js';
import type { TraceRequest } from '../debug/tracer.js';
import type { MachineOptions } from '../machine/options.js';
import type { DescribedOption, RestoreOptions } from '../machine/snapshot/description.js';
import type { Oddity } from '../machine/oddities.js';
import type { MachineStatus, RegisterFile, RunLimit, StopReason } from '../machine/status.js';
import type { GuestEvent, HostAction } from '../network/host-forwarding.js';
import type { WantedText } from './console-watch.js';
import type { SaveOptions } from './machine.js';

/** What is asked of the server, and answered: by a value (`MachineAnswers`), or by a failure. */
export type MachineQuestion =
  | { type: 'start'; id: number; options: MachineOptions; trace: TraceRequest }
  /** Instead of `start`. The snapshot has been checked. */
  | { type: 'restore'; id: number; options: RestoreOptions; snapshot: Uint8Array }
  /** The same from a file of the machine's side, which is checked there. */
  | { type: 'restoreFile'; id: number; options: RestoreOptions; file: string }
  | { type: 'snapshot'; id: number }
  /** Into a new file; the answer is its length in bytes. */
  | { type: 'saveSnapshot'; id: number; file: string; options: SaveOptions }
  | { type: 'pause'; id: number }
  | { type: 'resume'; id: number; until?: RunLimit | undefined }
  | { type: 'readMemory'; id: number; address: number | bigint; length: number; space: 'physical' | 'virtual' }
  | { type: 'readRegisters'; id: number }
  /** Of processors and RAM. */
  | { type: 'digest'; id: number }
  /** Where the processor is. */
  | { type: 'place'; id: number }
  /** The shared interrupts that are pending or enabled. */
  | { type: 'interrupts'; id: number }
  /** What devices have for their drivers. */
  | { type: 'driven'; id: number }
  /** What programs did that is most likely a mistake. */
  | { type: 'noticed'; id: number }
  /** From here on, note this; answered by what has been noted so far for the one before, if any. Absent: no more. */
  | { type: 'observe'; id: number; what?: Observation | undefined }
  /** From here on, stop where the console shows this. Absent: no more. */
  | { type: 'watchConsole'; id: number; wanted?: WantedText | undefined }
  | { type: 'status'; id: number }
  /** A line of the monitor that looks into the machine; the answer is text. */
  | { type: 'monitor'; id: number; line: string }
  | { type: 'powerButton'; id: number }
  /** On the serial line. */
  | { type: 'break'; id: number }
  /** Code of earlier runs of the same images, if there is some, and modules that are compiled already, in its order; then that of this run. */
  | { type: 'useCodeCache'; id: number; bytes: Uint8Array | undefined; modules?: readonly WebAssembly.Module[] | undefined }
  /** `whole`: also where this run has added nothing, and the engine has made more of what there was. */
  | { type: 'codeCache'; id: number; whole?: boolean | undefined }
  /** A debugger comes; `noReboot`: a reset ends the run. Then its going. */
  | { type: 'debugOpen'; id: number; noReboot: boolean }
  | { type: 'debugClose'; id: number };

/** The values that answer questions. */
export interface MachineAnswers {
  start: void;
  restore: void;
  restoreFile: void;
  snapshot: Uint8Array<ArrayBuffer>;
  saveSnapshot: number;
  pause: MachineStatus;
  resume: void;
  readMemory: Uint8Array;
  readRegisters: RegisterFile;
  digest: bigint;
  place: Place;
  interrupts: InterruptState[];
  driven: DrivenDevices;
  noticed: Oddity[];
  observe: Observed | undefined;
  watchConsole: void;
  status: MachineStatus;
  monitor: string;
  powerButton: void;
  break: void;
  useCodeCache: void;
  codeCache: Uint8Array | undefined;
  debugOpen: void;
  debugClose: void;
}

/** What the owner sends: questions, with an `id` that the answer repeats, and what needs no answer. */
export type MachineRequest =
  | MachineQuestion
  | { type: 'input'; bytes: Uint8Array }
  /** The host forwards something to the guest. */
  | { type: 'fromHost'; action: HostAction }
  /** The owner is done with so many bytes of console output, or characters of the trace: more may come. */
  | { type: 'consumed'; length: number }
  /** Bytes of the debugger's. */
  | { type: 'debugInput'; bytes: Uint8Array }
  /** The machine is wanted no more: its thread is, for another. The last that is heard of it is `switchedOff`. */
  | { type: 'switchOff' };

/** What the server sends. Console bytes come in batches, in order, each with the virtual time of its last byte. */
export type MachineEvent =
  | { type: 'console'; bytes: Uint8Array; time: number }
  /** What the trace has to say, in order. */
  | { type: 'trace'; text: string }
  | { type: 'stopped'; reason: StopReason; status: MachineStatus }
  /** Bytes for the debugger; and the debugger has left the machine, or asks for its end. */
  | { type: 'debug'; bytes: Uint8Array }
  | { type: 'debugLeft'; how: 'detached' | 'killed' }
  /** What the guest does with what is forwarded to it. */
  | { type: 'toHost'; event: GuestEvent }
  /** The thread is ready for another machine. */
  | { type: 'switchedOff' }
  | { type: 'answer'; id: number; value: unknown }
  | {
      type: 'failed';
      id: number;
      message: string;
      /** The error's, by which who reads it knows whom its message is for. */
      name?: string;
      /** The one that a snapshot cannot be restored with. */
      option?: DescribedOption | undefined;
    };
