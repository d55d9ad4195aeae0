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
        /** Reads \`length\` bytes at a guest address. */
        read(address: number, length: number, space?: "physical" | "virtual"): Promise<Uint8Array>;
    };
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
/** The machine that \`%run\` started. */
export declare const machine: Machine;
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
