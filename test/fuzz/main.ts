/** `npm run fuzz -- --operations N --seed S --target NAME`: what the suites do a little, as long as wanted. */
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { Worker } from 'node:worker_threads';
import { targets } from './targets.js';
import type { FuzzJob, FuzzReport } from './worker.js';

/** Milliseconds without an operation done that mean a loop without an end. */
const HANGS = 120_000;
/** Megabytes of JavaScript's own that a run may have: more is growth without bounds. */
const MOST_MEMORY = 1536;
const PROGRESS = 10_000;

interface Options {
  operations: number;
  seed: number[];
  target?: string[];
  list?: boolean;
}

function wholeNumber(value: string): number {
  if (!/^\d{1,12}$/.test(value)) throw new InvalidArgumentError('Give a whole number.');
  return Number(value);
}

/** In a thread of its own, which is ended when it does not come on. @returns what went wrong, if anything did */
function runOnce(name: string, seed: number, operations: number): Promise<FuzzReport> {
  const progress = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL('./worker.js', `file://${__filename}`), {
    workerData: { name, seed, operations, progress } satisfies FuzzJob,
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEMORY },
  });
  return new Promise((resolve) => {
    let last = 0;
    let since = performance.now();
    let shown = since;
    const watch = setInterval(() => {
      const done = Atomics.load(progress, 0);
      const now = performance.now();
      if (done !== last) [last, since] = [done, now];
      else if (now - since > HANGS) end({ failure: `operation ${done + 1} has not ended in ${HANGS / 1000} s` });
      if (now - shown > PROGRESS) {
        process.stderr.write(`${name}: ${done} of ${operations}, seed ${seed}\n`);
        shown = now;
      }
    }, 500);
    const end = (report: FuzzReport): void => {
      clearInterval(watch);
      void worker.terminate();
      resolve(report);
    };
    worker.once('message', end);
    worker.once('error', (error) => end({ failure: `after ${Atomics.load(progress, 0)} operations: ${error.stack ?? error.message}` }));
  });
}

async function run({ operations, seed: seeds, target: wanted }: Options): Promise<number> {
  const chosen = targets.filter(({ name }) => !wanted || wanted.some((each) => name === each || name.startsWith(`${each}/`)));
  if (chosen.length === 0) throw new Error(`there is no target ${wanted?.join(', ')}; --list names all`);
  let failures = 0;
  for (const { name } of chosen) {
    for (const seed of seeds) {
      const start = performance.now();
      const { failure, digest } = await runOnce(name, seed, operations);
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      console.log(
        failure === undefined
          ? `${name}: ${operations} operations, seed ${seed}, ${digest}, ${seconds} s`
          : `${name}: seed ${seed}: FAILED ${failure}`,
      );
      if (failure !== undefined) failures++;
    }
  }
  console.log(`${chosen.length} targets, ${seeds.length} seeds, ${operations} operations each; ${failures} failures`);
  return failures === 0 ? 0 : 1;
}

const command = new Command('npm run fuzz --')
  .description('Does to devices, network, loaders and protocols what no honest guest, file or client would.')
  .option('--operations <N>', 'for each target and seed', wholeNumber, 20_000)
  .option('--seed <S...>', 'what is drawn', (value, before: number[] | undefined) => [...(before ?? []), wholeNumber(value)])
  .option('--target <NAME...>', 'a target, or all whose names begin with NAME/')
  .option('--list', 'names the targets')
  .allowExcessArguments(false)
  .exitOverride();

async function main(): Promise<number> {
  try {
    command.parse();
    const options = command.opts<Omit<Options, 'seed'> & { seed?: number[] }>();
    if (options.list) {
      for (const { name } of targets) console.log(name);
      return 0;
    }
    return await run({ ...options, seed: options.seed ?? [1] });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    console.error(`fuzz: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}

void main().then((status) => (process.exitCode = status));
