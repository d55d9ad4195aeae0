/**
 * A chapter with no server, in Firefox: its light page runs what a reader writes. It is run by its name alone: without a window Firefox takes its
 * pages for such in the background, and has stopped the kernel's worker of longer runs, now and then.
 *
 * @peers firefox
 * @seconds 40
 * @apart
 */
import type { Browser, Page } from 'playwright-core';
import { type SiteServer, serveSite } from '../../kernel/site/serve.js';
import { PATIENCE } from '../support/until.js';
import { launchFirefox } from './browsers.js';
import { LightReader } from './light-reader.js';
import { lightSite } from './light-site.js';

jest.setTimeout(3 * PATIENCE);

const BUILD = '%build part1';
let server: SiteServer;
let browser: Browser;
const faults: string[] = [];

beforeAll(async () => {
  server = await serveSite(await lightSite());
  browser = await launchFirefox();
}, 10 * PATIENCE);
afterAll(async () => {
  await browser.close();
  await server.close();
});

async function open(): Promise<Page> {
  const page = await browser.newPage();
  page.on('pageerror', (error) => faults.push(error.stack ?? error.message));
  await page.goto(new URL('part1.html', server.address).href);
  return page;
}

test('cells run, and run again as a reader has changed them, also after a reload', async () => {
  const reader = new LightReader(await open());
  for (const text of ['%chapter part1', '%%system hello.system', '%%file hello.c', BUILD]) await reader.run(reader.cellWith(text));
  await reader.shows(reader.cellWith(BUILD), 'HELLO: I am a protection domain');
  const cell = reader.page.locator('.cell.code').first();
  await reader.says(cell, "const said = await machine.console.text();\nsaid.split('HELLO').length", '2');
  await reader.append(cell, '+ 40');
  await reader.page.keyboard.press('Shift+Enter');
  await reader.shows(cell, '42');
  await reader.page.reload();
  expect(await cell.getByRole('textbox').innerText()).toContain('+ 40');
  await reader.says(cell, '6 * 7', '42');
  await reader.page.close();
});

test('a cell that does not end is interrupted', async () => {
  const reader = new LightReader(await open());
  const cell = reader.page.locator('.cell.code').first();
  await reader.says(cell, 'console.log("on"); while (true) {}', 'on');
  await reader.page.getByRole('button', { name: 'Interrupt' }).click();
  await reader.shows(cell, 'KeyboardInterrupt');
  await reader.says(cell, '6 * 7', '42');
  await reader.page.close();
});

afterAll(() => expect(faults).toEqual([]));
