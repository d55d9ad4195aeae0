/** Programs timed on either machine. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../sdk/root.js';
import { findToolchain, type Toolchain } from '../../sdk/toolchain/index.js';
import { ProgramConsole, QEMU } from '../peers/program-console.js';
import { tutorialArguments } from '../peers/qemu-machine.js';
import type { Side } from './boots.js';
import { PeakMemory, processorTime } from './process-tree.js';
import { buildProgram, checksum, machineArguments, withRounds, type Group, type Program } from './programs.js';
import { buildMicrokitSystem, type MicrokitSystem } from './systems.js';

export interface ProgramSample {
  /** Wall-clock seconds from the program's first line to its checksum. */
  seconds: number;
  /** Seconds of processor time in between, of all threads; undefined where the host does not say. */
  computing: number | undefined;
}

/** Of a program that has the machine to itself. */
interface WholeSample extends ProgramSample {
  /** From the start of the machine's process to the end of the process. */
  process: number;
  /** Bytes; undefined where the host does not say. */
  peakMemory: number | undefined;
}

export interface ProgramResult {
  name: string;
  group: Group;
  qemu: ProgramSample[];
  ours: ProgramSample[];
  /** Why there are no times: the machines disagree, or one did not get to the end. */
  failure?: string;
}

/** What is timed in this way: programs that have the machine to themselves, and systems of protection domains. */
export type Timed = Program | MicrokitSystem;

/** Milliseconds after which a program has failed. */
const LIMIT = 60_000;
/** Ends QEMU and our machine, where the console is `mon:stdio`: a protection domain cannot power off. */
const QUIT = '\x01x';

/** Resolves to QEMU's command line, which is ours too, with everything built that it names. */
async function commandLine(timed: Timed, rounds: number, folder: string, toolchain: Toolchain): Promise<string[]> {
  if ('onMicrokernel' in timed) return tutorialArguments(await buildMicrokitSystem(timed, rounds, folder));
  const file = join(folder, `${timed.name}.bin`);
  writeFileSync(file, withRounds(await buildProgram(timed, toolchain), rounds));
  return machineArguments(timed, file);
}

/** QEMU, or our machine with nothing left of earlier runs. */
export function startMachine(side: Side, args: readonly string[]): ProgramConsole {
  if (side === 'qemu') return new ProgramConsole(QEMU, args);
  const virtbook = join(packageRoot(), 'bin', 'virtbook.js');
  return new ProgramConsole(process.execPath, [virtbook, 'qemu', ...args], { ...process.env, VIRTBOOK_CODE_CACHE: 'off' });
}

export interface TimedSum extends ProgramSample {
  sum: string;
  /** Where its checksum ends on the console. */
  at: number;
}

/**
 * The next program that a machine executes, from its first line to its checksum.
 * @param from where its console begins
 * @param limit milliseconds
 */
export async function timeProgram(console: ProgramConsole, limit: number, from = 0): Promise<TimedSum> {
  const computed = (): number | undefined => (console.pid === undefined ? undefined : processorTime(console.pid));
  const first = await console.waitFor(/^begin\r?\n/m, limit, from);
  const begun = performance.now();
  const before = computed();
  const at = await console.waitFor(/^sum .*\r?\n/m, limit, first);
  const seconds = (performance.now() - begun) / 1000;
  // QEMU may be gone by now, though hardly ever before its console has been read.
  const after = computed();
  const computing = before === undefined || after === undefined ? undefined : after - before;
  return { seconds, computing, sum: checksum(console.text.slice(from, at)), at };
}

/** @param ends the machine ends by itself. */
async function runProgram(side: Side, args: string[], ends: boolean): Promise<WholeSample & { sum: string }> {
  const start = performance.now();
  const console = startMachine(side, args);
  const memory = console.pid === undefined ? undefined : new PeakMemory(console.pid);
  try {
    const { seconds, computing, sum } = await timeProgram(console, LIMIT);
    if (!ends) console.type(QUIT);
    const how = await console.ended;
    if (how !== 'status 0') throw new Error(`the machine ended with ${how}`);
    return {
      seconds,
      computing,
      process: (performance.now() - start) / 1000,
      peakMemory: memory?.stop(),
      sum,
    };
  } finally {
    memory?.stop();
    await console.stop();
  }
}

/**
 * Both machines in turn. The first pair of runs is short and not timed: it says whether they compute the same. Each timed pair
 * is compared as well; where they differ there are no times.
 */
export async function timePrograms(
  programs: readonly Timed[],
  folder: string,
  runs: number,
  note: (text: string) => void,
): Promise<ProgramResult[]> {
  const toolchain = await findToolchain();
  const results: ProgramResult[] = [];
  for (const program of programs) {
    const { name, group, rounds } = program;
    const ends = !('onMicrokernel' in program);
    const result: ProgramResult = { name, group, qemu: [], ours: [] };
    results.push(result);
    try {
      for (let run = 0; run <= runs; run++) {
        const args = await commandLine(program, run === 0 ? rounds.short : rounds.long, folder, toolchain);
        const { sum: expected, ...qemu } = await runProgram('qemu', args, ends);
        const { sum, ...ours } = await runProgram('ours', args, ends);
        if (sum !== expected) throw new Error(`the checksum is ${sum}, in QEMU ${expected}`);
        if (run === 0) continue;
        result.qemu.push(qemu);
        result.ours.push(ours);
        note(`${name}, run ${run} of ${runs}: QEMU ${qemu.seconds.toFixed(2)} s, our machine ${ours.seconds.toFixed(2)} s`);
      }
    } catch (error) {
      result.failure = error instanceof Error ? error.message : String(error);
      note(`${name}: ${result.failure}`);
    }
  }
  return results;
}
