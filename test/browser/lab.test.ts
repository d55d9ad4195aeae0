/**
 * Part 4 in JupyterLab, in a browser: what a reader sees and does. `VIRTBOOK_SCREENSHOTS=DIR` keeps pictures of it.
 *
 * @peers jupyter chromium debian
 * @seconds 60
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seriousViolations } from '../documents/reader.js';
import { Lab } from './lab.js';
import { copyChapter, interruptBoot, picture, playOnScreen, restartKernel, textOf } from './reader.js';
import { PATIENCE } from '../support/until.js';

jest.setTimeout(150_000);

let folder: string;
let lab: Lab;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'virtbook lab '));
  await copyChapter(join(folder, 'part4.ipynb'));
  lab = await Lab.start(folder);
}, 90_000);
afterAll(async () => {
  // Not there where its start has failed.
  await (lab as Lab | undefined)?.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

test('the chapter runs from its first cell to its last', async () => {
  await lab.open('part4.ipynb');
  await picture(lab, 'open');
  await lab.menu('Run', 'Run All Cells');
  await lab.executed(-1, 5 * PATIENCE);
  const cells = await lab.cells();
  expect(
    cells.flatMap(({ outputs }) =>
      outputs.filter((output) => output.output_type === 'error' || (output as { name?: string }).name === 'stderr'),
    ),
  ).toEqual([]);
  expect(cells.every(({ executionCount }) => executionCount)).toBe(true);
  const run = cells.filter(({ source }) => source.startsWith('%run')).at(-1);
  expect(textOf(run?.outputs ?? [])).toMatch(/lease of 10\.0\.2\.15[\s\S]*Transfer word/);
  // The person at the browser takes input, so the stages of the boot are there, all of them reached.
  expect(textOf(run?.outputs ?? [])).toContain('[x] loader  [x] microkernel  [x] protection domains  [x] Linux  [x] lease  [x] word');
  await picture(lab, 'ran');
});

test('cells are coloured in the language of what is in them', async () => {
  const languages = (await lab.cells()).map(({ source, mimeType }) => [source.split('\n')[0], mimeType]);
  for (const [line = '', mimeType] of languages) {
    if (/^%%(system\b|(file|edit) .*\.system\b)/.test(line)) expect([line, mimeType]).toEqual([line, 'text/xml']);
    else if (/^%%(file|edit) .*\.c\b/.test(line)) expect([line, mimeType]).toEqual([line, 'text/x-csrc']);
    else expect([line, mimeType]).toEqual([line, expect.stringContaining('typescript')]);
  }
  expect(languages.map(([, mimeType]) => mimeType)).toEqual(expect.arrayContaining(['text/xml', 'text/x-csrc']));
});

test('the chapter is at most nine screens of a thousand pixels, up to its tasks, as JupyterLab first lays it out', async () => {
  const tasks = await lab.page.evaluate(async () => {
    const notebook = globalThis.jupyterapp.shell.currentWidget?.content;
    const index = [...(notebook?.model.cells ?? [])].findIndex(({ sharedModel }) => sharedModel.getSource().startsWith('## Tasks'));
    // Only what is near the window is laid out.
    await notebook?.scrollToItem(index, 'start');
    return index;
  });
  const top = async (selector: string): Promise<number> => (await lab.page.locator(selector).first().boundingBox())?.y ?? NaN;
  const height = (await top(`[data-windowed-list-index="${tasks}"]`)) - (await top('.jp-WindowedPanel-inner'));
  expect(height).toBeGreaterThan(1000);
  expect(height).toBeLessThanOrEqual(9000);
});

test('the chapter is at most ten and a half screens of a thousand pixels, up to its tasks, when all is laid out', async () => {
  const height = await lab.page.evaluate(async () => {
    const notebook = globalThis.jupyterapp.shell.currentWidget!.content;
    const before = notebook.notebookConfig;
    // All of it is laid out. Otherwise only what is near the window is, and JupyterLab guesses the rest by its lines.
    notebook.notebookConfig = { ...before, windowingMode: 'none' };
    const cells = notebook.widgets;
    await Promise.all(cells.map(({ ready }) => ready));
    await Promise.all([...notebook.node.querySelectorAll('img')].map((image) => image.decode().catch(() => undefined)));
    for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
    const tasks = cells.find(({ model }) => model.sharedModel.getSource().startsWith('## Tasks'));
    const [first, last] = [cells[0], tasks].map((cell) => cell?.node.getBoundingClientRect().top ?? NaN);
    notebook.notebookConfig = before;
    return last! - first!;
  });
  expect(height).toBeGreaterThan(1000);
  expect(height).toBeLessThanOrEqual(10_500);
});

test('completion and help come from the kernel, under a cell magic, too', async () => {
  await lab.run('%lsmagic');
  await lab.executed(-1);
  const kernel = await lab.page.evaluate(() => globalThis.jupyterapp.shell.currentWidget?.sessionContext.session?.kernel?.id);
  expect(kernel).toBeTruthy();
  const editor = lab.page.locator('.jp-Notebook .jp-Cell.jp-mod-active .cm-content');
  await lab.page.evaluate(() => globalThis.jupyterapp.commands.execute('notebook:insert-cell-below'));
  await editor.click();
  await lab.page.keyboard.insertText('%%system x.system\n<system><memory_region p');
  await lab.page.keyboard.press('Tab');
  const completer = lab.page.locator('.jp-Completer');
  await completer.waitFor({ timeout: PATIENCE });
  expect(await completer.textContent()).toMatch(/page_size="[\s\S]*phys_addr="/);
  await picture(lab, 'completion');
  await lab.page.keyboard.press('Escape');
});

test('a game on the on-screen keyboard: one board, in place, to the end', async () => {
  await lab.run('%run part4 --seed 7 --until "Transfer word"');
  await lab.executed(-1);
  await lab.run('%send RETURN');
  await lab.executed(-1);
  await lab.run('%play');
  await lab.executed(-1);
  await playOnScreen(lab, ['crane', 'sloth', 'dumpy', 'fudge', 'kiddo'], async () => {
    expect(await seriousViolations(lab.page, '.jp-Cell:last-child .jp-OutputArea-output')).toEqual([]);
    await picture(lab, 'typed');
  });
  expect(await lab.page.locator('.jp-Cell').last().textContent()).toMatch(/Solved|No guesses left/);
  await picture(lab, 'played');
  await lab.page.evaluate(() => globalThis.jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Dark' }));
  await picture(lab, 'played-dark');
});

test('an interrupt ends a run at once, and the machine stands still', async () => {
  await interruptBoot(lab);
  await picture(lab, 'interrupted');
});

test('a restarted kernel knows what is built, and nothing runs', async () => {
  await restartKernel(lab);
  await picture(lab, 'restarted');
  expect(lab.faults).toEqual([]);
});
