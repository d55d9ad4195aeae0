/** Part 4 in JupyterLab, in a browser: what a reader sees and does. `VIRTBOOK_SCREENSHOTS=DIR` keeps pictures of it. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Lab } from './lab.js';

jest.setTimeout(150_000);

let folder: string;
let lab: Lab;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'virtbook lab '));
  lab = await Lab.start(folder);
}, 90_000);
afterAll(async () => {
  await lab?.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

async function picture(name: string): Promise<void> {
  const kept = process.env.VIRTBOOK_SCREENSHOTS;
  if (!kept) return;
  mkdirSync(kept, { recursive: true });
  // Displays follow their messages by a moment.
  await new Promise((resolve) => setTimeout(resolve, 500));
  await lab.page.screenshot({ path: join(kept, `${name}.png`) });
}

async function eventually<T>(look: () => Promise<T>, wanted: T): Promise<void> {
  for (const end = Date.now() + 20_000; ; ) {
    const found = await look();
    if (found === wanted) return;
    if (Date.now() > end) {
      await picture('stuck');
      expect(found).toBe(wanted);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const textOf = (outputs: { text?: string; data?: Record<string, unknown> }[]): string => outputs.map((output) => output.text ?? String(output.data?.['text/plain'] ?? '')).join('\n');

test('the chapter runs from its first cell to its last', async () => {
  await lab.open('part4.ipynb');
  await picture('open');
  await lab.menu('Run', 'Run All Cells');
  await lab.executed(-1, 120_000);
  const cells = await lab.cells();
  expect(cells.flatMap(({ outputs }) => outputs.filter((output) => output.output_type === 'error' || (output as { name?: string }).name === 'stderr'))).toEqual([]);
  expect(cells.every(({ executionCount }) => executionCount)).toBe(true);
  const run = cells.filter(({ source }) => source.startsWith('%run')).at(-1);
  expect(textOf(run?.outputs ?? [])).toMatch(/lease of 10\.0\.2\.15[\s\S]*Transfer word/);
  // The person at the browser takes input, so the stages of the boot are there, all of them reached.
  expect(textOf(run?.outputs ?? [])).toContain('[x] loader  [x] microkernel  [x] protection domains  [x] Linux  [x] lease  [x] word');
  await picture('ran');
});

test('completion and help come from the kernel, under a cell magic, too', async () => {
  await lab.run('%lsmagic');
  await lab.executed(-1, 10_000);
  const kernel = await lab.page.evaluate(() => globalThis.jupyterapp.shell.currentWidget?.sessionContext.session?.kernel?.id);
  expect(kernel).toBeTruthy();
  const editor = lab.page.locator('.jp-Notebook .jp-Cell.jp-mod-active .cm-content');
  await lab.page.evaluate(() => globalThis.jupyterapp.commands.execute('notebook:insert-cell-below'));
  await editor.click();
  await lab.page.keyboard.insertText('%%system x.system\n<system><memory_region p');
  await lab.page.keyboard.press('Tab');
  const completer = lab.page.locator('.jp-Completer');
  await completer.waitFor({ timeout: 10_000 });
  expect(await completer.textContent()).toMatch(/page_size="[\s\S]*phys_addr="/);
  await picture('completion');
  await lab.page.keyboard.press('Escape');
});

test('a game on the on-screen keyboard: one board, in place, to the end', async () => {
  await lab.run('%run part4 --seed 7 --until "Transfer word"');
  await lab.executed(-1, 60_000);
  await lab.run('%send RETURN');
  await lab.executed(-1, 20_000);
  await lab.run('%play');
  await lab.executed(-1, 20_000);
  const output = lab.page.locator('.jp-Cell').last().locator('.jp-OutputArea').first();
  const press = (key: string) => output.getByRole('button', { name: new RegExp(`^${key}(?![a-z])`, 'i') }).first().click();
  const row = (index: number) => output.locator('table tr').nth(index);
  const shows = (index: number) => async () => ((await row(index).textContent()) ?? '').replace(/[^A-Za-z]/g, '').toLowerCase();
  const open = (index: number) => () => row(index).locator('td[title=typed], td[title=empty]').count();
  await output.getByRole('button', { name: /^Q/ }).waitFor({ timeout: 20_000 });
  for (const [index, word] of ['crane', 'sloth'].entries()) {
    for (const letter of word) await press(letter);
    // Each key shows before the word is handed in.
    await eventually(shows(index), word);
    if (index === 1) await picture('typed');
    await press('Enter');
    await eventually(open(index), 0);
  }
  // The rest by the keys that a reader has.
  const field = output.getByPlaceholder('type a word');
  for (const [index, word] of ['dumpy', 'fudge', 'kiddo'].entries()) {
    await field.fill(word);
    await field.press('Enter');
    await eventually(shows(index + 2), word);
    await eventually(open(index + 2), 0);
  }
  expect(await output.locator('table').count()).toBe(1);
  expect(await output.textContent()).toMatch(/Solved|No guesses left/);
  expect(await row(0).locator('td').first().getAttribute('aria-label')).toBe('C, not in the word');
  await picture('played');
  await lab.page.evaluate(() => globalThis.jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Dark' }));
  await picture('played-dark');
});

test('an interrupt ends a run at once, and the machine stands still', async () => {
  await lab.run('%run part4 --seed 8 --until "shown by nobody"');
  await lab.page.waitForFunction(() => JSON.stringify([...(globalThis.jupyterapp.shell.currentWidget?.content.model.cells ?? [])].at(-1)?.outputs.toJSON()).includes('Booting Linux'), null, { timeout: 40_000 });
  const start = Date.now();
  await lab.menu('Kernel', /^Interrupt Kernel/);
  const cell = await lab.executed(-1, 10_000);
  expect(Date.now() - start).toBeLessThan(5000);
  expect(cell.outputs.at(-1)).toMatchObject({ output_type: 'error', ename: 'KeyboardInterrupt' });
  await picture('interrupted');
});

test('a restarted kernel knows what is built, and nothing runs', async () => {
  await lab.menu('Kernel', /^Restart Kernel\u2026/);
  await lab.page.locator('.jp-Dialog').getByRole('button', { name: 'Confirm Kernel Restart' }).click();
  await lab.page.waitForFunction(() => globalThis.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle', null, { timeout: 30_000 });
  await lab.run('%status');
  const cell = await lab.executed(-1, 20_000);
  expect(cell.executionCount).toBe(1);
  expect(textOf(cell.outputs)).toMatch(/Built: part4[\s\S]*Machine: off/);
  await picture('restarted');
  expect(lab.faults).toEqual([]);
});
