/** Programs timed on either machine. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../sdk/root.js';
import { findToolchain } from '../../sdk/toolchain/index.js';
import { ProgramConsole, QEMU } from '../peers/program-console.js';
import type { Side } from './boots.js';
import { PeakMemory, processorTime } from './process-tree.js';
import { buildProgram, checksum, machineArguments, withRounds, type Group, type Program } from './programs.js';

export interface ProgramSample {
  /** Wall-clock seconds from the program's first line to its checksum. */
  seconds: number;
  /** Seconds of processor time in between, of all threads; undefined where the host does not say. */
  computing: number | undefined;
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

/** Milliseconds after which a program has failed. */
const LIMIT = 60_000;

async function runProgram(side: Side, args: string[]): Promise<ProgramSample & { sum: string }> {
  const start = performance.now();
  const console = side === 'qemu'
    ? new ProgramConsole(QEMU, args)
    : new ProgramConsole(process.execPath, [join(packageRoot(), 'bin', 'virtbook.js'), 'qemu', ...args]);
  const memory = console.pid === undefined ? undefined : new PeakMemory(console.pid);
  try {
    await console.waitFor(/begin\r?\n/, LIMIT);
    const begun = performance.now();
    const before = console.pid === undefined ? undefined : processorTime(console.pid);
    await console.waitFor(/sum .*\n/, LIMIT);
    const done = performance.now();
    // QEMU may be gone by now, though hardly ever before its console has been read.
    const after = console.pid === undefined ? undefined : processorTime(console.pid);
    const how = await console.ended;
    if (how !== 'status 0') throw new Error(`the machine ended with ${how}`);
    return {
      seconds: (done - begun) / 1000, computing: before === undefined || after === undefined ? undefined : after - before,
      process: (performance.now() - start) / 1000, peakMemory: memory?.stop(), sum: checksum(console.text),
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
  programs: readonly Program[], folder: string, runs: number, note: (text: string) => void,
): Promise<ProgramResult[]> {
  const toolchain = await findToolchain();
  const results: ProgramResult[] = [];
  for (const program of programs) {
    const { name, group, rounds } = program;
    const image = await buildProgram(program, toolchain);
    const write = (times: number): string[] => {
      const file = join(folder, `${name}.bin`);
      writeFileSync(file, withRounds(image, times));
      return machineArguments(program, file);
    };
    const result: ProgramResult = { name, group, qemu: [], ours: [] };
    results.push(result);
    try {
      for (let run = 0; run <= runs; run++) {
        const args = write(run === 0 ? rounds.short : rounds.long);
        const { sum: expected, ...qemu } = await runProgram('qemu', args);
        const { sum, ...ours } = await runProgram('ours', args);
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
