/**
 * The C compiler of a site, in Chromium: a reader changes C, makes a mistake, mends it, and runs what the page has compiled.
 *
 * @peers chromium debian
 * @seconds 120
 * @apart
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { type SiteServer, serveSite } from '../../kernel/site/serve.js';
import { packageRoot } from '../../sdk/root.js';
import { PATIENCE } from '../support/until.js';
import { launchChromium } from './browsers.js';
import { LightReader } from './light-reader.js';

jest.setTimeout(5 * PATIENCE);

const SCRATCH = mkdtempSync(join(tmpdir(), 'virtbook-'));
const SITE = join(SCRATCH, 'a site');
const BUILD = '%build part1';
const SOURCE = '%%file hello.c';
let server: SiteServer;
let browser: Browser;
let reader: LightReader;
const faults: string[] = [];

beforeAll(async () => {
  execFileSync(process.execPath, [join(packageRoot(), 'bin', 'virtbook.js'), 'site', SITE, 'part1', '--light'], { cwd: SCRATCH });
  server = await serveSite(SITE);
  browser = await launchChromium();
  const page = await browser.newPage();
  page.on('pageerror', (error) => faults.push(error.stack ?? error.message));
  await page.goto(new URL('part1.html', server.address).href);
  reader = new LightReader(page);
  for (const text of ['%chapter part1', '%%system hello.system']) await reader.run(reader.cellWith(text));
}, 20 * PATIENCE);
afterAll(async () => {
  await browser.close();
  await server.close();
  rmSync(SCRATCH, { recursive: true, force: true });
});

/** Writes hello.c, and builds and runs it. */
async function build(program: string): Promise<void> {
  await reader.idle();
  await reader.write(reader.cellWith(SOURCE), `${SOURCE}\n${program}`);
  await reader.run(reader.cellWith(SOURCE));
  await reader.run(reader.cellWith(BUILD));
}

const program = (line: string): string =>
  `#include <microkit.h>\n\nvoid init(void)\n{\n${line}\n}\n\nvoid notified(microkit_channel channel)\n{\n}\n`;

test('a mistake has its file, line, column and text', async () => {
  await build(program('microkit_dbg_puts("mine: " + lenght);'));
  const output = reader.cellWith(BUILD).locator('[aria-live]');
  await reader.shows(reader.cellWith(BUILD), /hello\.c:5:\d+: error: .lenght. undeclared/);
  expect(await output.innerText()).toMatch(/microkit_dbg_puts\("mine: " \+ lenght\);\n +\| +\^~+/);
});

test('once it is mended, what the page has compiled runs', async () => {
  await build(program('microkit_dbg_puts("compiled in the page\\n");'));
  await reader.shows(reader.cellWith(BUILD), 'compiled in the page');
});

test('a warning is shown with what was built', async () => {
  await build(program('int unused;\nmicrokit_dbg_puts("with a warning\\n");'));
  await reader.shows(reader.cellWith(BUILD), /hello\.c:5:5: warning: unused variable .unused.[^]*with a warning/);
});

test('a new page takes the machine that the first one has kept', async () => {
  const kept = (action: string): Promise<unknown> =>
    reader.page.evaluate(
      `caches.open('precache').then(async (store) => (await store.keys()).filter(({ url }) => url.endsWith('compiler/disk.bin')).map((disk) => ${action}).length)`,
    );
  expect(await kept('store.delete(disk)')).toBe(1);
  await reader.page.reload();
  for (const text of ['%chapter part1', '%%system hello.system']) await reader.run(reader.cellWith(text));
  await build(program('microkit_dbg_puts("compiled again\\n");'));
  await reader.shows(reader.cellWith(BUILD), 'compiled again');
  // To boot it, the page would have loaded this again, and kept it.
  expect(await kept('disk')).toBe(0);
});

test('an interrupt ends a compilation, and the next one works', async () => {
  const tenfold = (name: string, part: string): string => `#define ${name} ${part.repeat(10)}`;
  const powers = [tenfold('A', 'x = x * 3 + 1; '), tenfold('B', 'A '), tenfold('C', 'B '), tenfold('D', 'C '), tenfold('E', 'D ')].join(
    '\n',
  );
  await build(program(`volatile int x = 1;\n${powers}\nE`));
  // Where nothing is shown, it has begun.
  await reader.cellWith(BUILD).locator('[aria-live]:empty').waitFor({ state: 'attached', timeout: PATIENCE });
  await reader.page.getByRole('button', { name: 'Interrupt' }).click();
  await reader.shows(reader.cellWith(BUILD), 'KeyboardInterrupt');
  await build(program('microkit_dbg_puts("after an interrupt\\n");'));
  await reader.shows(reader.cellWith(BUILD), 'after an interrupt');
});

test('the site says which packages of Debian are in it', async () => {
  await reader.page.goto(server.address);
  await reader.page.getByRole('link', { name: 'Licences and sources' }).click();
  const row = (name: string) => reader.page.getByRole('row').filter({ has: reader.page.getByRole('link', { name, exact: true }) });
  await row('busybox-static').getByText('GPL-2').waitFor();
  expect(await row('libc6').innerText()).toMatch(/glibc 2\./);
  await reader.page.getByRole('link', { name: /^cpp-\d+$/ }).click();
  expect(await reader.page.innerText('body')).toContain('GNU General Public License');
});

afterAll(() => expect(faults).toEqual([]));
