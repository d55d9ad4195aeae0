/** `npm run bench`: our machine and QEMU side by side, and what the kernel needs. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { chromiumProgram } from '../browser/browsers.js';
import { requireQemu } from '../peers/program-console.js';
import { NODE_VERSIONS, nodeProgram } from '../support/node-versions.js';
import { peak, type BootResult } from './boot-report.js';
import { linuxBoot, part4Boot, type Boot } from './boots.js';
import { companySamples } from './company.js';
import { compilerSamples } from './compiler.js';
import { gradingSamples } from './grading.js';
import type { KernelResult } from './kernel-report.js';
import { ipykernelSample, ownSample } from './kernel-samples.js';
import { pageSamples } from './page.js';
import { timeProcesses } from './processes.js';
import { timePrograms } from './program-runs.js';
import { programs } from './programs.js';
import { systems } from './systems.js';
import { LIMITS, report, type Results } from './results.js';
import { snapshotSamples } from './snapshot.js';

const timed = [...programs, ...systems];

const parts = ['boots', 'nodes', 'company', 'snapshot', 'programs', 'processes', 'compiler', 'kernel', 'grading', 'page'] as const;
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

/** Linux on each line of Node that can be had. */
async function nodeResults(runs: number): Promise<BootResult[]> {
  const rows: BootResult[] = [];
  for (const version of NODE_VERSIONS) {
    try {
      rows.push(...(await inTurn(await linuxBoot({ version, program: nodeProgram(version) }), runs)));
    } catch (error) {
      note(`Node ${version}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return rows;
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
  const results: Results = {
    boots: [],
    nodes: [],
    company: [],
    snapshots: [],
    programs: [],
    processes: [],
    compiler: [],
    kernels: { own: [], ipykernel: [] },
  };
  if (options.only.includes('boots')) {
    for (const boot of [await part4Boot(folder), await linuxBoot()]) results.boots.push(...(await inTurn(boot, options.runs)));
  }
  if (options.only.includes('nodes')) results.nodes = await nodeResults(options.runs);
  if (options.only.includes('company')) results.company = await companySamples(await linuxBoot(), options.runs, note);
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
