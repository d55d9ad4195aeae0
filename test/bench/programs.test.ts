/** The benchmark's programs, small: QEMU computes the same, and translation changes no state on the way. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TranslationTuning } from '../../emulator/cpu/translator/translator.js';
import { loadCoreModules } from '../../emulator/machine/core-modules.js';
import { MachineRunner } from '../../emulator/machine/runner.js';
import { findToolchain, type Toolchain } from '../../sdk/toolchain/index.js';
import { QEMU, requireQemu } from '../peers/program-console.js';
import { buildProgram, checksum, LOAD_ADDRESS, machineArguments, programs, RAM_SIZE, withRounds, type Program } from './programs.js';

const modules = loadCoreModules();
/** Virtual nanoseconds between digests, and when a program has failed to end. */
const STEP = 1e6;
const LIMIT = 5e8;

let toolchain: Toolchain;
let folder: string;
beforeAll(async () => {
  requireQemu();
  toolchain = await findToolchain();
  folder = mkdtempSync(join(tmpdir(), 'programs-'));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Digests at ever greater distances, so that long programs do not spend their time on them, and at the end. */
function run({ virtualization }: Program, image: Uint8Array, translation: Partial<TranslationTuning>): { sum: string; states: string[] } {
  let text = '';
  const runner = new MachineRunner(
    { ramSize: RAM_SIZE, virtualization, loaders: [{ bytes: image, address: LOAD_ADDRESS, setsEntry: true }], seed: 1, pacing: 'simulated' },
    modules,
    (byte) => (text += String.fromCharCode(byte)),
    { translation },
  );
  runner.prepare();
  const states: string[] = [];
  for (let until = STEP; until < LIMIT; until *= 3) {
    const kind = runner.run(until, () => false).stop?.kind;
    states.push(`${kind} ${runner.status(false).instructions} ${runner.digest().toString(16)}`);
    if (kind === 'powerOff') break;
    if (kind !== 'limit') throw new Error(`the machine stopped (${kind}); its console:\n${text}`);
  }
  return { sum: checksum(text), states };
}

test.each(programs.map((program) => [program.name, program] as const))('%s', async (name, program) => {
  const image = withRounds(await buildProgram(program, toolchain), program.rounds.short);
  const interpreted = run(program, image, { threshold: 0 });
  expect(run(program, image, { threshold: 50, batch: 4, patience: 0 })).toEqual(interpreted);
  const file = join(folder, `${name}.bin`);
  writeFileSync(file, image);
  const qemu = spawnSync(QEMU, machineArguments(program, file), { encoding: 'latin1', timeout: 20_000 });
  expect(checksum(qemu.stdout)).toBe(interpreted.sum);
}, 60_000);

test('a checksum stands on a line of its own, and a program that prints none has failed', () => {
  expect(checksum('begin\r\nsum 0123456789abcdef\r\n')).toBe('0123456789abcdef');
  expect(() => checksum('begin\nexception 0000000000000004')).toThrow('exception');
});
