/**
 * A chapter with no server, in Chromium: its outputs are those of `virtbook execute`, and its light page runs what a reader writes.
 *
 * @peers chromium
 * @seconds 70
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { packageRoot } from '../../sdk/root.js';
import { type SiteServer, serveSite } from '../../kernel/site/serve.js';
import { PATIENCE } from '../support/until.js';
import { browserProgram } from './lab.js';
import { PageKernel } from './page-kernel.js';

jest.setTimeout(3 * PATIENCE);

const SCRATCH = mkdtempSync(join(tmpdir(), 'virtbook-'));
const NOTEBOOK = join(packageRoot(), 'notebooks', 'part1', 'part1.ipynb');
let server: SiteServer;
let browser: Browser;
const faults: string[] = [];

const virtbook = (...args: string[]): string =>
  execFileSync(process.execPath, [join(packageRoot(), 'bin', 'virtbook.js'), ...args], { encoding: 'utf8', cwd: SCRATCH });

beforeAll(async () => {
  virtbook('site', 'a site', 'part1', '--light');
  server = await serveSite(join(SCRATCH, 'a site'));
  browser = await chromium.launch({ executablePath: browserProgram(), args: ['--no-sandbox'] });
}, 10 * PATIENCE);
afterAll(async () => {
  await browser.close();
  await server.close();
  rmSync(SCRATCH, { recursive: true, force: true });
});

async function open(path: string): Promise<Page> {
  const page = await browser.newPage();
  page.on('pageerror', (error) => faults.push(error.stack ?? error.message));
  await page.goto(new URL(path, server.address).href);
  return page;
}

/** Notebooks have texts in lines. */
type Text = string | string[];
const joined = (text: Text): string => (typeof text === 'string' ? text : text.join(''));

test('part 1 has the outputs of virtbook execute, byte for byte', async () => {
  // A notebook writes its files where it is.
  mkdirSync(join(SCRATCH, 'executed'));
  copyFileSync(NOTEBOOK, join(SCRATCH, 'executed', 'part1.ipynb'));
  virtbook('execute', join('executed', 'part1.ipynb'), '-o', join(SCRATCH, 'part1.ipynb'));
  const executed = JSON.parse(readFileSync(join(SCRATCH, 'part1.ipynb'), 'utf8')) as {
    cells: { cell_type: string; source: Text; outputs: unknown }[];
  };
  const page = await open('part1.html');
  const kernel = await PageKernel.start(page, 'extensions/jupyterlite-virtbook-kernel/static/kernel.js');
  const plain = (outputs: unknown): unknown =>
    JSON.parse(
      JSON.stringify(outputs, (key, value: unknown) => {
        if (key === 'execution_count') return undefined;
        return ['text', 'text/plain', 'text/html'].includes(key) ? joined(value as Text) : value;
      }),
    );
  for (const cell of executed.cells.filter(({ cell_type: type }) => type === 'code')) {
    const source = joined(cell.source);
    const { status, outputs } = await kernel.run(source);
    expect([source, status, plain(outputs)]).toEqual([source, 'ok', plain(cell.outputs)]);
  }
  await page.close();
});

describe('the light page', () => {
  let page: Page;
  beforeAll(async () => (page = await open('')), 3 * PATIENCE);

  const cellWith = (text: string): Locator => page.locator('.cell.code').filter({ hasText: text }).first();
  const run = (cell: Locator): Promise<void> => cell.getByRole('button', { name: 'Run' }).click();
  const shows = (cell: Locator, text: string | RegExp): Promise<void> =>
    cell.locator('[aria-live]').filter({ hasText: text }).waitFor({ timeout: PATIENCE });

  test('is found from the first page, and its cells run in their order', async () => {
    await page.getByRole('link', { name: 'Part 1: a serial driver' }).click();
    for (const text of ['%chapter part1', '%%system hello.system', '%%file hello.c', '%build part1']) await run(cellWith(text));
    await shows(cellWith('%build part1'), 'HELLO: I am a protection domain');
  });

  test('says what to do where a reader changes C, and takes the change back', async () => {
    const source = cellWith('%%file hello.c');
    const editor = source.getByRole('textbox');
    await editor.click();
    await page.keyboard.press('Control+End');
    await page.keyboard.press('Enter');
    await page.keyboard.type('int mine;');
    await page.keyboard.press('Shift+Enter');
    await run(cellWith('%build part1'));
    await shows(cellWith('%build part1'), /this page has no C compiler yet, and hello\.c is not as the chapter has it/);
    await page.reload();
    expect(await cellWith('%%file hello.c').getByRole('textbox').textContent()).toContain('int mine;');
    await page.getByRole('button', { name: 'Take my changes back' }).click();
    expect(await cellWith('%%file hello.c').getByRole('textbox').textContent()).not.toContain('int mine;');
  });

  test('ends a cell that does not end, and goes on', async () => {
    const cell = page.locator('.cell.code').first();
    const editor = cell.getByRole('textbox');
    await editor.click();
    await page.keyboard.press('Control+A');
    await page.keyboard.type('console.log("on"); while (true) {}');
    await run(cell);
    await shows(cell, 'on');
    await page.getByRole('button', { name: 'Interrupt' }).click();
    await shows(cell, 'KeyboardInterrupt');
    await editor.click();
    await page.keyboard.press('Control+A');
    await page.keyboard.type('6 * 7');
    await run(cell);
    await shows(cell, '42');
  });

  afterAll(() => expect(faults).toEqual([]));
});
