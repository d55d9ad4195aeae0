/** How soon a machine from a snapshot reacts: part 4 where the word has come, to the first sign of the Wordle client. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { restoreMachineFile, startMachine } from '../../emulator/host-node/client.js';
import type { RestoreOptions } from '../../emulator/machine/snapshot/description.js';
import type { Machine } from '../../emulator/server/machine.js';
import { engineCodeFile } from '../../kernel/session/code-cache.js';
import { buildSystem } from '../../sdk/build/project.js';
import { packageRoot } from '../../sdk/root.js';
import { part4Guest } from '../support/guests.js';
import { wordServerModule } from '../support/word-server.js';

export interface SnapshotSample {
  /** Wall clock, from the call that restores, with its file on disk, to the first byte that answers RETURN. */
  restoreSeconds: number;
  /** From asking for the snapshot to having its bytes. */
  takeSeconds: number;
  /** Of the file. */
  bytes: number;
}

const SEED = 4;
const SLICE = 1e7;
/** Slices until part 4 counts as stuck. */
const PATIENCE = 500;

/** Lets the machine run until its console shows a text. */
async function until(machine: Machine, wanted: string): Promise<void> {
  let text = '';
  machine.onConsole = (bytes) => (text += Buffer.from(bytes).toString('latin1'));
  for (let slice = 0; !text.includes(wanted); slice++) {
    if (slice === PATIENCE) throw new Error(`the console did not show ${wanted}:\n${text.slice(-1000)}`);
    const stopped = new Promise<void>((resolve) => (machine.onStopped = () => resolve()));
    await machine.resume({ nanoseconds: SLICE });
    await stopped;
  }
}

async function restoreAndPress(file: string): Promise<number> {
  const start = performance.now();
  const options: RestoreOptions = { pacing: 'interactive', networkHosts: [wordServerModule()] };
  // As the kernel restores one.
  const machine = await restoreMachineFile(file, options, { keptEngineCode: engineCodeFile() });
  try {
    const answered = new Promise<void>((resolve) => (machine.onConsole = () => resolve()));
    machine.input(Uint8Array.of(13));
    await machine.resume();
    await answered;
    return (performance.now() - start) / 1000;
  } finally {
    await machine.dispose();
  }
}

/** Boots part 4 to the word once, takes a snapshot into `folder`, and restores it `runs` times. */
export async function snapshotSamples(folder: string, runs: number): Promise<SnapshotSample[]> {
  const chapter = join(packageRoot(), 'notebooks', 'part4');
  const { image } = await buildSystem({
    systemFile: join(chapter, 'solution', 'wordle.system'),
    sourceDirs: [join(chapter, 'solution'), join(chapter, 'sources')],
    outputDir: join(folder, 'part4'),
    config: 'debug',
    guest: part4Guest,
  });
  const machine = await startMachine({
    ramSize: 2 * 2 ** 30,
    virtualization: true,
    loaders: [{ bytes: new Uint8Array(readFileSync(image)), address: 0x7000_0000, setsEntry: true }],
    network: { mac: '52:55:00:d1:55:01' },
    networkHosts: [wordServerModule()],
    seed: SEED,
    pacing: 'simulated',
  });
  const file = join(folder, 'part4.snapshot');
  const samples: SnapshotSample[] = [];
  try {
    await until(machine, 'Transfer word');
    for (let run = 0; run < runs; run++) {
      const start = performance.now();
      const snapshot = await machine.snapshot();
      const takeSeconds = (performance.now() - start) / 1000;
      writeFileSync(file, snapshot);
      samples.push({ takeSeconds, restoreSeconds: await restoreAndPress(file), bytes: statSync(file).size });
    }
  } finally {
    await machine.dispose();
  }
  return samples;
}
