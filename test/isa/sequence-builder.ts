/** The words of a sequence as they grow: instructions, values that they load, and what is known of registers meanwhile. */
import { SLOT_SINK, SLOT_SP } from '../../emulator/cpu/layout.js';
import { RegisterFacts, SP } from './facts.js';
import { OFFSET, SLOT_WORDS, recordAddress } from './layout.js';
import type { Random } from './state.js';
import type { Drawn } from './words.js';

/** Words after the sequence, which store everything. */
const EPILOGUE = 3;

/** One instruction drawn, with what prepares it. */
export interface Item {
  readonly row: string;
  /** Its words: the last one is the instruction. Positions count from the start of the slot. */
  readonly position: number;
  readonly length: number;
  /** Items that gave registers the values which this one relies on. */
  readonly needs: readonly number[];
}

export class SequenceBuilder {
  readonly words: number[] = [];
  readonly items: Item[] = [];
  protected readonly literals: bigint[] = [];
  protected readonly facts: RegisterFacts;
  /** Of the item that is being made. */
  protected needs = new Set<number>();

  /** `record`: the trial's, filled. */
  constructor(
    protected readonly random: Random,
    protected readonly slot: number,
    protected readonly record: Uint32Array,
  ) {
    this.facts = new RegisterFacts(record);
    this.literals.push(0n, BigInt(recordAddress(slot)));
    // X30 was the harness's.
    this.words.push(this.loadLiteral(30, 0));
  }

  protected loadLiteral(register: number, literal: number): number {
    const distance = SLOT_WORDS - 2 * (literal + 1) - this.words.length;
    return (0x58000000 | (distance << 5) | register) >>> 0;
  }

  /** Words that still fit into the slot. */
  protected get room(): number {
    return SLOT_WORDS - EPILOGUE - this.words.length - 2 * this.literals.length;
  }

  /** The instruction itself: after it, the registers that it writes are unknown. */
  protected append({ row, word, fields }: Drawn): void {
    const position = this.words.push(word) - 1;
    for (const { rule } of row.operandList) {
      if (rule.kind !== 'gpr' || row.fieldBits.get(rule.letter)!.width !== 5) continue;
      const number = fields[rule.letter];
      const slot = rule.encode(number, fields);
      const isDestination = rule.letter === 'd' || rule.encode(31, fields) === SLOT_SINK;
      if (isDestination && slot !== SLOT_SINK) this.facts.write(slot === SLOT_SP ? SP : number, position, this.items.length);
    }
  }

  /** Lets a register have a value: from the beginning, or loaded here. False: it cannot. */
  protected provide(register: number, value: bigint): boolean {
    const { facts } = this;
    if (facts.isFree(register)) {
      facts.begin(register, value);
      return true;
    }
    if (facts.isKnown(register) && facts.value(register) === value) {
      this.relyOn(register);
      return true;
    }
    if (register === SP || this.room < 6) return false;
    this.literals.push(value);
    this.words.push(this.loadLiteral(register, this.literals.length - 1));
    facts.write(register, this.words.length - 1, this.items.length, value);
    return true;
  }

  protected relyOn(register: number): bigint {
    const item = this.facts.setBy(register);
    if (item !== undefined && item !== this.items.length) this.needs.add(item);
    return this.facts.value(register);
  }

  /** A register that may still begin with anything, else the one given. */
  protected freeRegister(otherwise: number): number {
    const start = this.random.below(32);
    for (let i = 0; i < 32; i++) if (this.facts.isFree((start + i) & 31)) return (start + i) & 31;
    return otherwise;
  }

  protected setInitial(register: number, value: bigint): void {
    this.record[(OFFSET.x + 8 * register) / 4] = Number(value & 0xffffffffn);
    this.record[(OFFSET.x + 8 * register) / 4 + 1] = Number(value >> 32n);
  }

  /** The slot as it is in memory. `away`: a branch to where the harness stores everything. */
  code(away: (position: number) => number): Uint32Array {
    const code = new Uint32Array(SLOT_WORDS);
    code.set(this.words);
    code[this.words.length] = away(this.words.length);
    const { record } = this;
    this.literals[0] = (BigInt(record[(OFFSET.x + 240) / 4 + 1]!) << 32n) | BigInt(record[(OFFSET.x + 240) / 4]!);
    this.literals.forEach((value, i) => {
      code[SLOT_WORDS - 2 * (i + 1)] = Number(value & 0xffffffffn);
      code[SLOT_WORDS - 2 * (i + 1) + 1] = Number((value >> 32n) & 0xffffffffn);
    });
    return code;
  }
}
