/** The benchmark's systems on the microkernel: protection domains that call and notify each other. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSystem } from '../../sdk/build/project.js';
import { packageRoot } from '../../sdk/root.js';
import type { Rounds } from './programs.js';

export interface MicrokitSystem {
  /** Its row in the table, and its description in programs/microkit, without .system. */
  name: string;
  group: 'system';
  rounds: Rounds;
  onMicrokernel: true;
}

const system = (name: string, long: number, short: number): MicrokitSystem => ({
  name,
  group: 'system',
  rounds: { long, short },
  onMicrokernel: true,
});

export const systems: readonly MicrokitSystem[] = [system('ppc', 30_000, 100), system('notify', 30_000, 100)];

/** Builds a system that does its work so many times. @param folder gets a folder for it. Resolves to the path of loader.img. */
export async function buildMicrokitSystem({ name }: MicrokitSystem, rounds: number, folder: string): Promise<string> {
  const programs = join(packageRoot(), 'test', 'bench', 'programs', 'microkit');
  const generated = join(folder, name);
  mkdirSync(generated, { recursive: true });
  writeFileSync(join(generated, 'rounds.h'), `#define ROUNDS ${rounds}\n`);
  const { image } = await buildSystem({
    systemFile: join(programs, `${name}.system`),
    sourceDirs: [programs, generated],
    outputDir: join(generated, 'build'),
    config: 'debug',
  });
  return image;
}
