import type { InterruptState } from '../../emulator/devices/gic/distributor.js';
import type { MachineSymbol } from '../session/domain-memory.js';
import type { StateOfDomain } from '../session/thread-states.js';
import type { SystemModel } from '../session/system-model.js';
import type { FindingKind } from '../explain/finding.js';
import type { MachineEvent, NetworkFrame } from '../session/trace-model.js';
import type { EventFilter } from './events.js';
import type { Time } from './times.js';

/**
 * The machine that a check is about: powered on with the reader's system, and recorded since. It stands still but in `runFor`,
 * `until` and `console.expect`. In TypeScript cells `machine` has the same methods, for the machine that `%run` started.
 */
export interface CheckedMachine {
  /**
   * What happened since power-on, in order: all of it, or what fits. The first 200,000 events are kept.
   * In a cell: what the last `%trace` saw.
   */
  events(wanted?: EventFilter): Promise<MachineEvent[]>;
  /**
   * The frames that the network card sent and received since power-on, in order: events of the kind `frame`, with their `bytes`.
   * In a cell: what the last `%trace` saw.
   */
  frames(wanted?: EventFilter): Promise<NetworkFrame[]>;
  /**
   * How many instructions a domain, a virtual machine, the `monitor` or the `microkernel` has executed since power-on.
   * In a cell: in the last `%trace`.
   */
  instructions(domain: string): Promise<number>;
  /** A variable of a domain's program. @throws UserError when there is none of this name */
  symbol(domain: string, name: string): Promise<MachineSymbol>;
  /** Bytes of a domain, at an address of its own. Devices cannot be read. */
  read(domain: string, address: number, length: number): Promise<Uint8Array>;
  /** The domains, what they see, and who may reach whom. */
  system(): Promise<SystemModel>;
  /** What each domain does now: `runs`, `ready`, `waits` for anything, `calls` or `awaits` (the answer of) another, `faulted`, `stopped`. */
  states(): Promise<StateOfDomain[]>;
  /** The shared interrupts that are pending or enabled, by the interrupt controller. */
  interrupts(): Promise<InterruptState[]>;
  /**
   * What is wrong, in sentences; none where nothing is. Of one kind: `fault`, `loop`, `interrupt` (nobody acknowledged it),
   * `oddity` (a division by zero, a device accessed at an odd address: both pass here), `deadlock`, `starvation` (a domain could run, and others do).
   */
  findings(kind?: FindingKind): Promise<string[]>;
  /** Lets the machine run for this virtual time. */
  runFor(time: Time): Promise<void>;
  /** Lets the machine run until a console line matches, or, without a pattern, until it has been silent for 100 ms. False after `timeout` (10 s). */
  until(pattern?: RegExp | string, options?: { timeout?: Time }): Promise<boolean>;
  console: {
    /** All that was printed so far. */
    text(): Promise<string>;
    /** Types on the console. What it does comes with `runFor` or `until`. */
    send(text: string): Promise<void>;
    /** Lets the machine run until new output matches; the check fails after `timeout` milliseconds (10,000). */
    expect(pattern: RegExp | string, options?: { timeout?: number }): Promise<string>;
  };
  /** Virtual nanoseconds and instructions since power-on. */
  status(): Promise<{ running: boolean; time: number; instructions: number }>;
}

/** What a check is told besides. */
export interface CheckedRun {
  /** What chance follows from, for example the words that a server gives: 1 in `%check`, another where the task is graded. */
  readonly seed: number;
  /**
   * What a function gives that the reader's TypeScript exports: the file that `typescript` of the task names. It runs in a process of its own;
   * values go there and come back as JSON. The check fails where the function throws, is not there, or gives no answer in 15 s of processor time.
   */
  call(name: string, ...values: readonly unknown[]): Promise<unknown>;
}

/** One thing that must be so. */
export interface Check {
  /** What is right when it passes, such as `the second key comes back`. */
  name: string;
  /** The name of the hint for a reader who fails it: one of the task's in chapter.json. */
  hint: string;
  /** The mark that it counts for where the task is graded: one of the task's `points` in chapter.json. The first unless given. */
  mark?: string;
  /** Where the task is graded, students are told neither its name nor why it failed; they get the hint. */
  hidden?: boolean;
  /** Fails by throwing, as `expect` and `fail` do. */
  check(machine: CheckedMachine, about: CheckedRun): Promise<void> | void;
}

/** What the module of a task exports. */
export interface TaskModule {
  /** What is done with the machine before the first check. Unless given, it runs until it is silent. */
  run?(machine: CheckedMachine, about: CheckedRun): Promise<void> | void;
  /** They see the same machine, one after the other. */
  checks: readonly Check[];
}
