/** Sequences one chunk after the other, until as many instructions as wanted have been compared. */
import type { CoreModules } from '../../emulator/cpu/processor-interfaces.js';
import { compareTrials } from './compare.js';
import { Coverage } from './coverage.js';
import { CHUNK, OFFSET, SIGNALS } from './layout.js';
import { buildProgram } from './program.js';
import { explain } from './report.js';

/** Mismatches that are explained. */
const EXPLAINED = 10;
/** A sequence has at least as many instructions that are executed, on average. */
const EXPECTED_LENGTH = 7;

export interface Task {
  /** Instructions. */
  readonly count: number;
  readonly seed: number;
  /** The first sequence. */
  readonly from: number;
  readonly modules: CoreModules;
  report(text: string): void;
  progress(text: string): void;
}

export interface Outcome {
  readonly coverage: Coverage;
  readonly trials: number;
  readonly mismatches: number;
}

export async function runTrials({ count, seed, from, modules, report, progress }: Task): Promise<Outcome> {
  const coverage = new Coverage();
  let mismatches = 0;
  let next = from;
  while (coverage.executed < count) {
    const wanted = Math.ceil((count - coverage.executed) / EXPECTED_LENGTH);
    const program = buildProgram(seed, next, Math.min(wanted, CHUNK - (next % CHUNK)));
    const result = await compareTrials(program, modules);
    coverage.add(program.trials, result, (trial) => {
      const view = result.after(trial, 'peer');
      return SIGNALS.reduce((all, signal) => all | view.getBigUint64(OFFSET.faults + 8 * signal, true), 0n);
    });
    for (const { trial, tier } of result.different) {
      if (mismatches++ < EXPLAINED) report(await explain(seed, trial.index, tier, modules));
    }
    next += program.trials.length;
    progress(`${coverage.executed} of ${count} instructions compared, ${mismatches} mismatches`);
  }
  return { coverage, trials: next - from, mismatches };
}
