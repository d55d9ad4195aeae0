/** A chunk of trials, made, run and compared: what can be done in a thread of its own. */
import type { CoreModules } from '../../emulator/cpu/processor-interfaces.js';
import { compareTrials, type Tier } from './compare.js';
import { tallyOf, type Tally } from './coverage.js';
import { buildProgram } from './program.js';

export interface Chunk {
  readonly seed: number;
  /** Numbers of the trials; all are in one `CHUNK`. */
  readonly first: number;
  readonly count: number;
}

export interface ChunkResult {
  readonly tally: Tally;
  readonly different: readonly { readonly index: number; readonly tier: Tier }[];
}

export async function runChunk({ seed, first, count }: Chunk, modules: CoreModules): Promise<ChunkResult> {
  const program = buildProgram(seed, first, count);
  const result = await compareTrials(program, modules);
  return { tally: tallyOf(program.trials, result), different: result.different.map(({ trial: { index }, tier }) => ({ index, tier })) };
}
