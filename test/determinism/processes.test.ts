/**
 * Linux that starts and ends thousands of processes: what held code of one holds data of another soon after.
 *
 * @peers debian
 * @seconds 40
 * @long
 */
import { readFileSync } from 'node:fs';
import { loadCoreModules } from '../../emulator/host-node/core-modules.js';
import { MAX_REGIONS } from '../../emulator/cpu/translator/regions.js';
import type { TranslationTuning } from '../../emulator/cpu/translator/translator.js';
import { MachineRunner } from '../../emulator/machine/runner.js';
import { ensureGuest, type Guest } from '../../sdk/guest/guest.js';
import { findToolchain } from '../../sdk/toolchain/index.js';
import { buildProcess, checksum, programs } from '../bench/programs.js';

/** Each starts eight processes or more. */
const ROUNDS = 130;
/** Virtual nanoseconds. */
const LIMIT = 60e9;
const modules = loadCoreModules();

let guest: Guest;
beforeAll(async () => {
  const toolchain = await findToolchain();
  const chosen = programs.filter(({ name }) => ['crc', 'bytecode'].includes(name));
  const files = await Promise.all(
    chosen.map(
      async (program) => [`bin/${program.name}`, { content: await buildProcess(program, toolchain), permissions: 0o755 }] as const,
    ),
  );
  // Each runs a copy of its own, which goes again: its pages are new each time, and old ones of others.
  const init = `
n=0
while [ $n -lt ${ROUNDS} ]; do
  n=$((n + 1))
  for name in crc bytecode; do
    cat /bin/$name > /tmp/$name.$((n % 7))
    busybox chmod +x /tmp/$name.$((n % 7))
    /tmp/$name.$((n % 7)) 1 > /tmp/$name.said
    [ $n = 1 ] && cat /tmp/$name.said > /tmp/$name.first
    busybox cmp -s /tmp/$name.said /tmp/$name.first || echo "$name says something else: $(cat /tmp/$name.said)"
  done
done
cat /tmp/crc.first /tmp/bytecode.first
echo "$n rounds"
poweroff -f
`;
  guest = await ensureGuest({ drivers: [], init, files: new Map(files) });
}, 120_000);

function boot(translation: Partial<TranslationTuning>): { runner: MachineRunner; text: string } {
  let text = '';
  const linux = { kernel: readFileSync(guest.kernel), initrd: readFileSync(guest.initrd), commandLine: 'console=ttyAMA0 quiet' };
  const runner = new MachineRunner(
    { ramSize: 256 << 20, virtualization: false, loaders: [], linux, seed: 3, pacing: 'simulated' },
    modules,
    (byte) => (text += String.fromCharCode(byte)),
    { translation },
  );
  runner.prepare();
  const { stop } = runner.run(LIMIT, () => false);
  expect({ stop: stop?.kind, text: text.slice(-2000) }).toMatchObject({ stop: 'powerOff' });
  return { runner, text };
}

test('all compute the same, however early code is translated, and pages are let go', () => {
  const usual = boot({});
  expect(usual.text).toContain(`${ROUNDS} rounds`);
  expect(usual.text).not.toContain('something else');
  checksum(usual.text);
  const { released, invalidations, regions } = usual.runner.processor.translation;
  expect(released).toBeGreaterThan(ROUNDS / 2);
  expect(invalidations).toBeLessThan(ROUNDS * 80);
  expect(regions).toBeLessThan(MAX_REGIONS);
  const eager = boot({ threshold: 500, batch: 8, patience: 0 });
  expect(eager.text).toBe(usual.text);
  expect(eager.runner.digest()).toBe(usual.runner.digest());
}, 300_000);
