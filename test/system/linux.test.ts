/**
 * Linux uses the processor's debug registers and counters for its programs: ptrace and perf events.
 *
 * @peers debian
 */
import { readFileSync } from 'node:fs';
import { loadCoreModules } from '../../emulator/host-node/core-modules.js';
import { MachineRunner } from '../../emulator/machine/runner.js';
import { characterDevice, cpioArchive, directory, file } from '../../formats/cpio.js';
import { ensureGuest } from '../../sdk/guest/guest.js';
import { ROUNDS, WATCHED, linuxProgram, placeOf } from './linux-program.js';
import { dhcpGuest } from '../support/guests.js';

test('a program in Linux watches, stops and steps another, and counts its instructions', async () => {
  const { kernel } = await ensureGuest(dhcpGuest);
  const initrd = cpioArchive([directory('dev'), characterDevice('dev/console', 5, 1), file('init', linuxProgram(), 0o755)]);
  let text = '';
  const runner = new MachineRunner(
    {
      ramSize: 256 << 20,
      virtualization: false,
      loaders: [],
      seed: 3,
      pacing: 'simulated',
      linux: { kernel: readFileSync(kernel), initrd, commandLine: 'console=ttyAMA0 cryptomgr.notests' },
    },
    loadCoreModules(),
    (byte) => (text += String.fromCharCode(byte)),
  );
  runner.prepare();
  const { stop } = runner.run(20e9, () => false);
  expect([stop?.kind, text.slice(-1000)]).toEqual(['powerOff', expect.anything()]);
  expect(text).toContain('hw-breakpoint: found 6 breakpoint and 4 watchpoint registers.');
  expect(text).toMatch(/enabled with armv8_pmuv3\S* PMU driver, 7 counters available/);
  const found = [...text.matchAll(/^([0-9a-f]{16})\r?$/gm)].map(([, digits]) => BigInt(`0x${digits}`));
  const TRAPPED = 0x57fn;
  expect(found.map((value) => value.toString(16))).toEqual(
    [
      // The child has stopped itself.
      0x137fn,
      // The watchpoint: TRAP_HWBKPT, and the address; before the store.
      0n,
      TRAPPED,
      placeOf('stored') + 4n,
      4n,
      BigInt(WATCHED),
      // Two steps.
      0n,
      TRAPPED,
      placeOf('stepped'),
      TRAPPED,
      placeOf('stepped twice'),
      // The breakpoint.
      0n,
      TRAPPED,
      placeOf('broken'),
      0n,
      // It has exited.
      0x700n,
      // The counter's file, and what it counted: the rounds, and what else is between the two system calls.
      3n,
      BigInt(ROUNDS * 3 + 1 + 5 + 1),
    ].map((value) => value.toString(16)),
  );
}, 120_000);
