/**
 * Parts of the kernel that are lost while a cell needs them: that cell fails, and nothing else.
 *
 * @seconds 10
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Machine } from '../../emulator/server/machine.js';
import type { OwnerPort } from '../../emulator/server/port.js';
import { defaultServices } from '../../kernel/assembly/default-services.js';
import type { Services } from '../../kernel/session/services.js';
import { Notebook } from './cells.js';
import { until } from '../support/until.js';

const HANG = `#include <microkit.h>
void init(void) { microkit_dbg_puts("HANG: for ever\\n"); for (;;) { __asm__ volatile(""); } }
void notified(microkit_channel channel) { (void)channel; }
`;

let folder: string;
let notebook: Notebook;
let machine: Machine | undefined;
const services: Services = {
  ...defaultServices,
  startMachine: async (...how) => (machine = await defaultServices.startMachine(...how)),
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lost-'));
  notebook = await Notebook.open(folder, services);
  writeFileSync(join(folder, 'hang.c'), HANG);
  writeFileSync(
    join(folder, 'hang.system'),
    '<system>\n  <protection_domain name="hang" priority="100">\n    <program_image path="hang.elf" />\n  </protection_domain>\n</system>\n',
  );
  await notebook.ok('%build hang');
}, 120_000);
afterAll(async () => {
  await notebook.close();
  rmSync(folder, { recursive: true, force: true });
});

test('the thread of the machine', async () => {
  await notebook.ok('let kept = 1');
  const run = notebook.run('%run hang --timeout 1000m');
  await until(() => machine !== undefined);
  // As the system does it when memory runs out: from outside, and at once.
  await (machine as unknown as { port: OwnerPort }).port.close();
  const { error } = await run;
  expect(error).toMatchObject({ ename: 'RunError' });
  expect(error?.traceback).toMatch(/%run hang --seed \d+/);
  // Variables, builds and a new machine are there.
  expect((await notebook.ok('kept')).text).toBe('1');
  expect((await notebook.ok('%run hang --until "for ever"')).text).toContain('HANG: for ever\n');
}, 60_000);

test('the process of TypeScript cells, while the machine stands', async () => {
  await notebook.ok('%run hang --until "for ever"');
  const before = (await notebook.ok('(await machine.status()).instructions')).text;
  const lost = await notebook.run('process.kill(process.pid, "SIGKILL"); await new Promise(() => undefined)');
  expect(lost.error).toMatchObject({ ename: 'SessionLost' });
  expect((await notebook.ok('(await machine.status()).instructions')).text).toBe(before);
  expect((await notebook.ok('%stop')).text).toBe('hang is switched off.\n');
}, 60_000);
