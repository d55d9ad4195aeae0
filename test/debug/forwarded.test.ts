/**
 * What the host sent into a guest comes again when its run is gone through again, and what the guest answered is not told twice.
 *
 * @peers debian
 * @seconds 10
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Timeline } from '../../emulator/debug/timeline.js';
import { loadCoreModules } from '../../emulator/host-node/core-modules.js';
import type { MachineOptions } from '../../emulator/machine/options.js';
import { MachineRunner, type Execution, type MachineOutput } from '../../emulator/machine/runner.js';
import { MachineCheckpoints } from '../../emulator/machine/snapshot/checkpoints.js';
import { FIRST_FORWARD_PORT, type GuestEvent } from '../../emulator/network/host-forwarding.js';
import { ensureGuest } from '../../sdk/guest/guest.js';
import { PAGE, serverInitrd } from '../support/web-guest.js';
import { dhcpGuest } from '../support/guests.js';

/** Virtual nanoseconds of a stretch of the run. */
const STRETCH = 2e7;
/** Milliseconds for a way back, on a busy machine: a run that has become another one may never come there. */
const PATIENCE = 200_000;
const FROM = FIRST_FORWARD_PORT;

let folder: string;
let options: MachineOptions;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'forwarded-'));
  const { kernel, initrd } = await ensureGuest(dhcpGuest);
  options = {
    ramSize: 256 << 20,
    virtualization: false,
    loaders: [],
    seed: 3,
    pacing: 'simulated',
    network: { mac: '52:54:00:12:34:56' },
    linux: {
      kernel: readFileSync(kernel),
      initrd: readFileSync(serverInitrd(folder, initrd)),
      commandLine: 'console=ttyAMA0 cryptomgr.notests',
    },
  };
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a page that the host has fetched from the guest is fetched again on the way back and forth', () => {
  const modules = loadCoreModules();
  let printed = '';
  const events: GuestEvent[] = [];
  const toHost = (event: GuestEvent): void => void (timeline.inPast || events.push(event));
  const make = (output: MachineOutput, snapshot?: Execution['snapshot']): MachineRunner =>
    new MachineRunner(options, modules, output, { toHost, snapshot });
  const timeline: Timeline = new Timeline({
    powerOn: (output) => make(output),
    repeatable: true,
    output: (byte) => (printed += String.fromCharCode(byte)),
    checkpoints: () => new MachineCheckpoints((snapshot, output) => make(output, snapshot)),
  });
  const stretch = (): void => void timeline.run(timeline.now.time + STRETCH, () => false);
  for (let n = 0; !printed.includes('Serving'); n++) {
    if (n > 500) throw new Error(`the guest does not serve:\n${printed.slice(-2000)}`);
    timeline.runner.prepare();
    stretch();
  }
  timeline.keepStates(true);
  const moments: [number, bigint][] = [];
  const note = (): void => void moments.push([timeline.now.instructions, timeline.runner.digest()]);
  note();
  timeline.perform((runner) => runner.fromHost({ kind: 'connect', from: FROM, to: { port: 80 } }));
  stretch();
  expect(events).toEqual([{ kind: 'connected', from: FROM }]);
  note();
  timeline.perform((runner) => runner.fromHost({ kind: 'data', from: FROM, bytes: Buffer.from('GET /page HTTP/1.0\r\n\r\n') }));
  timeline.perform((runner) => runner.fromHost({ kind: 'end', from: FROM }));
  let taken = 0;
  const received = (): string => events.map((event) => (event.kind === 'data' ? Buffer.from(event.bytes).toString('latin1') : '')).join('');
  for (let n = 0; !events.some(({ kind }) => kind === 'end'); n++) {
    if (n > 200) throw new Error('the page does not come');
    stretch();
    note();
    const length = received().length - taken;
    taken += length;
    if (length > 0) timeline.perform((runner) => runner.fromHost({ kind: 'taken', from: FROM, length }));
  }
  expect(received().split('\r\n\r\n')[1]).toBe(PAGE);
  const [told, text] = [events.length, printed];
  const goTo = (instructions: number): void => {
    timeline.rewind(instructions);
    const end = Date.now() + PATIENCE;
    while (timeline.now.instructions < instructions) {
      if (Date.now() > end) throw new Error('the run does not come to where it was');
      timeline.run(Infinity, () => Date.now() > end, instructions);
    }
  };
  // By states, from the last to the first; then from power-on, with all that comes in between.
  for (const [instructions, digest] of [...moments].reverse()) {
    goTo(instructions);
    expect([timeline.now.instructions, timeline.runner.digest()]).toEqual([instructions, digest]);
  }
  timeline.keepStates(false);
  const [instructions, digest] = moments.at(-1)!;
  goTo(instructions);
  expect([timeline.now.instructions, timeline.runner.digest()]).toEqual([instructions, digest]);
  expect([events.length, printed]).toEqual([told, text]);
}, 240_000);
