/**
 * A site with JupyterLite, in Chromium: part 4 with its game, edited C, files that are there after a reload, and all that a reader does to a
 * kernel. `VIRTBOOK_SCREENSHOTS=DIR` keeps pictures of it.
 *
 * @peers chromium debian python
 * @seconds 300
 * @apart
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import type { Browser, BrowserContext } from 'playwright-core';
import { type SiteServer, serveSite } from '../../kernel/site/serve.js';
import { packageRoot } from '../../sdk/root.js';
import { PATIENCE } from '../support/until.js';
import { launchChromium } from './browsers.js';
import { type CodeCell, LabPage } from './lab-page.js';
import { interruptBoot, picture, playOnScreen, textOf } from './reader.js';

jest.setTimeout(10 * PATIENCE);

const SCRATCH = mkdtempSync(join(tmpdir(), 'virtbook lite '));
const SITE = join(SCRATCH, 'site');
let server: SiteServer;
let browser: Browser;
let context: BrowserContext;
let lab: LabPage;

beforeAll(async () => {
  execFileSync(process.execPath, [join(packageRoot(), 'bin', 'virtbook.js'), 'site', SITE, 'part1', 'part4', '--install'], {
    cwd: SCRATCH,
  });
  exposeApplication(join(SITE, 'jupyter-lite.json'));
  server = await serveSite(SITE);
  browser = await launchChromium();
  context = await browser.newContext({ viewport: { width: 1280, height: 1000 } });
  lab = new LabPage(await context.newPage());
  await open('part4.ipynb');
}, 30 * PATIENCE);
afterAll(async () => {
  await browser.close();
  await server.close();
  rmSync(SCRATCH, { recursive: true, force: true });
});

/** Only so can a test look at the notebook's model. */
function exposeApplication(settings: string): void {
  const all = JSON.parse(readFileSync(settings, 'utf8')) as { 'jupyter-config-data': Record<string, unknown> };
  all['jupyter-config-data'].exposeAppInBrowser = true;
  writeFileSync(settings, JSON.stringify(all));
}

async function open(notebook: string): Promise<void> {
  await lab.page.goto(new URL(`notebooks/index.html?path=${notebook}`, server.address).href);
  await lab.kernelIsIdle();
}

/** Runs a cell to its end. */
async function run(source: string, patience = PATIENCE): Promise<CodeCell> {
  await lab.run(source);
  return lab.executed(-1, patience);
}

const said = (cell: CodeCell): string =>
  `${textOf(cell.outputs)}\n${cell.outputs.map((output) => (output as { traceback?: string[] }).traceback?.join('\n') ?? '').join('\n')}`;

test('part 4 runs from its first cell to its first task, which is the reader\u2019s', async () => {
  await picture(lab, 'lite-open');
  await lab.page.evaluate(() => void globalThis.jupyterapp.commands.execute('notebook:run-all-cells'));
  const task = (await lab.cells()).findIndex(({ source }) => source.startsWith('%check repair'));
  await lab.executed(task, 5 * PATIENCE);
  const cells = await lab.cells();
  const failed = cells.filter(({ outputs }) => outputs.some((output) => output.output_type === 'error'));
  expect(failed.map(({ source }) => source)).toEqual(['%check repair']);
  const boot = cells.filter(({ source }) => source.startsWith('%run')).at(-1);
  expect(textOf(boot?.outputs ?? [])).toMatch(/lease of 10\.0\.2\.15[\s\S]*Transfer word/);
  await picture(lab, 'lite-ran');
});

test('the virtual machine monitor is compiled and linked with Linux in the page, and boots it', async () => {
  await run('%file vmm.c');
  await run('%%edit vmm.c\n#define MINE 1');
  // The chapter's last description is a broken one.
  await run('%system wordle.system');
  expect(said(await run('%build part4', 5 * PATIENCE))).toMatch(/Built part4/);
  expect(said(await run('%run part4 --seed 7 --until "Transfer word"', 3 * PATIENCE))).toContain('Transfer word');
});

test('a game on the on-screen keyboard: one board, in place, to the end', async () => {
  await run('%send RETURN');
  await run('%play');
  await playOnScreen(lab, ['crane', 'sloth', 'dumpy', 'fudge', 'kiddo'], () => picture(lab, 'lite-typed'));
  expect(await lab.page.locator('.jp-Cell').last().textContent()).toMatch(/Solved|No guesses left/);
});

test('a snapshot is gone back to', async () => {
  await run('%snapshot after');
  await run('%stop');
  expect(said(await run('%restore after'))).not.toMatch(/Error/);
  expect(said(await run('%log --tail 5'))).not.toMatch(/Error/);
});

test('an interrupt ends a run at once', async () => {
  await interruptBoot(lab);
});

test('what a reader has written is there after a reload', async () => {
  await run('%%file mine.c\nint mine;');
  await lab.page.evaluate(() => globalThis.jupyterapp.commands.execute('docmanager:save'));
  await lab.page.reload();
  await lab.kernelIsIdle();
  expect((await lab.cells()).some(({ source }) => source.startsWith('%%file mine.c'))).toBe(true);
  expect(said(await run('%show file mine.c'))).toContain('int mine;');
  // Of the kernel before the reload.
  expect(said(await run('%restore'))).toMatch(/after +part4 with seed 7/);
  expect(said(await run('%restore after'))).toMatch(/Restored after/);
});

test('a cell asks its reader', async () => {
  await lab.run("const name = await input('Your name? '); `hello ${name}`");
  const field = lab.page.locator('.jp-Stdin-input');
  await field.fill('Ada');
  await field.press('Enter');
  expect(said(await lab.executed(-1))).toContain('hello Ada');
});

test('all files are saved as a zip', async () => {
  const saved = lab.page.waitForEvent('download');
  await lab.menu('File', 'Save All Files as a Zip');
  const files = unzipSync(readFileSync(await (await saved).path()));
  expect(Object.keys(files)).toEqual(expect.arrayContaining(['mine.c', 'part1.ipynb', 'part4.ipynb']));
  expect(new TextDecoder().decode(files['mine.c'])).toBe('int mine;\n');
});

test('a kernel that is restarted runs', async () => {
  await lab.page.evaluate(() => void globalThis.jupyterapp.commands.execute('kernelmenu:restart'));
  await lab.page.locator('.jp-Dialog button').filter({ hasText: 'Restart' }).click();
  await lab.kernelIsIdle();
  expect(said(await run('1 + 1'))).toContain('2');
});

test('nothing went wrong in the page', () => expect(lab.faults).toEqual([]));

test('the next visit needs no network', async () => {
  await server.close();
  await lab.page.reload();
  await lab.kernelIsIdle();
  expect(said(await run('6 * 7'))).toContain('42');
});
