/** What has been executed: words, rows of the table, and handlers, which are rows with their statics. */
import type { Encoding } from '../../emulator/cpu/encoding.js';
import { handlerNumbers } from '../../emulator/cpu/interpreter/generate.js';
import { instructionTable } from '../../emulator/cpu/isa/index.js';
import type { Result } from './compare.js';
import { SLOT_WORDS, slotAddress } from './layout.js';
import type { Trial } from './sequence.js';
import { decoder } from './words.js';

const handlers = new Map([...handlerNumbers(instructionTable)].flatMap(([row, variants]) => variants.map(({ handler, statics }) => [handler, { row, statics }] as const)));

export class Coverage {
  /** Instructions drawn that have been executed, those of them that took an exception, and those in translated code. */
  executed = 0;
  faulted = 0;
  translated = 0;
  private readonly rows = new Map<Encoding, { executed: number; completed: number }>();
  private readonly hit = new Set<number>();

  /** `faults`: those of a trial, a bit for each word of its slot. */
  add(trials: readonly Trial[], { executed, isTranslated }: Pick<Result, 'executed' | 'isTranslated'>, faults: (trial: Trial) => bigint): void {
    for (const trial of trials) {
      const faulted = faults(trial);
      for (const { position, length } of trial.items) {
        const word = position + length - 1;
        const instruction = executed.get(trial.slot * SLOT_WORDS + word);
        if (!instruction) continue;
        const fault = (faulted >> BigInt(word)) & 1n;
        this.executed++;
        this.faulted += Number(fault);
        if (isTranslated(slotAddress(trial.slot) + 4 * word)) this.translated++;
        const row = this.rows.get(instruction.row) ?? { executed: 0, completed: 0 };
        row.executed++;
        row.completed += Number(1n - fault);
        this.rows.set(instruction.row, row);
        this.hit.add(decoder.handlerOf(instruction.row, instruction.fields));
      }
    }
  }

  /** Rows of which nothing has been executed. */
  get missedRows(): string[] {
    return instructionTable.filter((row) => !this.rows.has(row)).map(({ name }) => name);
  }

  /** Rows that have taken an exception each time, so that their effect is not compared. */
  get trappedRows(): string[] {
    return [...this.rows].flatMap(([{ name }, { completed }]) => (completed === 0 ? [name] : []));
  }

  get missedHandlers(): string[] {
    return [...handlers].flatMap(([handler, { row, statics }]) => (this.hit.has(handler) ? [] : [`${row.name} ${JSON.stringify(statics)}`]));
  }

  get handlers(): { hit: number; all: number } {
    return { hit: this.hit.size, all: handlers.size };
  }

  /** The row that has been executed least. */
  get least(): { name: string; executed: number } {
    const counts = [...this.rows].map(([{ name }, { executed }]) => ({ name, executed }));
    return counts.reduce((least, each) => (each.executed < least.executed ? each : least));
  }
}
