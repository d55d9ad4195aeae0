/** `npm run test:isa -- --count N --seed S`: as many random instructions as asked for, beside qemu-aarch64. */
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { loadCoreModules } from '../../emulator/machine/core-modules.js';
import { compareTrials } from './compare.js';
import { Random } from './state.js';
import { testedRows, trial, type Trial } from './words.js';

/** Trials of one program, which both sides run as a whole. */
const CHUNK = 4500;
/** Mismatches that are printed in full. */
const SHOWN = 20;

function wholeNumber(value: string): number {
  if (!/^\d{1,12}$/.test(value)) throw new InvalidArgumentError('Give a whole number.');
  return Number(value);
}

/** Rows in turn, so that each has its share of every chunk. */
function draw(count: number, first: number, random: Random): Trial[] {
  const trials: Trial[] = [];
  for (let row = first; trials.length < count; row++) {
    let drawn: Trial | undefined;
    for (let attempts = 0; !drawn && attempts < 4000; attempts++) drawn = trial(testedRows[row % testedRows.length]!, random);
    if (!drawn) throw new Error(`no word of ${testedRows[row % testedRows.length]!.name} can be tried`);
    trials.push(drawn);
  }
  return trials;
}

function run(count: number, seed: number): number {
  const modules = loadCoreModules();
  const random = new Random(seed);
  const rows = new Set<string>();
  let compared = 0;
  let mismatches = 0;
  while (compared < count) {
    const trials = draw(Math.min(CHUNK, count - compared), compared, random);
    const { differences } = compareTrials(trials, random, modules);
    for (const { text } of differences.slice(0, Math.max(0, SHOWN - mismatches))) console.log(text);
    for (const { row } of trials) rows.add(row);
    compared += trials.length;
    mismatches += differences.length;
    process.stderr.write(`${compared} of ${count} compared, ${mismatches} mismatches\n`);
  }
  console.log(`${compared} instructions compared, interpreted and translated, of ${rows.size} rows (${testedRows.length} are tested); ${mismatches} mismatches; seed ${seed}`);
  return mismatches === 0 ? 0 : 1;
}

const command = new Command('npm run test:isa --')
  .description('Runs random instructions of every row of the table here and in qemu-aarch64, and compares registers, flags, FPSR and memory.')
  .option('--count <N>', 'instructions', wholeNumber, 10_000)
  .option('--seed <S>', 'what is drawn', wholeNumber, 1)
  .allowExcessArguments(false)
  .exitOverride();
try {
  command.parse();
  const { count, seed } = command.opts<{ count: number; seed: number }>();
  process.exitCode = run(count, seed);
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    console.error(`test:isa: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
