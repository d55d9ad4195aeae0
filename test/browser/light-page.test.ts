/**
 * A chapter with no server, in Chromium: its outputs are those of `virtbook execute`, and its light page runs what a reader writes.
 *
 * @peers chromium
 * @seconds 70
 */
import type { Browser, Page } from 'playwright-core';
import { type SiteServer, serveSite } from '../../kernel/site/serve.js';
import { PATIENCE } from '../support/until.js';
import { launchChromium } from './browsers.js';
import { damageRuns, runsAreKept } from './kept-runs.js';
import { LightReader } from './light-reader.js';
import { lightSite } from './light-site.js';
import { executePart1, expectInPage } from './part1.js';

jest.setTimeout(3 * PATIENCE);

let server: SiteServer;
let browser: Browser;
const faults: string[] = [];

beforeAll(async () => {
  server = await serveSite(await lightSite());
  browser = await launchChromium();
}, 10 * PATIENCE);
afterAll(async () => {
  await browser.close();
  await server.close();
});

async function open(path: string): Promise<Page> {
  const page = await browser.newPage();
  page.on('pageerror', (error) => faults.push(error.stack ?? error.message));
  await page.goto(new URL(path, server.address).href);
  return page;
}

test('part 1 has the outputs of virtbook execute, byte for byte', async () => {
  const page = await open('part1.html');
  await expectInPage(page, executePart1());
  await page.close();
});

test('the next visit goes on from the end of a run, in the same state, and boots where what is kept is damaged', async () => {
  const context = await browser.newContext();
  /** What a visit sees of the first run, and the state at its end. */
  async function visit(afterwards?: (page: Page) => Promise<void>): Promise<{ booted: boolean; console: string; state: string }> {
    const reader = new LightReader(await context.newPage());
    await reader.page.goto(new URL('part1.html', server.address).href);
    for (const text of ['%chapter part1', '%%system hello.system', '%%file hello.c', '%build part1'])
      await reader.run(reader.cellWith(text));
    const run = reader.cellWith('%build part1').locator('[aria-live]');
    await reader.shows(reader.cellWith('%build part1'), '--seed 1 repeats it');
    const shown = await run.innerText();
    // By its place: it has another text the next time.
    const cell = reader.page.locator('.cell.code').nth(4);
    const stateOf = `const { time, instructions } = await machine.status();
      JSON.stringify({ time, instructions, ...(await machine.registers()) }, (_, value) => (typeof value === 'bigint' ? String(value) : value))`;
    await reader.says(cell, stateOf, 'instructions');
    const state = await cell.locator('[aria-live]').innerText();
    await runsAreKept(reader.page);
    await afterwards?.(reader.page);
    await reader.page.close();
    const said = /\(part1 was not booted[^)]*\)/;
    return { booted: !said.test(shown), console: shown.slice(shown.indexOf('LDR|')).replace(said, '').replace(/\s+/g, ' '), state };
  }
  const first = await visit();
  expect(first).toMatchObject({ booted: true, console: expect.stringContaining('HELLO: I am a protection domain') as string });
  expect(await visit(damageRuns)).toEqual({ ...first, booted: false });
  expect(await visit()).toEqual(first);
  // The boot was kept in the place of what was damaged.
  expect(await visit()).toEqual({ ...first, booted: false });
  await context.close();
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

  test('asks the reader below the cell, and shows what they answer', async () => {
    const cell = reader.page.locator('.cell.code').first();
    await reader.write(
      cell,
      "const name = await input('Your name?');\nconst word = await input('', { password: true });\n`${name} ${word.length}`",
    );
    await reader.run(cell);
    await reader.page.getByLabel('Your name?').fill('Ada');
    await reader.page.keyboard.press('Enter');
    await reader.shows(cell, 'Your name? Ada');
    await reader.page.getByLabel('answer').fill('secret');
    await reader.page.getByRole('button', { name: 'Enter' }).click();
    await reader.shows(cell, 'Ada 6');
    expect(await cell.innerText()).not.toContain('secret');
    await reader.run(cell);
    await reader.page.getByLabel('Your name?').waitFor();
    await reader.page.getByRole('button', { name: 'Interrupt' }).click();
    await reader.shows(cell, 'KeyboardInterrupt');
    expect(await reader.page.getByLabel('Your name?').count()).toBe(0);
  });

  test('takes thousands of lines from the clipboard, as they are, and gives them up at once', async () => {
    const own = new LightReader(await open('part1.html'));
    const cell = own.page.locator('.cell.code').first();
    const text = Array.from({ length: 2000 }, (_, line) => `const x${line} = ${line}; // \ta <line>`).join('\n');
    await own.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await own.page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)})`);
    await cell.getByRole('textbox').click();
    await own.page.keyboard.press('Control+A');
    await own.page.keyboard.press('Control+V');
    await own.page.waitForFunction(`Object.values(localStorage).includes(${JSON.stringify(text)})`);
    await own.page.getByRole('heading').first().click();
    await own.write(cell, '6 * 7');
    await own.run(cell);
    await own.shows(cell, '42');
    await own.page.close();
  });

  afterAll(() => expect(faults).toEqual([]));
});
