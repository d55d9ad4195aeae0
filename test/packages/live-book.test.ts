/**
 * A Sphinx book with cells that run in its page: jupyterlite-sphinx takes the kernel from the wheel jupyterlite-virtbook-kernel, and a light
 * page of `virtbook site` is in a frame, as any book can have it. What a book is made with comes from Python's index.
 *
 * @peers chromium debian python
 * @seconds 400
 * @apart
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, FrameLocator, Page } from 'playwright-core';
import { formatNotebook, readNotebook } from '../../kernel/notebook/format.js';
import { serveSite, type SiteServer } from '../../kernel/site/serve.js';
import { packageRoot } from '../../sdk/root.js';
import { launchChromium } from '../browser/browsers.js';
import { lightSite } from '../browser/light-site.js';
import { PATIENCE } from '../support/until.js';
import { Place } from './place.js';

jest.setTimeout(5 * PATIENCE);

const place = new Place();
const faults: string[] = [];
let server: SiteServer;
let browser: Browser;
let page: Page;

/** The first cells of part 1, which build and boot. */
async function beginning(): Promise<string> {
  const chapter = await readNotebook(join(packageRoot(), 'notebooks', 'part1', 'part1.ipynb'));
  const cells = chapter.cells.filter(({ cell_type: type }) => type === 'code').slice(0, 4);
  return formatNotebook({ ...chapter, cells });
}

beforeAll(async () => {
  const release = join(packageRoot(), 'packaging', 'release', 'main.mjs');
  const folder = join(place.folder, 'release');
  place.run(process.execPath, [release, folder, '--no-build', '--platform', 'jupyterlite']);
  const wheel = join(
    folder,
    readdirSync(folder).find((file) => file.endsWith('-py3-none-any.whl'))!,
  );
  const environment = join(place.folder, 'environment');
  const python = join(environment, 'bin', 'python');
  place.run('python3', ['-m', 'venv', environment]);
  const packages = ['sphinx==9.0.4', 'jupyterlite-sphinx', 'jupyterlite-core==0.8.6', 'jupyter-server', wheel];
  place.run(python, ['-m', 'pip', 'install', '--quiet', ...packages]);

  const book = join(place.work, 'a book');
  mkdirSync(join(book, 'extra'), { recursive: true });
  writeFileSync(join(book, 'part1.ipynb'), await beginning());
  writeFileSync(
    join(book, 'conf.py'),
    [
      'project = "A book"',
      'extensions = ["jupyterlite_sphinx"]',
      'jupyterlite_bind_ipynb_suffix = False',
      'html_extra_path = ["extra"]',
      '',
    ].join('\n'),
  );
  const write = (name: string, ...lines: string[]): void => writeFileSync(join(book, `${name}.rst`), `${lines.join('\n')}\n`);
  write(
    'index',
    'A book',
    '======',
    '',
    '.. toctree::',
    '',
    '   console',
    '   light',
    '',
    '.. notebooklite:: part1.ipynb',
    '   :height: 600px',
  );
  write('console', 'Console', '=======', '', '.. replite::', '   :kernel: virtbook', '   :height: 400px', '', '   6 * 7');
  write(
    'light',
    'Light',
    '=====',
    '',
    '.. raw:: html',
    '',
    '   <iframe src="live/part1.html" title="live" width="100%" height="600"></iframe>',
  );
  place.run('cp', ['-r', await lightSite(), join(book, 'extra', 'live')]);
  // It starts `jupyter` by its name.
  place.run(python, ['-m', 'sphinx', '-q', '-b', 'html', book, join(place.work, 'html')], {
    env: { PATH: `${join(environment, 'bin')}:${process.env.PATH}` },
  });
  server = await serveSite(join(place.work, 'html'));
  browser = await launchChromium();
  page = await browser.newPage();
  page.on('pageerror', (error) => faults.push(error.stack ?? error.message));
}, 30 * PATIENCE);
afterAll(async () => {
  await (browser as Browser | undefined)?.close();
  await (server as SiteServer | undefined)?.close();
  place.remove();
});

/** The frame of a page of the book. */
async function open(name: string): Promise<FrameLocator> {
  await page.goto(new URL(`${name}.html`, server.address).href);
  return page.frameLocator('iframe');
}
const shown = (where: FrameLocator, text: string): Promise<void> =>
  where
    .locator('.jp-OutputArea-output')
    .filter({ hasText: text })
    .first()
    .waitFor({ timeout: 2 * PATIENCE });

test('a chapter in the book runs: notebooklite', async () => {
  const notebook = await open('index');
  await notebook.locator('.jp-Notebook .cm-content').first().click();
  for (let cell = 0; cell < 4; cell++) await page.keyboard.press('Shift+Enter');
  await shown(notebook, 'HELLO: I am a protection domain');
});

test('a line of code in the book runs: replite', async () => shown(await open('console'), '42'));

test('a light page in a frame runs', async () => {
  const light = await open('light');
  const cell = (text: string) => light.locator('.cell.code').filter({ hasText: text }).first();
  for (const text of ['%chapter part1', '%%system hello.system', '%%file hello.c', '%build part1']) {
    await cell(text).getByRole('button', { name: 'Run' }).click();
  }
  await cell('%build part1').locator('[aria-live]').filter({ hasText: 'HELLO: I am a protection domain' }).waitFor({ timeout: PATIENCE });
});

afterAll(() => expect(faults).toEqual([]));
