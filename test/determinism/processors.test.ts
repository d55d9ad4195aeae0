/**
 * Linux on four processors: all of them come up and work, and the run is the same whatever was translated.
 *
 * @peers debian
 * @seconds 30
 * @long
 */
import { readFileSync } from 'node:fs';
import { BackgroundTranslation } from '../../emulator/host-node/background-translation.js';
import { loadCoreModules } from '../../emulator/host-node/core-modules.js';
import type { MachineOptions } from '../../emulator/machine/options.js';
import { MachineRunner, type Execution } from '../../emulator/machine/runner.js';
import { describeMachine } from '../../emulator/machine/snapshot/description.js';
import { readSnapshot } from '../../emulator/machine/snapshot/format.js';
import { takeSnapshot } from '../../emulator/machine/snapshot/snapshot.js';
import { ensureGuest } from '../../sdk/guest/guest.js';
import { dhcpGuest } from '../support/guests.js';

const modules = loadCoreModules();
/** The first process: a worker for each processor, which says at its end on which one it is (proc(5), field 39 of stat). */
const WORKER = 'i=0; while [ $i -lt 4000 ]; do i=$((i+1)); done; read stat < /proc/self/stat; set -- $stat; echo worker on ${39}.';
const SCRIPT = [
  'busybox nproc',
  'mount -t proc none /proc',
  'mount -t devtmpfs none /dev',
  `for n in 1 2 3 4; do (${WORKER}) & done`,
  'wait',
  'busybox grep Reschedul /proc/interrupts',
  'poweroff -f',
].join('; ');
/** Virtual nanoseconds between digests. */
const STEP = 1.1e8;

let options: MachineOptions;
beforeAll(async () => {
  const { kernel, initrd } = await ensureGuest(dhcpGuest);
  options = {
    ramSize: 256 << 20,
    virtualization: false,
    processors: 4,
    loaders: [],
    seed: 3,
    pacing: 'simulated',
    linux: {
      kernel: readFileSync(kernel),
      initrd: readFileSync(initrd),
      commandLine: `console=ttyAMA0 cryptomgr.notests rdinit=/bin/sh -- -c "${SCRIPT}"`,
    },
  };
}, 120_000);

function boot(execution: Execution): { states: string[]; console: string } {
  let text = '';
  const runner = new MachineRunner(options, modules, (byte) => (text += String.fromCharCode(byte)), execution);
  runner.prepare();
  const states: string[] = [];
  for (let end = STEP; end < 30 * STEP; end += STEP) {
    const { stop } = runner.run(end, () => false);
    states.push(`${stop!.kind} ${runner.status(false).instructions} ${runner.digest().toString(16)}`);
    if (stop!.kind !== 'limit') break;
  }
  return { states, console: text };
}

test('a boot brings up four processors, all of which work, and has the same states however it is executed', async () => {
  const interpreted = boot({ translation: { threshold: 0 } });
  expect(interpreted.console).toContain('SMP: Total of 4 processors activated');
  expect(interpreted.console).toMatch(/\n4\r?\n/);
  expect(new Set(interpreted.console.match(/worker on \d/g))).toEqual(
    new Set(['worker on 0', 'worker on 1', 'worker on 2', 'worker on 3']),
  );
  expect(interpreted.console).toMatch(/IPI0:(\s+[1-9]\d*){4}\s+Rescheduling/);
  expect(interpreted.console).toContain('reboot: Power down');
  expect(interpreted.states.at(-1)).toMatch(/^powerOff /);
  expect(boot({})).toEqual(interpreted);
  const service = new BackgroundTranslation(modules.features);
  try {
    expect(boot({ translation: { threshold: 2000, batch: 1, patience: 0 }, service })).toEqual(interpreted);
  } finally {
    await service.dispose();
  }
}, 300_000);

test('it goes on alike from snapshots, while processors come up and while they work', () => {
  const description = describeMachine(options);
  const first = new MachineRunner(options, modules, () => undefined);
  first.prepare();
  for (const [end, next] of [
    [2.5e6, 3e6],
    [8e7, 9e7],
    [2.02e8, 2.05e8],
  ] as const) {
    first.run(end, () => false);
    const snapshot = takeSnapshot(first, description);
    const second = new MachineRunner(options, modules, () => undefined, { snapshot: readSnapshot(snapshot) });
    expect(Buffer.compare(takeSnapshot(second, description), snapshot)).toBe(0);
    for (const runner of [first, second]) runner.run(next, () => false);
    expect(Buffer.compare(takeSnapshot(second, description), takeSnapshot(first, description))).toBe(0);
  }
}, 120_000);
