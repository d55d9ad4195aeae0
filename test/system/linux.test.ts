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

interface Boot {
  stop: string | undefined;
  text: string;
}

/** Boots Linux with this first process, to the end of the machine. */
async function boot(init: Uint8Array, commandLine = ''): Promise<Boot> {
  const { kernel } = await ensureGuest(dhcpGuest);
  const initrd = cpioArchive([directory('dev'), characterDevice('dev/console', 5, 1), file('init', init, 0o755)]);
  let text = '';
  const runner = new MachineRunner(
    {
      ramSize: 256 << 20,
      virtualization: false,
      loaders: [],
      seed: 3,
      pacing: 'simulated',
      linux: { kernel: readFileSync(kernel), initrd, commandLine: `console=ttyAMA0 cryptomgr.notests ${commandLine}` },
    },
    loadCoreModules(),
    (byte) => (text += String.fromCharCode(byte)),
  );
  runner.prepare();
  const { stop } = runner.run(20e9, () => false);
  return { stop: stop?.kind, text };
}

/** An executable of 32-bit Arm, of one branch to itself, as its own Linux would load it (ELF specification, chapters 1 and 2). */
function armProgram(): Uint8Array {
  const ADDRESS = 0x10000;
  const HEADERS = 52 + 32;
  const bytes = new Uint8Array(HEADERS + 4);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, ...Buffer.from('ELF'), 1, 1, 1]);
  const half = (at: number, ...values: number[]): void => values.forEach((value, n) => view.setUint16(at + 2 * n, value, true));
  const word = (at: number, ...values: number[]): void => values.forEach((value, n) => view.setUint32(at + 4 * n, value, true));
  const [EXECUTABLE, EM_ARM, EABI5] = [2, 40, 0x05000000];
  half(16, EXECUTABLE, EM_ARM);
  word(20, 1, ADDRESS + HEADERS, 52, 0, EABI5);
  half(40, 52, 32, 1, 0, 0, 0);
  const [LOAD, READ_EXECUTE, PAGE] = [1, 5, 0x1000];
  word(52, LOAD, 0, ADDRESS, ADDRESS, bytes.length, bytes.length, READ_EXECUTE, PAGE);
  const BRANCH_TO_ITSELF = 0xeafffffe;
  word(HEADERS, BRANCH_TO_ITSELF);
  return bytes;
}

test('a 32-bit program is refused by Linux, since the processor says that it has no AArch32', async () => {
  const { stop, text } = await boot(armProgram(), 'panic=-1');
  expect(text).not.toContain('32-bit EL0 Support');
  // ENOEXEC: "Exec format error".
  expect(text).toContain('Failed to execute /init (error -8)');
  expect(stop).toBe('reset');
}, 120_000);

test('a program in Linux watches, stops and steps another, and counts its instructions', async () => {
  const { stop, text } = await boot(linuxProgram());
  expect([stop, text.slice(-1000)]).toEqual(['powerOff', expect.anything()]);
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
