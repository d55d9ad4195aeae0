/**
 * The same run, whatever was translated and when: digests of RAM and registers along a Linux boot.
 *
 * @peers debian
 * @seconds 40
 * @long
 */
import { readFileSync } from 'node:fs';
import { loadCoreModules } from '../../emulator/host-node/core-modules.js';
import { CodeCache } from '../../emulator/cpu/translator/code-cache.js';
import { readCodeCache, writeCodeCache } from '../../emulator/machine/code-cache-file.js';
import { BackgroundTranslation } from '../../emulator/host-node/background-translation.js';
import { MachineRunner, type Execution } from '../../emulator/machine/runner.js';
import { ensureGuest, type Guest } from '../../sdk/guest/guest.js';
import { dhcpGuest } from '../support/guests.js';

const modules = loadCoreModules();
/** Virtual nanoseconds between digests, and how many: past the start of user programs. */
const STEP = 1.1e8;
const STEPS = 8;

let guest: Guest;
beforeAll(async () => {
  guest = await ensureGuest(dhcpGuest);
}, 120_000);

function boot(execution: Execution, cache?: CodeCache): { digests: string[]; console: string } {
  let text = '';
  const runner = new MachineRunner(
    {
      ramSize: 256 << 20,
      virtualization: false,
      loaders: [],
      linux: { kernel: readFileSync(guest.kernel), initrd: readFileSync(guest.initrd), commandLine: 'console=ttyAMA0 cryptomgr.notests' },
      network: { mac: '52:54:00:12:34:56' },
      seed: 3,
      pacing: 'simulated',
    },
    modules,
    (byte) => (text += String.fromCharCode(byte)),
    execution,
  );
  if (cache) runner.processor.useCodeCache(cache);
  runner.prepare();
  const digests: string[] = [];
  for (let i = 1; i <= STEPS; i++) {
    const { stop } = runner.run(i * STEP, () => false);
    digests.push(`${stop!.kind} ${runner.status(false).instructions} ${runner.digest().toString(16)}`);
  }
  return { digests, console: text };
}

test('a boot has the same states interpreted, translated as usual, eagerly, and by another thread', async () => {
  const interpreted = boot({ translation: { threshold: 0 } });
  expect(interpreted.console).toContain('Linux version');
  expect(new Set(interpreted.digests).size).toBe(STEPS);
  expect(boot({})).toEqual(interpreted);
  expect(boot({ translation: { threshold: 50, batch: 8, patience: 0 } })).toEqual(interpreted);
  const service = new BackgroundTranslation(modules.features);
  try {
    expect(boot({ translation: { threshold: 100, batch: 1, patience: 0 }, service })).toEqual(interpreted);
  } finally {
    await service.dispose();
  }
  // What one run has translated is good for the next, also by way of a file.
  const cache = new CodeCache();
  expect(boot({ translation: { threshold: 2000 } }, cache)).toEqual(interpreted);
  const again = readCodeCache(writeCodeCache(cache.batches, 'this test'), 'this test')!;
  expect(boot({ translation: { threshold: 2000 } }, again)).toEqual(interpreted);
  expect(again.batches.length).toBeLessThan(cache.batches.length * 1.5);
}, 300_000);
