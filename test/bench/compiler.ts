/** How long a C file takes, with the machine's own GCC and with the cross compiler: one file of part 4 as %build compiles it. */
import { join } from 'node:path';
import { packageRoot } from '../../sdk/root.js';
import { findToolchain, type Toolchain } from '../../sdk/toolchain/index.js';
import { seconds, summarise, table } from './report.js';

export interface CompilerSample {
  /** Wall clock, in seconds: of the first file of a process, a snapshot restored for it. */
  first: number;
  /** Of the same file, when others have been compiled before. */
  warm: number;
  /** By the cross compiler; undefined where there is none. */
  cross: number | undefined;
}

const FLAGS = ['-std=gnu17', '-mstrict-align', '-g', '-O0', '-Wall'];
/** Compiled before the one that counts. */
const BEFORE = 5;

async function compiled(toolchain: Toolchain, folder: string): Promise<number> {
  const sdk = join(packageRoot(), 'sdk', 'libmicrokit');
  const start = performance.now();
  await toolchain.compile({
    source: join(packageRoot(), 'notebooks', 'part4', 'sources', 'wordle_server.c'),
    output: join(folder, 'wordle_server.o'),
    includeDirs: [join(sdk, 'include'), join(sdk, 'config', 'debug')],
    flags: FLAGS,
  });
  return (performance.now() - start) / 1000;
}

/** @param folder for objects */
export async function compilerSamples(folder: string, runs: number, note: (text: string) => void): Promise<CompilerSample[]> {
  const named = (name: string): Promise<Toolchain> => findToolchain({ env: { ...process.env, TOOLCHAIN: name } });
  const cross = await named('aarch64-linux-gnu').catch(() => undefined);
  const { machineToolchain } = await import('../../sdk/toolchain/debian/toolchain.js');
  const machine = await machineToolchain();
  // The very first start boots, and leaves the snapshot.
  await machine.warm();
  const samples: CompilerSample[] = [];
  for (let run = 1; run <= runs; run++) {
    await machine.dispose();
    const first = await compiled(machine, folder);
    for (let file = 1; file < BEFORE; file++) await compiled(machine, folder);
    const warm = await compiled(machine, folder);
    samples.push({ first, warm, cross: cross && (await compiled(cross, folder)) });
    note(`compiler, run ${run} of ${runs}: ${warm.toFixed(2)} s in the machine`);
  }
  await machine.dispose();
  return samples;
}

export function compilerReport(samples: readonly CompilerSample[]): string {
  const cross = samples.flatMap((sample) => sample.cross ?? []);
  return table([
    ['wordle_server.c at -O0', 'first, median (spread)', 'warm', 'cross compiler'],
    [
      "Debian's gcc in a machine",
      seconds(summarise(samples.map(({ first }) => first))),
      seconds(summarise(samples.map(({ warm }) => warm))),
      cross.length > 0 ? seconds(summarise(cross)) : 'not here',
    ],
  ]);
}
