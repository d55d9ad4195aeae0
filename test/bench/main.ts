/** `npm run bench`: our machine and QEMU side by side, and what the kernel needs. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { requireQemu } from '../peers/program-console.js';
import { linuxBoot, part4Boot, type Boot, type Sample } from './boots.js';
import { kernelStart, type KernelSample } from './kernel-start.js';
import { bounds, highest, megabytes, seconds, summarise, table, type BootResult } from './report.js';

/** What the project has set itself, with the interpreter alone. */
const LIMITS = { ratio: 8, machineMemory: 900e6, kernelSeconds: 1, kernelMemory: 150e6 };

interface Options {
  runs: number;
  json?: string;
}

function wholeNumber(value: string): number {
  if (!/^[1-9]\d{0,3}$/.test(value)) throw new InvalidArgumentError('Give a whole number from 1.');
  return Number(value);
}

/** Undefined when there is nothing to run, with the exit status set. */
function readOptions(args: readonly string[]): Options | undefined {
  const command = new Command('npm run bench --')
    .description('Boots the same images in QEMU and in our machine, in turn, and starts the kernel; prints times and memory.')
    .option('--runs <N>', 'boots of each kind on each machine', wholeNumber, 3)
    .option('--json <FILE>', 'also write every sample to a file')
    .allowExcessArguments(false)
    .exitOverride();
  try {
    command.parse([...args], { from: 'user' });
    return command.opts<Options>();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? 0 : 2;
    return undefined;
  }
}

const note = (text: string): void => void process.stderr.write(`${text}\n`);

async function inTurn(boot: Boot, runs: number): Promise<BootResult> {
  const result: BootResult = { name: boot.name, qemu: [], ours: [] };
  for (let run = 1; run <= runs; run++) {
    for (const side of ['qemu', 'ours'] as const) {
      const sample = await boot.run(side);
      result[side].push(sample);
      note(`${boot.name}, ${side === 'qemu' ? 'QEMU' : 'our machine'}, run ${run} of ${runs}: ${sample.seconds.toFixed(2)} s`);
    }
  }
  return result;
}

const times = (samples: readonly Sample[]) => summarise(samples.map((sample) => sample.seconds));
const ratio = ({ qemu, ours }: BootResult): number => times(ours).median / times(qemu).median;
const peak = (samples: readonly Sample[]): number | undefined => highest(samples.map(({ peakMemory }) => peakMemory));

function report(boots: readonly BootResult[], kernels: readonly KernelSample[]): string {
  const start = summarise(kernels.map((sample) => sample.seconds));
  const idle = highest(kernels.map(({ idleMemory }) => idleMemory));
  const rows = boots.map((boot) => [
    boot.name, seconds(times(boot.qemu)), seconds(times(boot.ours)), `${ratio(boot).toFixed(2)} x`, megabytes(peak(boot.qemu)), megabytes(peak(boot.ours)),
  ]);
  return [
    table([['boot', 'QEMU, median (spread)', 'our machine', 'ratio', 'QEMU, peak', 'ours, peak'], ...rows]),
    '',
    'Times are of the wall clock, from the start of the process. What the guest waits for passes at once in our machine.',
    '',
    table([['kernel', 'median (spread)', 'idle'], ['start to kernel_info_reply', seconds(start), megabytes(idle)]]),
    '',
    bounds([
      { name: `${boots[0]!.name}, times QEMU`, value: ratio(boots[0]!), limit: LIMITS.ratio, show: (value) => value.toFixed(2) },
      { name: 'peak memory of all our processes', value: highest(boots.map((boot) => peak(boot.ours))), limit: LIMITS.machineMemory, show: megabytes },
      { name: 'kernel_info answered', value: start.median, limit: LIMITS.kernelSeconds, show: (value) => `${value.toFixed(2)} s` },
      { name: 'idle kernel', value: idle, limit: LIMITS.kernelMemory, show: megabytes },
    ]),
  ].join('\n');
}

async function bench(options: Options, folder: string): Promise<void> {
  const qemu = requireQemu();
  const host = `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'processor'}`;
  console.log(`Node.js ${process.version}; ${qemu}; ${host}; ${process.platform} ${process.arch}\n`);
  const boots: BootResult[] = [];
  for (const boot of [await part4Boot(folder), await linuxBoot()]) boots.push(await inTurn(boot, options.runs));
  const kernels: KernelSample[] = [];
  for (let run = 1; run <= options.runs; run++) {
    const sample = await kernelStart(folder);
    kernels.push(sample);
    note(`kernel, run ${run} of ${options.runs}: ${sample.seconds.toFixed(2)} s`);
  }
  console.log(`\n${report(boots, kernels)}`);
  if (options.json !== undefined) {
    writeFileSync(options.json, `${JSON.stringify({ node: process.version, qemu, host, limits: LIMITS, boots, kernels }, undefined, 2)}\n`);
  }
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (!options) return;
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  // Machines and kernels end with this process, by their guards.
  for (const [signal, status] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]] as const) process.on(signal, () => process.exit(status));
  try {
    await bench(options, folder);
  } catch (error) {
    console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
  // Whatever the sockets still hold must not keep a finished benchmark.
  process.exit();
}

void main();
