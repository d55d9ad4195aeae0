/**
 * The benchmark's programs, small: QEMU computes the same, and translation changes no state on the way.
 *
 * @peers qemu
 * @seconds 40
 * @long
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TranslationTuning } from '../../emulator/cpu/translator/translator.js';
import { loadCoreModules } from '../../emulator/host-node/core-modules.js';
import type { MachineOptions } from '../../emulator/machine/options.js';
import { MachineRunner } from '../../emulator/machine/runner.js';
import { findToolchain, type Toolchain } from '../../sdk/toolchain/index.js';
import { QEMU, requireQemu } from '../peers/program-console.js';
import { QemuMachine, tutorialArguments } from '../peers/qemu-machine.js';
import { buildProgram, checksum, LOAD_ADDRESS, machineArguments, programs, RAM_SIZE, withRounds } from './programs.js';
import { buildMicrokitSystem, systems } from './systems.js';

const modules = loadCoreModules();
/** Virtual nanoseconds between digests, and when a program has failed to end. */
const STEP = 1e6;
const LIMIT = 5e8;
/** Where the tutorial's command line has loader.img. */
const IMAGE_ADDRESS = 0x7000_0000;

let toolchain: Toolchain;
let folder: string;
beforeAll(async () => {
  requireQemu();
  toolchain = await findToolchain();
  folder = mkdtempSync(join(tmpdir(), 'programs-'));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Board = Pick<MachineOptions, 'ramSize' | 'virtualization' | 'loaders'>;

/** Digests at ever greater distances, so that long programs do not spend their time on them, and at the end. */
function run(board: Board, translation: Partial<TranslationTuning>, end: 'powerOff' | 'idle'): { sum: string; states: string[] } {
  let text = '';
  const runner = new MachineRunner({ ...board, seed: 1, pacing: 'simulated' }, modules, (byte) => (text += String.fromCharCode(byte)), {
    translation,
  });
  runner.prepare();
  const states: string[] = [];
  for (let until = STEP; until < LIMIT; until *= 3) {
    const kind = runner.run(until, () => false).stop?.kind;
    states.push(`${kind} ${runner.status(false).instructions} ${runner.digest().toString(16)}`);
    if (kind === end) break;
    if (kind !== 'limit') throw new Error(`the machine stopped (${kind}); its console:\n${text}`);
  }
  return { sum: checksum(text), states };
}

/** Interpreted and translated. Answers the checksum. */
function sameStates(board: Board, end: 'powerOff' | 'idle'): string {
  const interpreted = run(board, { threshold: 0 }, end);
  expect(run(board, { threshold: 50, batch: 4, patience: 0 }, end)).toEqual(interpreted);
  return interpreted.sum;
}

test.each(programs.map((program) => [program.name, program] as const))(
  '%s',
  async (name, program) => {
    const image = withRounds(await buildProgram(program, toolchain), program.rounds.short);
    const loaders = [{ bytes: image, address: LOAD_ADDRESS, setsEntry: true }];
    const sum = sameStates({ ramSize: RAM_SIZE, virtualization: program.virtualization, loaders }, 'powerOff');
    const file = join(folder, `${name}.bin`);
    writeFileSync(file, image);
    const qemu = spawnSync(QEMU, machineArguments(program, file), { encoding: 'latin1', timeout: 300_000 });
    expect(checksum(qemu.stdout)).toBe(sum);
  },
  60_000,
);

test.each(systems.map((system) => [system.name, system] as const))(
  '%s',
  async (_name, system) => {
    const image = await buildMicrokitSystem(system, system.rounds.short, folder);
    const loaders = [{ bytes: new Uint8Array(readFileSync(image)), address: IMAGE_ADDRESS, setsEntry: true }];
    const sum = sameStates({ ramSize: 2 ** 31, virtualization: true, loaders }, 'idle');
    const qemu = new QemuMachine(tutorialArguments(image));
    try {
      await qemu.waitFor(/sum .*\r?\n/, 300_000);
    } finally {
      await qemu.stop();
    }
    expect(checksum(qemu.text)).toBe(sum);
  },
  240_000,
);

test('a checksum stands on a line of its own, and a program that prints none has failed', () => {
  expect(checksum('begin\r\nsum 0123456789abcdef\r\n')).toBe('0123456789abcdef');
  expect(() => checksum('begin\nexception 0000000000000004')).toThrow('exception');
});
