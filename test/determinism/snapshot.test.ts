/**
 * A machine that goes on from a snapshot is the machine that it was taken of: in all states, to the last byte.
 *
 * @peers debian
 * @seconds 90
 * @long
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TranslationTuning } from '../../emulator/cpu/translator/translator.js';
import { restoreMachine, startMachine } from '../../emulator/host-node/client.js';
import { loadCoreModules } from '../../emulator/host-node/core-modules.js';
import type { MachineOptions } from '../../emulator/machine/options.js';
import { MachineRunner } from '../../emulator/machine/runner.js';
import { describeMachine } from '../../emulator/machine/snapshot/description.js';
import { checkSnapshot, readSnapshot } from '../../emulator/machine/snapshot/format.js';
import { takeSnapshot } from '../../emulator/machine/snapshot/snapshot.js';
import { createHost } from '../../notebooks/part4/kit/word-server.js';
import { ensureGuest } from '../../sdk/guest/guest.js';
import { buildSystem } from '../../sdk/build/project.js';
import { packageRoot } from '../../sdk/root.js';
import { dhcpGuest, part4Guest } from '../support/guests.js';
import { wordServerModule } from '../support/word-server.js';

const modules = loadCoreModules();
const interpreted = { threshold: 0 };
const eager = { threshold: 50, batch: 8, patience: 0 };

interface Watched {
  runner: MachineRunner;
  console: string;
}

function watched(make: (output: (byte: number) => void) => MachineRunner): Watched {
  const result = { console: '' } as Watched;
  result.runner = make((byte) => (result.console += String.fromCharCode(byte)));
  return result;
}

/** The machine runs on; how it stands then, in one text. */
function runTo({ runner }: Watched, time: number): string {
  const { stop } = runner.run(time, () => false);
  return `${stop!.kind} ${runner.status(false).instructions} ${runner.digest().toString(16)}`;
}

/**
 * Runs a machine, with a snapshot at each of the times, and from each snapshot another machine to the next time. Its
 * states, its console and the snapshot of it have to be those of the first machine there: so each goes all the way.
 */
function follow(
  options: MachineOptions,
  times: readonly number[],
  tuning: Partial<TranslationTuning>,
  restoredTuning: Partial<TranslationTuning>,
): string {
  const description = describeMachine(options);
  const first = watched((output) => new MachineRunner(options, modules, output, { translation: tuning }));
  first.runner.prepare();
  let before: Uint8Array | undefined;
  for (const time of times) {
    const shown = first.console.length;
    const state = runTo(first, time);
    const snapshot = takeSnapshot(first.runner, description);
    checkSnapshot(snapshot);
    if (before) {
      const content = readSnapshot(before);
      const second = watched((output) => new MachineRunner(options, modules, output, { translation: restoredTuning, snapshot: content }));
      expect(Buffer.compare(takeSnapshot(second.runner, description), before)).toBe(0);
      expect(runTo(second, time)).toBe(state);
      expect(second.console).toBe(first.console.slice(shown));
      expect(Buffer.compare(takeSnapshot(second.runner, description), snapshot)).toBe(0);
    }
    if (!state.startsWith('limit')) break;
    before = snapshot;
  }
  return first.console;
}

const steps = (from: number, step: number, count: number): number[] => Array.from({ length: count }, (_, n) => Math.round(from + n * step));

describe('Linux by itself, with a lease by DHCP', () => {
  let options: MachineOptions;
  beforeAll(async () => {
    const { kernel, initrd } = await ensureGuest(dhcpGuest);
    options = {
      ramSize: 256 << 20,
      virtualization: false,
      loaders: [],
      linux: { kernel: readFileSync(kernel), initrd: readFileSync(initrd), commandLine: 'console=ttyAMA0 cryptomgr.notests' },
      network: { mac: '52:54:00:12:34:56' },
      seed: 3,
      pacing: 'simulated',
    };
  }, 120_000);

  test('goes on alike with the translator on', () => {
    expect(follow(options, steps(5e6, 2.3e7, 20), {}, eager)).toContain('udhcpc: lease of 10.0.2.15');
  }, 300_000);

  test('goes on alike with the translator off, and from one to the other', () => {
    follow(options, steps(3e7, 9e7, 3), interpreted, interpreted);
    follow(options, steps(4e7, 9e7, 3), eager, interpreted);
  }, 300_000);
});

describe('the system of part 4', () => {
  const folder = mkdtempSync(join(tmpdir(), 'virtbook-'));
  let options: MachineOptions;
  beforeAll(async () => {
    const chapter = join(packageRoot(), 'notebooks', 'part4');
    const { image } = await buildSystem({
      systemFile: join(chapter, 'solution', 'wordle.system'),
      sourceDirs: [join(chapter, 'solution'), join(chapter, 'sources')],
      outputDir: join(folder, 'part4'),
      config: 'debug',
      guest: part4Guest,
    });
    options = {
      ramSize: 2 * 2 ** 30,
      virtualization: true,
      loaders: [{ bytes: readFileSync(image), address: 0x7000_0000, setsEntry: true }],
      network: { mac: '52:55:00:d1:55:01' },
      seed: 4,
      pacing: 'simulated',
    };
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('goes on alike, the fetch of the word included', () => {
    expect(follow({ ...options, networkHosts: [{ createHost }] }, [...steps(1e7, 1.5e8, 3), ...steps(3.9e8, 1e7, 6)], {}, {})).toContain(
      'Transfer word',
    );
  }, 300_000);

  test('goes on in another thread, and types on', async () => {
    const until = async (machine: Awaited<ReturnType<typeof startMachine>>, wanted: string): Promise<string> => {
      let text = '';
      for (let slices = 0; slices < 500 && !text.includes(wanted); slices++) {
        machine.onConsole = (bytes) => (text += Buffer.from(bytes).toString('latin1'));
        const stopped = new Promise<void>((resolve) => (machine.onStopped = () => resolve()));
        await machine.resume({ nanoseconds: 1e7 });
        await stopped;
      }
      return text;
    };
    const networkHosts = [wordServerModule()];
    const first = await startMachine({ ...options, networkHosts });
    try {
      await until(first, 'Transfer word');
      const snapshot = await first.snapshot();
      const second = await restoreMachine(() => snapshot.slice(), { pacing: 'simulated', networkHosts });
      try {
        expect(Buffer.compare(await second.snapshot(), snapshot)).toBe(0);
        for (const machine of [first, second]) machine.input(Uint8Array.of(13));
        const board = await until(first, '[ ]');
        expect(board).toContain('[ ]');
        expect(await until(second, '[ ]')).toBe(board);
        expect(await second.registers()).toEqual(await first.registers());
      } finally {
        await second.dispose();
      }
    } finally {
      await first.dispose();
    }
  }, 120_000);
});
