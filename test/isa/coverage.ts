/** What has been executed: rows of the table, and handlers, which are rows with their statics. */
import type { Encoding } from '../../emulator/cpu/encoding.js';
import { handlerNumbers } from '../../emulator/cpu/interpreter/generate.js';
import { instructionTable } from '../../emulator/cpu/isa/index.js';
import type { Result } from './compare.js';
import { OFFSET, SIGNALS, SLOT_WORDS, slotAddress } from './layout.js';
import type { Trial } from './sequence.js';
import { decoder } from './words.js';

export interface Counts {
  executed: number;
  /** Of these took an exception. */
  faulted: number;
  /** Of these are part of translated code in the second run. */
  translated: number;
}

/** Counts by the number of the handler. */
export type Tally = Map<number, Counts>;

/** Counts the instructions that were drawn and executed: not what a branch went over, nor what prepares them. */
export function tallyOf(trials: readonly Trial[], { executed, isTranslated, after }: Result): Tally {
  const tally: Tally = new Map();
  for (const trial of trials) {
    const record = after(trial, 'peer');
    const faults = SIGNALS.reduce((all, signal) => all | record.getBigUint64(OFFSET.faults + 8 * signal, true), 0n);
    for (const { position, length } of trial.items) {
      const word = position + length - 1;
      const instruction = executed.get(trial.slot * SLOT_WORDS + word);
      if (!instruction) continue;
      const handler = decoder.handlerOf(instruction.row, instruction.fields);
      const counts = tally.get(handler) ?? { executed: 0, faulted: 0, translated: 0 };
      counts.executed++;
      if (faults && (faults >> BigInt(word)) & 1n) counts.faulted++;
      if (isTranslated(slotAddress(trial.slot) + 4 * word)) counts.translated++;
      tally.set(handler, counts);
    }
  }
  return tally;
}

const none: Counts = { executed: 0, faulted: 0, translated: 0 };
const sum = (a: Counts, b: Counts): Counts => ({
  executed: a.executed + b.executed,
  faulted: a.faulted + b.faulted,
  translated: a.translated + b.translated,
});

interface Handler {
  readonly row: Encoding;
  readonly statics: Readonly<Record<string, number>>;
}

const handlers: ReadonlyMap<number, Handler> = new Map(
  [...handlerNumbers(instructionTable)].flatMap(([row, variants]) =>
    variants.map(({ handler, statics }) => [handler, { row, statics }] as const),
  ),
);

export class Coverage {
  total = none;
  private readonly byHandler: Tally = new Map();
  private readonly byRow = new Map<Encoding, Counts>(instructionTable.map((row) => [row, none]));

  add(tally: Tally): void {
    for (const [handler, counts] of tally) {
      const { row } = handlers.get(handler)!;
      this.total = sum(this.total, counts);
      this.byHandler.set(handler, sum(this.byHandler.get(handler) ?? none, counts));
      this.byRow.set(row, sum(this.byRow.get(row)!, counts));
    }
  }

  private rows(which: (counts: Counts) => boolean): string[] {
    return [...this.byRow].flatMap(([{ name }, counts]) => (which(counts) ? [name] : []));
  }

  /** Rows of which nothing has been executed. */
  get missedRows(): string[] {
    return this.rows(({ executed }) => executed === 0);
  }

  /** Rows that have taken an exception each time, so that no effect has been compared. */
  get trappedRows(): string[] {
    return this.rows(({ executed, faulted }) => executed > 0 && faulted === executed);
  }

  /** Rows that are left to the interpreter. */
  get untranslatedRows(): string[] {
    return this.rows(({ executed, translated }) => executed > 0 && translated === 0);
  }

  /** The row that has been executed least. */
  get least(): { name: string; executed: number } {
    const counts = [...this.byRow].map(([{ name }, { executed }]) => ({ name, executed }));
    return counts.reduce((least, each) => (each.executed < least.executed ? each : least));
  }

  get handlers(): { hit: number; all: number; missed: string[] } {
    const missed = [...handlers].flatMap(([number, { row, statics }]) =>
      this.byHandler.has(number) ? [] : [`${row.name} ${JSON.stringify(statics)}`],
    );
    return { hit: this.byHandler.size, all: handlers.size, missed };
  }
}
