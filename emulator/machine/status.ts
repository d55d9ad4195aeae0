import type { TranslatorStatistics } from '../cpu/translator/translator.js';

/** A bound on a run, in virtual time. */
export interface RunLimit {
  /** Stop after this many further nanoseconds of virtual time. */
  nanoseconds?: number;
}

/** Why the machine is not running. */
export type StopReason =
  | { kind: 'paused' }
  | { kind: 'limit' }
  /** The console has just shown what its owner waits for. */
  | { kind: 'shown' }
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

/** What became of a machine, after "the machine". */
export function describeEnd(reason: StopReason): string {
  switch (reason.kind) {
    case 'powerOff':
      return 'powered itself off';
    case 'reset':
      return 'asked for a reset';
    case 'crashed':
      return `crashed: ${reason.message}`;
    case 'idle':
      return 'waits for input';
    case 'limit':
      return 'reached its time limit';
    case 'shown':
      return 'is paused where the pattern showed';
    case 'paused':
      return 'is paused';
  }
}
