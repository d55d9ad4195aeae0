/** `npm run screenshots [-- FOLDER]`: pictures of the chapter in JupyterLab, in Notebook 7 and on its light page, light and dark, for README and other texts. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { packageRoot } from '../../sdk/root.js';
import { CHAPTER_PATH } from '../notebooks/chapter.js';
import { type FrontEnd, Lab } from './lab.js';
import { pagePictures } from './page-pictures.js';

/** What is in the pictures: a cell of the chapter by its beginning, with its output. */
const scenes: [name: string, cell: RegExp, align: 'start' | 'center' | 'end'][] = [
  ['title', /%lsmagic$/, 'end'],
  ['system', /^%%(system|edit)[^]*<end pd="vmm"/, 'end'],
  ['boot', /^%run[^]*Transfer/, 'start'],
  ['game', /^%guess dumpy/, 'end'],
];

/** Of the window, in pixels. */
const WIDTHS = [1280, 700] as const;
/** Of a picture that README shows. */
const MOST_BYTES = 150_000;

async function theme(lab: Lab, scheme: 'light' | 'dark'): Promise<void> {
  await lab.page.evaluate(
    (name) => globalThis.jupyterapp.commands.execute('apputils:change-theme', { theme: name }),
    scheme === 'light' ? 'JupyterLab Light' : 'JupyterLab Dark',
  );
  await settled(lab);
}

/** Displays, scrolling and themes follow their commands by a moment. */
const settled = (lab: Lab): Promise<void> => lab.page.waitForTimeout(700);

async function show(lab: Lab, cell: RegExp, align: string): Promise<void> {
  const found = await lab.page.evaluate(
    ({ source, to }) => {
      const notebook = globalThis.jupyterapp.shell.currentWidget?.content;
      const index = [...(notebook?.model.cells ?? [])].findLastIndex((model) => new RegExp(source).test(model.sharedModel.getSource()));
      if (!notebook || index < 0) return false;
      notebook.activeCellIndex = index;
      return notebook.scrollToItem(index, to).then(() => true);
    },
    { source: cell.source, to: align },
  );
  if (!found) throw new Error(`the chapter has no cell ${cell}`);
  await settled(lab);
}

async function inScenes(lab: Lab, picture: (name: string) => Promise<void>): Promise<void> {
  for (const [name, cell, align] of scenes) {
    await show(lab, cell, align);
    await picture(name);
  }
}

/** Takes one of README's from the folder. */
function forReadme(folder: string, name: string, to: string): void {
  const path = join(folder, `${name}.png`);
  if (statSync(path).size > MOST_BYTES) throw new Error(`${path} is larger than ${MOST_BYTES} bytes: README does not show it`);
  copyFileSync(path, join(packageRoot(), 'docs', 'pictures', to));
}

async function main(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), 'virtbook screenshots '));
  const take = async (page: Page, name: string): Promise<void> => {
    const path = join(folder, `${name}.png`);
    await page.screenshot({ path });
    process.stdout.write(`${path}\n`);
  };
  try {
    await pagePictures(work, take);
    forReadme(folder, 'page-game-light', 'page.png');
    await labPictures(join(work, 'chapters'), take);
    forReadme(folder, `lab-game-light-${WIDTHS[0]}`, 'board.png');
  } finally {
    rmSync(work, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function labPictures(work: string, take: (page: Page, name: string) => Promise<void>): Promise<void> {
  mkdirSync(work);
  // The solved one: a task that is not done ends a run of all cells.
  copyFileSync(CHAPTER_PATH, join(work, 'part4.ipynb'));
  const lab = await Lab.start(work);
  const picture = (name: string): Promise<void> => take(lab.page, name);
  try {
    for (const frontEnd of ['lab', 'notebook'] satisfies FrontEnd[]) {
      await lab.open('part4.ipynb', frontEnd);
      await lab.menu('Run', 'Run All Cells');
      await lab.executed(-1, 120_000);
      for (const scheme of ['light', 'dark'] as const) {
        await theme(lab, scheme);
        for (const width of WIDTHS) {
          await lab.page.setViewportSize({ width, height: 1000 });
          await inScenes(lab, (name) => picture(`${frontEnd}-${name}-${scheme}-${width}`));
        }
        await lab.page.setViewportSize({ width: WIDTHS[0], height: 1000 });
      }
      await theme(lab, 'light');
      // The chapter ends with another system.
      for (const source of [
        '%build part4 --system wordle.system',
        '%run part4 --seed 7 --until "Transfer word"',
        '%send RETURN',
        '%guess crane',
        '%play',
      ]) {
        await lab.run(source);
        await lab.executed(-1, 60_000);
      }
      await lab.page.locator('.jp-Cell').last().getByRole('button', { name: /^Q/ }).waitFor({ timeout: 20_000 });
      await settled(lab);
      await picture(`${frontEnd}-keyboard-light`);
      await theme(lab, 'dark');
      await picture(`${frontEnd}-keyboard-dark`);
      await lab.run('%build part4 --system broken');
      await lab.executed(-1, 60_000);
      await settled(lab);
      await picture(`${frontEnd}-error-dark`);
    }
  } finally {
    await lab.close();
  }
}

main(resolve(process.argv[2] ?? join(packageRoot(), 'dist', 'screenshots'))).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
