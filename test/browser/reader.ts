/** What a reader does in any of the front ends, and what must be seen then. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatNotebook, readNotebook } from '../../kernel/notebook/format.js';
import { CHAPTER_PATH } from '../notebooks/chapter.js';
import { PATIENCE } from '../support/until.js';
import type { CodeCell, LabPage } from './lab-page.js';

/** Puts the chapter, or the cells of it that are named, where a reader has a copy. Its runs boot, also where an earlier test has left them in the cache. */
export async function copyChapter(path: string, cells?: readonly string[]): Promise<void> {
  const chapter = await readNotebook(CHAPTER_PATH);
  const kept = chapter.cells.filter(({ id }) => !cells || cells.includes(id));
  writeFileSync(
    path,
    formatNotebook({ ...chapter, cells: kept.map((cell) => ({ ...cell, source: cell.source.replace(/^%run .*/, '$& --cold') })) }),
  );
}

/** Keeps a picture of the page in `VIRTBOOK_SCREENSHOTS`, if that names a folder. */
export async function picture(lab: LabPage, name: string): Promise<void> {
  const kept = process.env.VIRTBOOK_SCREENSHOTS;
  if (!kept) return;
  mkdirSync(kept, { recursive: true });
  // Displays follow their messages by a moment.
  await new Promise((resolve) => setTimeout(resolve, 500));
  await lab.page.screenshot({ path: join(kept, `${name}.png`) });
}

async function eventually<T>(lab: LabPage, look: () => Promise<T>, wanted: T): Promise<void> {
  for (const end = Date.now() + PATIENCE; ;) {
    const found = await look();
    if (found === wanted) return;
    if (Date.now() > end) {
      await picture(lab, 'stuck');
      expect(found).toBe(wanted);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export const textOf = (outputs: CodeCell['outputs']): string =>
  outputs.map((output) => output.text ?? ((output.data?.['text/plain'] ?? '') as string)).join('\n');

/**
 * Plays the words that are given, on the keyboard of `%play` below the last cell: the first two by mouse, the others in
 * its line. One board shows all of it, in place.
 * @param typed called when the second word stands there, before it is handed in
 */
export async function playOnScreen(lab: LabPage, words: string[], typed?: () => Promise<void>): Promise<void> {
  const output = lab.page.locator('.jp-Cell').last().locator('.jp-OutputArea').first();
  const press = (key: string) =>
    output
      .getByRole('button', { name: new RegExp(`^${key}(?![a-z])`, 'i') })
      .first()
      .click();
  const row = (index: number) => output.locator('table tr').nth(index);
  const shows = (index: number) => async () => ((await row(index).textContent()) ?? '').replace(/[^A-Za-z]/g, '').toLowerCase();
  const open = (index: number) => () => row(index).locator('td[title=typed], td[title=empty]').count();
  await output.getByRole('button', { name: /^Q/ }).waitFor({ timeout: PATIENCE });
  const field = output.getByPlaceholder('type a word');
  for (const [index, word] of words.entries()) {
    if (index < 2) {
      for (const letter of word) await press(letter);
      // Each key shows before the word is handed in.
      await eventually(lab, shows(index), word);
      if (index === 1) await typed?.();
      await press('Enter');
    } else {
      await field.fill(word);
      await field.press('Enter');
      await eventually(lab, shows(index), word);
    }
    await eventually(lab, open(index), 0);
  }
  expect(await output.locator('table').count()).toBe(1);
  expect(await row(0).locator('td').first().getAttribute('aria-label')).toBe(`${words[0]?.charAt(0).toUpperCase()}, not in the word`);
}

/** Starts a boot that would go on for long, whose limit of simulated time an idle Linux does not reach sooner than somebody clicks, and interrupts it when Linux runs. */
export async function interruptBoot(lab: LabPage): Promise<void> {
  await lab.run('%run part4 --seed 8 --until "shown by nobody" --timeout 1000000s');
  await lab.page.waitForFunction(
    () =>
      JSON.stringify([...(globalThis.jupyterapp.shell.currentWidget?.content.model.cells ?? [])].at(-1)?.outputs.toJSON()).includes(
        'Booting Linux',
      ),
    null,
    { timeout: PATIENCE },
  );
  await lab.menu('Kernel', /^Interrupt Kernel/);
  const cell = await lab.executed(-1);
  expect(cell.outputs.at(-1)).toMatchObject({ output_type: 'error', ename: 'KeyboardInterrupt' });
}

/** Restarts the kernel by its menu: it knows what is built, and nothing runs. */
export async function restartKernel(lab: LabPage): Promise<void> {
  await lab.menu('Kernel', /^Restart Kernel\u2026/);
  await lab.page.locator('.jp-Dialog').getByRole('button', { name: 'Confirm Kernel Restart' }).click();
  await lab.page.waitForFunction(() => globalThis.jupyterapp.shell.currentWidget?.sessionContext.session?.kernel?.status === 'idle', null, {
    timeout: PATIENCE,
  });
  await lab.run('%status');
  const cell = await lab.executed(-1);
  expect(cell.executionCount).toBe(1);
  expect(textOf(cell.outputs)).toMatch(/Built: part4[\s\S]*Machine: off/);
}
