/**
 * The running machine as a TypeScript cell sees it, by the name `machine`. Cells run in a process of their own, so
 * every call is asynchronous. The parent process hands an object of this type to `TypeScriptCells`.
 *
 * `machine-declaration.ts` tells the same to the cells' type checker.
 */
export interface MachineApi {
  console: MachineConsole;
  memory: MachineMemory;
  /** What the last `%trace` saw, in order: all of it, or what has these values; a regular expression has to match. */
  events(wanted?: TracedFilter): Promise<TracedEvent[]>;
  /** The frames that the network card sent and received in the last `%trace`, in order, with their bytes. */
  frames(wanted?: TracedFilter): Promise<(TracedEvent & { bytes: Uint8Array })[]>;
  /** How many instructions a domain, a virtual machine, the `monitor` or the `microkernel` has executed in the last `%trace`. */
  instructions(domain: string): Promise<number>;
  /** Where the last `%profile` found the machine, the most frequent first: how often in whose domain, and in which function of whom. */
  profile(): Promise<{
    time: number;
    samples: number;
    domains: { who: string; count: number }[];
    symbols: { who: string; symbol: string; count: number }[];
  }>;
  /** A variable of a domain's program. `value`: its first 8 bytes at most, as a number; `text`: up to the first byte that is 0. */
  symbol(
    domain: string,
    name: string,
  ): Promise<{ address: number; size: number; bytes: Uint8Array; value: number; exact: bigint; text: string }>;
  /** Bytes of a domain, at an address of its own. */
  read(domain: string, address: number, length: number): Promise<Uint8Array>;
  /** The domains, what they see, and who may reach whom. */
  system(): Promise<{ domains: TracedDomain[] }>;
  /** What each domain does now: `runs`, `ready`, `waits` for anything, `calls` or `awaits` (the answer of) another, `faulted`, `stopped`. */
  states(): Promise<{ domain: string; priority: number; doing: string; to?: string; begun?: boolean }[]>;
  /** What is wrong, in sentences: all of it, or of one kind. None where nothing is. */
  findings(kind?: TroubleKind): Promise<string[]>;
  /** General registers of the boot processor. The machine must be paused or stopped. */
  registers(): Promise<MachineRegisters>;
  /** Lets the machine go on. */
  run(): Promise<void>;
  /** Stops it where it is; takes effect within 50 ms. */
  pause(): Promise<MachineState>;
  status(): Promise<MachineState>;
}

/** `interrupt`: one that nobody acknowledged. `starvation`: a domain could run, and others do. */
export type TroubleKind = 'fault' | 'interrupt' | 'oddity' | 'deadlock' | 'starvation';

/** Something that a traced machine did; which values there are, its kind says. */
export interface TracedEvent {
  kind: string;
  /** Virtual nanoseconds since power-on. */
  time: number;
  /** Whose doing it is, or who gets an interrupt. */
  domain: string;
  to?: string;
  channel?: number;
  label?: number;
  took?: number;
  irq?: number;
  text?: string;
  at?: string;
  access?: string;
  address?: number;
  direction?: string;
  length?: number;
}

export type TracedFilter = { [Key in keyof TracedEvent]?: TracedEvent[Key] | RegExp };

export interface TracedDomain {
  name: string;
  kind: string;
  priority?: number;
  maps: { region: string; start: number; end: number; physical: number; rights: string; cached: boolean }[];
  interrupts: { irq: number; channel: number }[];
  reaches: { to: string; by: string; channel?: number; region?: string; rights?: string }[];
}

/** Methods of `machine` that are added while the kernel runs. */
export interface MachineMethods {
  /** The members of an interface, as the cells' type checker reads them. */
  declaration: string;
  methods: { [name: string]: (...args: unknown[]) => unknown };
}

export interface MachineConsole {
  /** All that the guest has printed so far. */
  text(): Promise<string>;
  /** Types on the guest's console. */
  send(text: string): Promise<void>;
  /**
   * Waits until new output matches, and returns what matched. Output counts as new from the end of the last match.
   * Rejects when `timeout` milliseconds have passed (10,000 unless said otherwise) or the machine stops.
   */
  expect(pattern: RegExp | string, options?: { timeout?: number }): Promise<string>;
}

export interface MachineMemory {
  /** Reads `length` bytes at a guest address. Rejects when the address is not RAM. */
  read(address: number | bigint, length: number, space?: 'physical' | 'virtual'): Promise<Uint8Array>;
}

export interface MachineRegisters {
  /** x0 to x30. */
  x: bigint[];
  sp: bigint;
  pc: bigint;
  pstate: number;
  exceptionLevel: 0 | 1 | 2;
}

export interface MachineState {
  running: boolean;
  /** Virtual nanoseconds since power-on. */
  time: number;
  /** Instructions retired. */
  instructions: number;
}

/** Paths of the methods that cells may call. A call by any other name is refused. */
export const MACHINE_METHODS = [
  'console.text',
  'console.send',
  'console.expect',
  'memory.read',
  'events',
  'frames',
  'instructions',
  'profile',
  'symbol',
  'read',
  'system',
  'states',
  'findings',
  'registers',
  'run',
  'pause',
  'status',
] as const;

export type MachineMethod = (typeof MACHINE_METHODS)[number];

const isMachineMethod = (name: string): name is MachineMethod => MACHINE_METHODS.some((known) => known === name);

/** Calls a method of the machine by its path, or one that was added by its name. */
export async function callMachine(
  machine: MachineApi,
  method: string,
  args: unknown[],
  added: readonly MachineMethods[] = [],
): Promise<unknown> {
  if (!isMachineMethod(method)) {
    const found = added.find(({ methods }) => Object.hasOwn(methods, method))?.methods[method];
    if (!found) throw new TypeError(`machine.${method} does not exist`);
    return found(...args);
  }
  const [first, second] = method.split('.') as [string, string | undefined];
  const members = machine as unknown as Record<string, unknown>;
  const owner = second === undefined ? members : members[first];
  const target = (owner as Record<string, ((...args: unknown[]) => unknown) | undefined>)[second ?? first];
  if (!target) throw new TypeError(`this machine has no ${method}`);
  return target.apply(owner, args);
}
