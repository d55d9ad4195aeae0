/** What a trace is told as: steps between domains, and what went through channels. */
import type { FrameDirection } from '../../emulator/network/link.js';

export const traceKinds = ['ipc', 'calls', 'faults', 'interrupts', 'mmio', 'guest', 'console'] as const;
export type TraceKind = (typeof traceKinds)[number];

/** All that is not a domain, a guest or the microkernel. */
export const DEVICES = 'devices';

export interface Step {
  kind: TraceKind;
  /** Virtual nanoseconds since the trace began. */
  time: number;
  from: string;
  to: string;
  text: string;
  /** The symbol where it was, if there is one. */
  at?: string;
  /** An answer, drawn as such. */
  answer?: boolean;
  /** How often it came in a row. */
  count: number;
}

/** What happened on one end of a channel. Times are virtual nanoseconds, until the answer. */
export interface ChannelActivity {
  domain: string;
  id: number;
  calls: number;
  callTime: number;
  notifications: number;
}

/** What every event of a machine says. */
interface Happened {
  /** Virtual nanoseconds since power-on. */
  time: number;
  /**
   * Whose doing it is: who calls, replies, notifies, faults, acknowledges or prints. Of an interrupt: who gets it. A protection
   * domain, a virtual machine, `monitor`, or `microkernel`, which also stands for the loader.
   */
  domain: string;
}

/** What a memory fault was about. */
interface Touched {
  access: 'read' | 'write' | 'execute';
  address: number;
  exactAddress: bigint;
}

/** What a machine did, as checks of tasks and TypeScript cells see it. */
export type MachineEvent = Happened &
  (
    | { kind: 'call'; to: string; channel: number; label: number }
    /** `took`: nanoseconds since the call. Without a channel it answers a fault. */
    | { kind: 'reply'; to: string; channel?: number; took?: number }
    | { kind: 'notification'; to: string; channel: number }
    /** `to`: who deals with it. `at`: the function. `text`: what it was, in words. `address`: exact up to 2^53; `exactAddress` always. */
    | ({ kind: 'fault'; to: string; text: string; at?: string } & Partial<Touched>)
    /** A device has raised it. `channel`: the id that the description gives it; absent where nobody has it. */
    | { kind: 'raised'; irq: number; channel?: number }
    /** The microkernel has taken it, and notifies the domain. */
    | { kind: 'delivered'; irq: number; channel?: number }
    | { kind: 'acknowledged'; irq: number; channel: number }
    /** It goes on after another. */
    | { kind: 'runs' }
    /** Characters that it printed in a row. */
    | { kind: 'print'; text: string }
    /** A line of the console that has ended; who began it. */
    | { kind: 'line'; text: string }
    /** The network card that it has sent or received a frame. `text`: what is in it. `length`: in bytes, without a check sequence. */
    | { kind: 'frame'; direction: FrameDirection; text: string; length: number }
  );
export type MachineEventKind = MachineEvent['kind'];
/** What kinds of events say of themselves. */
export type EventFacts = MachineEvent extends infer Event ? (Event extends MachineEvent ? Omit<Event, 'time' | 'domain'> : never) : never;

/** A frame with its bytes, from the destination's address on. */
export type NetworkFrame = Extract<MachineEvent, { kind: 'frame' }> & { bytes: Uint8Array };

/** Instructions by name: domains, virtual machines, the monitor, and the microkernel, which also stands for the loader. */
export type InstructionCounts = ReadonlyMap<string, number>;

export interface TracedSteps {
  steps: Step[];
  channels: ChannelActivity[];
  events: MachineEvent[];
  frames: NetworkFrame[];
}
