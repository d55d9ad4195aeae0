/**
 * The benchmark's programs as processes of Linux compute in QEMU what they compute with a machine of their own.
 *
 * @peers qemu debian
 * @seconds 15
 * @long
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findToolchain } from '../../sdk/toolchain/index.js';
import { QEMU } from '../peers/program-console.js';
import { directLinuxArguments } from '../support/direct-linux.js';
import { ordersOf, processGuest } from './processes.js';
import { buildProgram, checksum, machineArguments, programs, withRounds } from './programs.js';

const folder = mkdtempSync(join(tmpdir(), 'processes-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const computed = (args: readonly string[]): string =>
  spawnSync(QEMU, args, { encoding: 'latin1', timeout: 300_000 }).stdout.replaceAll('\r', '');

test('all of them', async () => {
  const chosen = programs.filter(({ group }) => group !== 'system');
  const toolchain = await findToolchain();
  const alone: string[] = [];
  for (const program of chosen) {
    const file = join(folder, `${program.name}.bin`);
    writeFileSync(file, withRounds(await buildProgram(program, toolchain), program.rounds.short));
    alone.push(checksum(computed(machineArguments(program, file))));
  }
  const guest = await processGuest(chosen, ({ rounds }) => rounds.short);
  const together = [...computed(directLinuxArguments(guest)).matchAll(/^sum ([0-9a-f]{16})$/gm)].map(([, sum]) => sum);
  expect(together).toEqual(alone);
}, 300_000);

test('each order has all of them, and each program comes after others in one', () => {
  const orders = ordersOf(['a', 'b', 'c', 'd', 'e']);
  expect(orders).toEqual([
    ['a', 'b', 'c', 'd', 'e'],
    ['e', 'd', 'c', 'b', 'a'],
    ['c', 'd', 'e', 'a', 'b'],
  ]);
});
