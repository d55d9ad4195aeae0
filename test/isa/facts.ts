/** What the maker of a sequence knows about the general registers at its place. */
import { OFFSET } from './layout.js';

/** The stack pointer's number here; the zero register has none. */
export const SP = 31;

/**
 * `free`: as the trial begins, by chance, and that may still be changed. `fixed`: as it begins, and something relies on
 * it. `set`: written with a known value. `unknown`: written.
 */
type Fact = 'free' | 'fixed' | 'set' | 'unknown';

interface State {
  fact: Fact;
  value: bigint;
  /** Where in the sequence it was last written, and by which item. */
  position: number;
  item: number;
}

export class RegisterFacts {
  private readonly states: State[] = Array.from({ length: 32 }, () => ({ fact: 'free', value: 0n, position: -1, item: -1 }));

  /** `record`: the trial's, as 32-bit words. */
  constructor(private readonly record: Uint32Array) {}

  private cell(register: number): number {
    return (register === SP ? OFFSET.sp : OFFSET.x + 8 * register) / 4;
  }

  isFree(register: number): boolean {
    return this.states[register]!.fact === 'free';
  }

  isKnown(register: number): boolean {
    return this.states[register]!.fact !== 'unknown';
  }

  /** Its value, which from now on is relied on. */
  value(register: number): bigint {
    const state = this.states[register]!;
    if (state.fact === 'free') {
      const cell = this.cell(register);
      state.fact = 'fixed';
      state.value = (BigInt(this.record[cell + 1]!) << 32n) | BigInt(this.record[cell]!);
    }
    return state.value;
  }

  /** The item that gave the register its value; undefined: it has it from the beginning. */
  setBy(register: number): number | undefined {
    const { fact, item } = this.states[register]!;
    return fact === 'set' ? item : undefined;
  }

  /** Registers whose values something relies on already. */
  relied(): number[] {
    return this.states.flatMap(({ fact }, register) => (fact === 'fixed' || fact === 'set' ? [register] : []));
  }

  /** Decides what a free register begins with. */
  begin(register: number, value: bigint): void {
    const cell = this.cell(register);
    this.record[cell] = Number(value & 0xffffffffn);
    this.record[cell + 1] = Number((value >> 32n) & 0xffffffffn);
    Object.assign(this.states[register]!, { fact: 'fixed', value });
  }

  /** A branch goes to where its register leads: nothing else relies on it until that is known. */
  reserve(register: number): void {
    Object.assign(this.states[register]!, { fact: 'unknown' });
  }

  write(register: number, position: number, item: number, value?: bigint): void {
    this.states[register] = { fact: value === undefined ? 'unknown' : 'set', value: value ?? 0n, position, item };
  }

  /** Here arrives a branch from a position: what was written between may not have been. */
  arrive(from: number): void {
    for (const state of this.states) if (state.position >= from) state.fact = 'unknown';
  }
}
