/**
 * What the type checker of TypeScript cells knows before the first cell. A test holds it against `machine-api.ts`.
 * It is read by the compiler of cells.
 */
export const CELL_DECLARATION = `\
/** A running machine. */
export interface Machine extends AddedToMachine {
    console: {
        /** All that the guest has printed so far. */
        text(): Promise<string>;
        /** Types on the guest's console. */
        send(text: string): Promise<void>;
        /** Waits until new output matches, and returns what matched. \`timeout\` is in milliseconds, 10,000 unless given. */
        expect(pattern: RegExp | string, options?: { timeout?: number }): Promise<string>;
    };
    memory: {
        /** Reads \`length\` bytes at a guest address; a bigint where it is beyond 2^53, as a kernel's own are. */
        read(address: number | bigint, length: number, space?: "physical" | "virtual"): Promise<Uint8Array>;
    };
    /** What the last \`%trace\` saw, in order: all of it, or what has these values; a regular expression has to match. */
    events(wanted?: { [Key in keyof TracedEvent]?: TracedEvent[Key] | RegExp }): Promise<TracedEvent[]>;
    /** The frames that the network card sent and received in the last \`%trace\`, in order, with their bytes; \`text\` says what is in one. */
    frames(wanted?: { [Key in keyof TracedEvent]?: TracedEvent[Key] | RegExp }): Promise<(TracedEvent & { bytes: Uint8Array })[]>;
    /** How many instructions a domain, a virtual machine, the \`monitor\` or the \`microkernel\` has executed in the last \`%trace\`. */
    instructions(domain: string): Promise<number>;
    /** Where the last \`%profile\` found the machine, the most frequent first: how often in whose domain, and in which function of whom. */
    profile(): Promise<{ time: number; samples: number; domains: { who: string; count: number }[]; symbols: { who: string; symbol: string; count: number }[] }>;
    /** A variable of a domain's program. \`value\`: its first 8 bytes at most, as a number; \`exact\`: the same as a bigint; \`text\`: up to the first byte that is 0. */
    symbol(domain: string, name: string): Promise<{ address: number; size: number; bytes: Uint8Array; value: number; exact: bigint; text: string }>;
    /** Bytes of a domain, at an address of its own. */
    read(domain: string, address: number, length: number): Promise<Uint8Array>;
    /** The domains, what they see, and who may reach whom. */
    system(): Promise<{ domains: TracedDomain[] }>;
    /** What each domain does now: \`runs\`, \`ready\`, \`waits\` for anything, \`calls\` or \`awaits\` (the answer of) another, \`faulted\`, \`stopped\`. */
    states(): Promise<{ domain: string; priority: number; doing: string; to?: string; begun?: boolean }[]>;
    /** What is wrong, in sentences: all of it, or of one kind. None where nothing is. */
    findings(kind?: TroubleKind): Promise<string[]>;
    /** General registers of the boot processor. The machine must be paused or stopped. */
    registers(): Promise<{
        x: bigint[];
        sp: bigint;
        pc: bigint;
        pstate: number;
        exceptionLevel: 0 | 1 | 2;
    }>;
    /** Lets the machine go on. */
    run(): Promise<void>;
    /** Stops it where it is. */
    pause(): Promise<{ running: boolean; time: number; instructions: number }>;
    /** Virtual nanoseconds and instructions since power-on. */
    status(): Promise<{ running: boolean; time: number; instructions: number }>;
}
/** \`interrupt\`: one that nobody acknowledged. \`starvation\`: a domain could run, and others do. */
export type TroubleKind = "fault" | "interrupt" | "oddity" | "deadlock" | "starvation";
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
export interface TracedDomain {
    name: string;
    kind: string;
    priority?: number;
    maps: { region: string; start: number; end: number; physical: number; rights: string; cached: boolean }[];
    interrupts: { irq: number; channel: number }[];
    reaches: { to: string; by: string; channel?: number; region?: string; rights?: string }[];
}
/** The machine that \`%run\` started. */
export declare const machine: Machine;
export type TracedPattern = {
    [Key in keyof TracedEvent]?: TracedEvent[Key] | RegExp | ((value: NonNullable<TracedEvent[Key]>) => boolean) | TracedEvent[Key][];
};
export interface ExpectedMachine {
    /** No domain waits for an answer that cannot come. */
    isNotDeadlocked(): Promise<void>;
    /** Every domain that could run has had its turn in the last 10 ms. */
    starvesNobody(): Promise<void>;
    /** Each interrupt that was delivered is acknowledged, within 10 ms where the system is at work; and none is raised for nobody. */
    acknowledgesInterrupts(): Promise<void>;
    /** No domain was stopped by a fault. */
    hasNoFaults(): Promise<void>;
}
export interface ExpectedEvents {
    /** One after the other; others may lie between. \`within("2ms")\`: from the first to the last. */
    inOrder(...patterns: TracedPattern[]): { events: readonly TracedEvent[]; within(time: string | number): unknown };
    some(pattern: TracedPattern): { events: readonly TracedEvent[]; within(time: string | number): unknown };
    never(...patterns: TracedPattern[]): ExpectedEvents;
    times(count: number | { atLeast?: number; atMost?: number }, pattern: TracedPattern): ExpectedEvents;
    each(pattern: TracedPattern): { isFollowedBy(pattern: TracedPattern, options?: { within?: string | number }): void };
}
export interface ExpectedValue<T> {
    is(wanted: T): ExpectedValue<T>;
    isNot(unwanted: T): ExpectedValue<T>;
    isAtLeast(least: number | bigint): ExpectedValue<T>;
    isAtMost(most: number | bigint): ExpectedValue<T>;
    contains(part: string): ExpectedValue<T>;
    matches(pattern: RegExp): ExpectedValue<T>;
}
/** What is expected of \`await machine.events()\`. The cell fails where it is not so, and says what the machine did. */
export declare function expect(events: readonly TracedEvent[], what?: string): ExpectedEvents;
/** What is expected of \`machine\` as it is now: \`await expect(machine).isNotDeadlocked()\`. */
export declare function expect(machine: Machine): ExpectedMachine;
/** What is expected of a value. \`what\`: how the message calls it. */
export declare function expect<T>(value: T, what?: string): ExpectedValue<T>;
/** The cell fails, with this message. */
export declare function fail(message: string): never;
/** Asks the person at the notebook. */
export declare function input(prompt?: string, options?: { password?: boolean }): Promise<string>;
`;

/**
 * What kits add to `machine`: members of an interface each. tslab hands a cell's declarations on to the next one, but not
 * global ones, so this goes before each cell.
 */
export function addedDeclaration(members: readonly string[]): string {
  return `declare global {\ninterface AddedToMachine {\n${members.join('')}}\n}\n`;
}
