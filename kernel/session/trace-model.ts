/** What a trace is told as: steps between domains, and what went through channels. */

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

export interface TracedSteps {
  steps: Step[];
  channels: ChannelActivity[];
}
