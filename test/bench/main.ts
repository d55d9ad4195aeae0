/** `npm run bench`: our machine and QEMU side by side, and what the kernel needs. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { chromiumProgram } from '../browser/browsers.js';
import { requireQemu } from '../peers/program-console.js';
import { bootReport, peak, ratio, rowName, snapshotReport, type BootResult } from './boot-report.js';
import { linuxBoot, part4Boot, type Boot } from './boots.js';
import { compilerReport, compilerSamples, type CompilerSample } from './compiler.js';
import { GRADING_LIMITS, gradingBounds, gradingReport, type GradingResult, gradingSamples } from './grading.js';
import { KERNEL_LIMITS, kernelBounds, kernelReport, type KernelResult } from './kernel-report.js';
import { ipykernelSample, ownSample } from './kernel-samples.js';
import { PAGE_LIMITS, pageBounds, pageReport, pageSamples, type PageResult } from './page.js';
import { leastSpeed, meanSpeed, programReport } from './program-report.js';
import { timeProcesses } from './processes.js';
import { timePrograms, type ProgramResult } from './program-runs.js';
import { programs } from './programs.js';
import { systems } from './systems.js';
import { bounds, highest, megabytes, summarise, type Bound } from './report.js';
import { snapshotSamples, type SnapshotSample } from './snapshot.js';

/** What the project has set itself. Times of boots are in times of QEMU's, speeds of programs in times of QEMU's. */
const LIMITS = {
  boot: 1.5,
  machineMemory: 900e6,
  linuxMemory: 400e6,
  restoreSeconds: 0.3,
  processorSpeed: 1.5,
  leastSpeed: 0.5,
  systemSpeed: 1,
  processSpeed: 1.5,
  leastProcessSpeed: 0.5,
  compileSeconds: 1.5,
  grading: GRADING_LIMITS,
  kernel: KERNEL_LIMITS,
  page: PAGE_LIMITS,
};

const timed = [...programs, ...systems];

const parts = ['boots', 'snapshot', 'programs', 'processes', 'compiler', 'kernel', 'grading', 'page'] as const;
type Part = (typeof parts)[number];

interface Options {
  runs: number;
  only: Part[];
  programs: string[];
  json?: string;
}

function wholeNumber(value: string): number {
  if (!/^[1-9]\d{0,3}$/.test(value)) throw new InvalidArgumentError('Give a whole number from 1.');
  return Number(value);
}

/** For an option that may be given several values, all of them of `known`. */
function someOf<Name extends string>(known: readonly Name[]) {
  return (value: string): Name[] =>
    value.split(',').map((name) => {
      const found = known.find((one) => one === name);
      if (found === undefined) throw new InvalidArgumentError(`There are ${known.join(', ')}.`);
      return found;
    });
}

