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
import { type Browser, chromium, type Page } from 'playwright-core';
import { packageRoot } from '../../sdk/root.js';
import { type SiteServer, serveSite } from '../../kernel/site/serve.js';
import { PATIENCE } from '../support/until.js';
import { browserProgram } from './lab.js';
import { LightReader } from './light-reader.js';
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
  virtbook('site', 'a site', 'part1', '--light', '--no-compiler');
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
  const about = JSON.parse((await page.locator('#virtbook').textContent()) ?? '{}') as { kernel: string };
  const kernel = await PageKernel.start(page, about.kernel);
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
  let reader: LightReader;
  beforeAll(async () => (reader = new LightReader(await open(''))), 3 * PATIENCE);

  const BUILD = '%build part1';
  const SOURCE = '%%file hello.c';

  test('is found from the first page, and its cells run in their order', async () => {
    await reader.page.getByRole('link', { name: 'Part 1: a serial driver' }).click();
    for (const text of ['%chapter part1', '%%system hello.system', SOURCE, BUILD]) await reader.run(reader.cellWith(text));
    await reader.shows(reader.cellWith(BUILD), 'HELLO: I am a protection domain');
  });

  test('says what to do where a reader changes C, and takes the change back', async () => {
    await reader.append(reader.cellWith(SOURCE), 'int mine;');
    await reader.page.keyboard.press('Shift+Enter');
    await reader.run(reader.cellWith(BUILD));
    await reader.shows(
      reader.cellWith(BUILD),
      /hello\.c is not as the chapter has it, and this site has no C compiler \(it was made with --no-compiler\)/,
    );
    await reader.page.reload();
    const text = (): Promise<string | null> => reader.cellWith(SOURCE).getByRole('textbox').textContent();
    expect(await text()).toContain('int mine;');
    await reader.page.getByRole('button', { name: 'Take my changes back' }).click();
    expect(await text()).not.toContain('int mine;');
  });

  test('ends a cell that does not end, and goes on', async () => {
    const cell = reader.page.locator('.cell.code').first();
    await reader.write(cell, 'console.log("on"); while (true) {}');
    await reader.run(cell);
    await reader.shows(cell, 'on');
    await reader.page.getByRole('button', { name: 'Interrupt' }).click();
    await reader.shows(cell, 'KeyboardInterrupt');
    await reader.write(cell, '6 * 7');
    await reader.run(cell);
    await reader.shows(cell, '42');
  });

  afterAll(() => expect(faults).toEqual([]));
});
