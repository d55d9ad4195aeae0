/** Sequences chunk by chunk, until as many instructions as wanted have been compared. */
import type { CoreModules } from '../../emulator/cpu/processor-interfaces.js';
import type { Chunk, ChunkResult } from './chunk.js';
import { Coverage } from './coverage.js';
import { CHUNK } from './layout.js';
import { explain } from './report.js';

/** Mismatches that are explained. */
const EXPLAINED = 10;
/** Instructions of a sequence that are executed: a little fewer than there are on average. */
const EXPECTED_LENGTH = 7.7;

export interface Task {
  /** Instructions, at least. */
  readonly count: number;
  readonly seed: number;
  /** The first sequence. */
  readonly from: number;
  readonly modules: CoreModules;
  /** Chunks that are run at the same time. It changes nothing but speed. */
  readonly jobs: number;
  readonly run: (chunk: Chunk) => Promise<ChunkResult>;
  readonly report: (text: string) => void;
  readonly progress: (text: string) => void;
}

export interface Outcome {
  readonly coverage: Coverage;
  readonly trials: number;
  readonly mismatches: number;
}

export async function runTrials({ count, seed, from, modules, jobs, run, report, progress }: Task): Promise<Outcome> {
  const coverage = new Coverage();
  const running: { chunk: Chunk; result: Promise<ChunkResult> }[] = [];
  let mismatches = 0;
  let trials = 0;
  let next = from;
  let end = from;
  // Results count in their order, whichever is there first.
  while (coverage.total.executed < count) {
    if (running.length === 0) end += Math.ceil((count - coverage.total.executed) / EXPECTED_LENGTH);
    while (running.length < jobs && next < end) {
      const chunk = { seed, first: next, count: Math.min(end - next, CHUNK - (next % CHUNK)) };
      next += chunk.count;
      const result = run(chunk);
      // Reported when its turn comes.
      result.catch(() => undefined);
      running.push({ chunk, result });
    }
    const { chunk, result } = running.shift()!;
    const { tally, different } = await result;
    coverage.add(tally);
    trials += chunk.count;
    for (const { index, tier } of different) {
      if (mismatches++ < EXPLAINED) report(await explain(seed, index, tier, modules));
    }
    progress(`${coverage.total.executed} of ${count} instructions compared, ${mismatches} mismatches`);
  }
  return { coverage, trials, mismatches };
}