/** Undefined when there is nothing to run, with the exit status set. */
function readOptions(args: readonly string[]): Options | undefined {
  const command = new Command('npm run bench --')
    .description(
      'Boots the same images and runs the same programs in QEMU and in our machine, in turn, and starts the kernel beside ipykernel; prints times and memory.',
    )
    .option('--runs <N>', 'boots and programs of each kind on each machine', wholeNumber, 3)
    .option('--only <PARTS>', `some of ${parts.join(',')}`, someOf(parts), [...parts])
    .option(
      '--programs <NAMES>',
      'these programs only, separated by commas',
      someOf(timed.map(({ name }) => name)),
      timed.map(({ name }) => name),
    )
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

/** A row for each way to start ours, all beside the same boots of QEMU. */
async function inTurn(boot: Boot, runs: number): Promise<BootResult[]> {
  const { name, starts } = boot;
  const qemu: BootResult['qemu'] = [];
  const rows = starts.map((start): BootResult => ({ name, start, qemu, ours: [] }));
  for (let run = 1; run <= runs; run++) {
    const said = (machine: string, spent: number): void => note(`${name}, ${machine}, run ${run} of ${runs}: ${spent.toFixed(2)} s`);
    const sample = await boot.run('qemu');
    qemu.push(sample);
    said('QEMU', sample.seconds);
    for (const { start, ours } of rows) {
      const own = await boot.run(start);
      ours.push(own);
      said(`our machine, ${start}`, own.seconds);
    }
  }
  return rows;
}

interface Results {
  boots: BootResult[];
  snapshots: SnapshotSample[];
  programs: ProgramResult[];
  processes: ProgramResult[];
  compiler: CompilerSample[];
  kernels: KernelResult;
  grading?: GradingResult;
  page?: PageResult;
}

const show = (value: number): string => value.toFixed(2);

/** In times of QEMU's speed. */
function speedBounds(what: string, results: readonly ProgramResult[], mean: number, least?: number): Bound[] {
  if (results.length === 0) return [];
  const speeds = [{ name: `${what}, mean speed in times of QEMU's`, value: meanSpeed(results), limit: mean, atLeast: true, show }];
  if (least !== undefined)
    speeds.push({ name: `${what}, the slowest of them`, value: leastSpeed(results), limit: least, atLeast: true, show });
  return speeds;
}

function report({ boots, snapshots, programs, processes, compiler, kernels, grading, page }: Results): string {
  const sections: string[] = [];
  const limits: Bound[] = [];
  if (boots.length > 0) {
    sections.push(bootReport(boots));
    for (const boot of boots) limits.push({ name: `${rowName(boot)}, times QEMU`, value: ratio(boot), limit: LIMITS.boot, show });
    limits.push(
      {
        name: 'peak memory of all our processes',
        value: highest(boots.map((boot) => peak(boot.ours))),
        limit: LIMITS.machineMemory,
        show: megabytes,
      },
      {
        name: 'peak memory of the Linux boot',
        value: highest(boots.filter(({ name }) => name.startsWith('Linux')).map((boot) => peak(boot.ours))),
        limit: LIMITS.linuxMemory,
        show: megabytes,
      },
    );
  }
  if (snapshots.length > 0) {
    sections.push(snapshotReport(snapshots));
    limits.push({
      name: 'part 4 restored and a key answered',
      value: summarise(snapshots.map(({ restoreSeconds }) => restoreSeconds)).median,
      limit: LIMITS.restoreSeconds,
      show: (value) => `${(value * 1000).toFixed(0)} ms`,
    });
  }
  if (programs.length > 0) {
    sections.push(programReport(programs));
    const processor = programs.filter(({ group }) => group !== 'system');
    limits.push(
      ...speedBounds('integer, memory and float', processor, LIMITS.processorSpeed, LIMITS.leastSpeed),
      ...speedBounds(
        'system',
        programs.filter(({ group }) => group === 'system'),
        LIMITS.systemSpeed,
      ),
    );
  }
  if (processes.length > 0) {
    sections.push(programReport(processes, 'as a process of Linux'));
    limits.push(...speedBounds('processes of Linux', processes, LIMITS.processSpeed, LIMITS.leastProcessSpeed));
  }
  if (compiler.length > 0) {
    sections.push(compilerReport(compiler));
    limits.push({
      name: 'a file at -O0, with the warm gcc in a machine',
      value: summarise(compiler.map(({ warm }) => warm)).median,
      limit: LIMITS.compileSeconds,
      show: (value) => `${show(value)} s`,
    });
  }
  if (kernels.own.length > 0) {
    sections.push(kernelReport(kernels));
    limits.push(...kernelBounds(kernels));
  }
  if (grading) {
    sections.push(gradingReport(grading));
    limits.push(...gradingBounds(grading));
  }
  if (page) {
    sections.push(pageReport(page));
    limits.push(...pageBounds(page));
  }
  return [...sections, bounds(limits)].join('\n\n');
}

/** @param qemu boots of part 4, if there were any */
async function kernelResults({ runs }: Options, folder: string, qemu: BootResult['qemu'] | undefined): Promise<KernelResult> {
  const booted = qemu ?? [await (await part4Boot(folder)).run('qemu')];
  const results: KernelResult = { own: [], ipykernel: [], qemuMemory: peak(booted) };
  for (let run = 1; run <= runs; run++) {
    const peer = await ipykernelSample(folder);
    if (peer) results.ipykernel.push(peer);
    const own = await ownSample(folder);
    results.own.push(own);
    note(
      `kernel, run ${run} of ${runs}: ${own.startSeconds.toFixed(2)} s; ipykernel: ${peer ? `${peer.startSeconds.toFixed(2)} s` : 'not here'}`,
    );
  }
  return results;
}

/** The parts that need nothing of the others. */
async function addApart(results: Results, { only, runs }: Options, folder: string): Promise<void> {
  if (only.includes('compiler')) results.compiler = await compilerSamples(folder, runs, note);
  if (only.includes('grading')) results.grading = await gradingSamples(join(folder, 'grading'), runs, note);
  if (only.includes('page')) results.page = await pageSamples(join(folder, 'page'), runs, note);
}

async function bench(options: Options, folder: string): Promise<void> {
  const qemu = requireQemu();
  if (options.only.includes('page')) chromiumProgram();
  const host = `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'processor'}`;
  console.log(`Node.js ${process.version}; ${qemu}; ${host}; ${process.platform} ${process.arch}\n`);
  const results: Results = { boots: [], snapshots: [], programs: [], processes: [], compiler: [], kernels: { own: [], ipykernel: [] } };
  if (options.only.includes('boots')) {
    for (const boot of [await part4Boot(folder), await linuxBoot()]) results.boots.push(...(await inTurn(boot, options.runs)));
  }
  if (options.only.includes('snapshot')) {
    results.snapshots = await snapshotSamples(folder, options.runs);
    note(`snapshot, restored ${options.runs} times`);
  }
  if (options.only.includes('programs')) {
    results.programs = await timePrograms(
      timed.filter(({ name }) => options.programs.includes(name)),
      folder,
      options.runs,
      note,
    );
  }
  if (options.only.includes('processes')) {
    const chosen = programs.filter(({ group, name }) => group !== 'system' && options.programs.includes(name));
    results.processes = await timeProcesses(chosen, options.runs, note);
  }
  await addApart(results, options, folder);
  if (options.only.includes('kernel')) results.kernels = await kernelResults(options, folder, results.boots[0]?.qemu);
  console.log(`\n${report(results)}`);
  if (options.json !== undefined) {
    writeFileSync(options.json, `${JSON.stringify({ node: process.version, qemu, host, limits: LIMITS, ...results }, undefined, 2)}\n`);
  }
  if ([...results.programs, ...results.processes].some(({ failure }) => failure !== undefined)) process.exitCode = 1;
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (!options) return;
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  // Machines and kernels end with this process, by their guards.
  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)
    process.on(signal, () => process.exit(status));
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
