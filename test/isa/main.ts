/** `npm run test:isa -- --count N --seed S`: sequences of as many random instructions as asked for, beside qemu-aarch64. */
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { loadCoreModules } from '../../emulator/machine/core-modules.js';
import { runTrials } from './run.js';
import { instructionTable } from '../../emulator/cpu/isa/index.js';

function wholeNumber(value: string): number {
  if (!/^\d{1,12}$/.test(value)) throw new InvalidArgumentError('Give a whole number.');
  return Number(value);
}

async function run(count: number, seed: number, from: number): Promise<number> {
  const start = performance.now();
  const { coverage, trials, mismatches } = await runTrials({
    count, seed, from, modules: loadCoreModules(), report: (text) => console.log(text),
    progress: (text) => process.stderr.write(`${text}\n`),
  });
  const { executed, faulted, translated, missedRows, handlers, missedHandlers, least } = coverage;
  const limited = instructionTable.filter(({ notCompared }) => notCompared !== undefined);
  console.log(`${executed} instructions compared in ${trials} sequences; ${translated} of them translated as well as interpreted; ${faulted} took an exception`);
  console.log(`${instructionTable.length - missedRows.length} of ${instructionTable.length} rows executed, ${least.name} least often: ${least.executed} times; not: ${missedRows.join(' ') || 'none'}`);
  console.log(`${handlers.hit} of ${handlers.all} handlers (rows with their statics) executed${missedHandlers.length > 0 && missedHandlers.length <= 100 ? `; not:\n  ${missedHandlers.join('\n  ')}` : ''}`);
  console.log(`${instructionTable.length - limited.length} rows are compared in full; of ${limited.length} something is left out:`);
  for (const reason of new Set(limited.map(({ notCompared }) => notCompared!))) {
    console.log(`  ${limited.filter(({ notCompared }) => notCompared === reason).map(({ name }) => name).join(', ')}: ${reason}`);
  }
  console.log(`${mismatches} mismatches; seed ${seed}; ${Math.round((performance.now() - start) / 1000)} s`);
  return mismatches === 0 ? 0 : 1;
}

const command = new Command('npm run test:isa --')
  .description('Runs sequences of random instructions of every row of the table here and in qemu-aarch64, and compares registers, flags, FPSR, faults and memory.')
  .option('--count <N>', 'instructions, at least', wholeNumber, 10_000)
  .option('--seed <S>', 'what is drawn', wholeNumber, 1)
  .option('--from <T>', 'number of the first sequence', wholeNumber, 0)
  .allowExcessArguments(false)
  .exitOverride();

async function main(): Promise<number> {
  try {
    command.parse();
    const { count, seed, from } = command.opts<{ count: number; seed: number; from: number }>();
    return await run(count, seed, from);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    console.error(`test:isa: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}

void main().then((code) => (process.exitCode = code));
