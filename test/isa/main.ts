/** `npm run test:isa -- --count N --seed S`: sequences of as many random instructions as asked for, beside qemu-aarch64. */
import { availableParallelism } from 'node:os';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { instructionTable } from '../../emulator/cpu/isa/index.js';
import { loadCoreModules } from '../../emulator/host-node/core-modules.js';
import { runTrials, type Outcome } from './run.js';
import { Workers } from './workers.js';

/** Handlers that are named where they have not been executed. */
const NAMED = 100;

interface Options {
  readonly count: number;
  readonly seed: number;
  readonly from: number;
  readonly jobs: number;
}

function wholeNumber(value: string): number {
  if (!/^\d{1,12}$/.test(value)) throw new InvalidArgumentError('Give a whole number.');
  return Number(value);
}

function jobNumber(value: string): number {
  const jobs = wholeNumber(value);
  if (jobs < 1 || jobs > 64) throw new InvalidArgumentError('Give a number from 1 to 64.');
  return jobs;
}

function summary({ coverage, trials, mismatches }: Outcome, seed: number, seconds: number): string[] {
  const { total, missedRows, untranslatedRows, least, handlers } = coverage;
  const limited = instructionTable.filter(({ notCompared }) => notCompared !== undefined);
  const reasons = [...new Set(limited.map(({ notCompared }) => notCompared!))];
  return [
    `${total.executed} instructions compared in ${trials} sequences, all interpreted, ${total.translated} of them translated as well; ${total.faulted} took an exception`,
    `${instructionTable.length - missedRows.length} of ${instructionTable.length} rows executed, ${least.name} least often: ${least.executed} times; not executed: ${missedRows.join(' ') || 'none'}`,
    `left to the interpreter: ${untranslatedRows.join(' ') || 'none'}`,
    `${handlers.hit} of ${handlers.all} handlers (rows with their statics) executed`,
    ...(handlers.missed.length <= NAMED ? handlers.missed.map((missed) => `  not ${missed}`) : []),
    `${instructionTable.length - limited.length} rows are compared in full; of ${limited.length} this is left out:`,
    ...reasons.map(
      (reason) =>
        `  ${limited
          .filter(({ notCompared }) => notCompared === reason)
          .map(({ name }) => name)
          .join(', ')}: ${reason}`,
    ),
    `${mismatches} mismatches; seed ${seed}; ${Math.round(seconds)} s`,
  ];
}

async function run({ count, seed, from, jobs }: Options): Promise<number> {
  const start = performance.now();
  const workers = new Workers(jobs);
  const outcome = await runTrials({
    count,
    seed,
    from,
    jobs,
    modules: loadCoreModules(),
    run: (chunk) => workers.run(chunk),
    report: (text) => console.log(text),
    progress: (text) => process.stderr.write(`${text}\n`),
  });
  for (const line of summary(outcome, seed, (performance.now() - start) / 1000)) console.log(line);
  return outcome.mismatches === 0 ? 0 : 1;
}

const command = new Command('npm run test:isa --')
  .description(
    'Runs sequences of random instructions of every row of the table here and in qemu-aarch64, and compares registers, flags, FPSR, faults and memory.',
  )
  .option('--count <N>', 'instructions, at least', wholeNumber, 10_000)
  .option('--seed <S>', 'what is drawn', wholeNumber, 1)
  .option('--from <T>', 'number of the first sequence', wholeNumber, 0)
  .option('--jobs <J>', 'threads', jobNumber, availableParallelism())
  .allowExcessArguments(false)
  .exitOverride();

async function main(): Promise<number> {
  try {
    command.parse();
    return await run(command.opts<Options>());
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    console.error(`test:isa: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}

// What is still running is of no use.
void main().then((code) => process.exit(code));
