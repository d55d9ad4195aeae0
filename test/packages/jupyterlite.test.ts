/**
 * The wheel jupyterlite-virtbook-kernel: it is the same twice, and `pip install jupyterlite-core jupyterlite-virtbook-kernel && jupyter lite
 * build` gives a site with the kernel, which runs a chapter in Chromium. What JupyterLite needs comes from Python's index.
 *
 * @peers chromium debian python
 * @seconds 300
 * @apart
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { strFromU8, unzipSync } from 'fflate';
import { readNotebook } from '../../kernel/notebook/format.js';
import { serveSite, type SiteServer } from '../../kernel/site/serve.js';
import { packageRoot } from '../../sdk/root.js';
import { launchChromium } from '../browser/browsers.js';
import { LabPage } from '../browser/lab-page.js';
import { textOf } from '../browser/reader.js';
import { PATIENCE } from '../support/until.js';
import { Place } from './place.js';

jest.setTimeout(30 * PATIENCE);

const place = new Place();
let server: SiteServer | undefined;
let browser: Browser | undefined;
afterAll(async () => {
  await browser?.close();
  await server?.close();
  place.remove();
});

/** Makes it, and gives its path. */
function release(name: string): string {
  const folder = join(place.folder, name);
  const program = join(packageRoot(), 'packaging', 'release', 'main.mjs');
  place.run(process.execPath, [program, folder, '--no-build', '--platform', 'jupyterlite']);
  return join(
    folder,
    readdirSync(folder).find((file) => file.endsWith('-py3-none-any.whl'))!,
  );
}

let wheel: string;

test('is the same twice, and names what is others\u2019', () => {
  wheel = release('first');
  expect(readFileSync(release('second')).equals(readFileSync(wheel))).toBe(true);
  const files = unzipSync(readFileSync(wheel));
  const page = Object.entries(files).find(([path]) => path.endsWith('/licences/index.html'))?.[1];
  expect(strFromU8(page ?? new Uint8Array())).toMatch(/busybox-static[^]*cpp-\d+[^]*linux-image-.*GPL-2/);
  expect(Object.keys(files).some((path) => path.includes(packageRoot()))).toBe(false);
});

test('pip and jupyter lite build give a site that runs a chapter', async () => {
  const environment = join(place.folder, 'environment');
  const site = join(place.work, 'lite');
  place.run('python3', ['-m', 'venv', environment]);
  place.run(join(environment, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', 'jupyterlite-core', 'jupyter-server', wheel]);
  mkdirSync(join(site, 'files'), { recursive: true });
  const notebook = {
    cells: [],
    metadata: { kernelspec: { name: 'virtbook', display_name: 'virtbook' }, language_info: { name: 'typescript' } },
    nbformat: 4,
    nbformat_minor: 5,
  };
  writeFileSync(join(site, 'files', 'a.ipynb'), JSON.stringify(notebook));
  writeFileSync(
    join(site, 'jupyter-lite.json'),
    JSON.stringify({ 'jupyter-lite-schema-version': 0, 'jupyter-config-data': { exposeAppInBrowser: true } }),
  );
  place.run(join(environment, 'bin', 'jupyter'), ['lite', 'build', '--contents', 'files'], { cwd: site });
  server = await serveSite(join(site, '_output'));
  browser = await launchChromium();
  const lab = new LabPage(await browser.newPage());
  await lab.page.goto(new URL('notebooks/index.html?path=a.ipynb', server.address).href);
  await lab.kernelIsIdle();
  await lab.run('%chapter');
  expect(textOf((await lab.executed(-1)).outputs)).toMatch(/part1[^]*part5/);
  const { cells } = await readNotebook(join(packageRoot(), 'notebooks', 'part1', 'part1.ipynb'));
  const beginning = cells.filter(({ cell_type: type }) => type === 'code').slice(0, 4);
  for (const { source } of beginning) {
    await lab.run(source);
    await lab.executed(-1);
  }
  expect(textOf((await lab.executed(-1)).outputs)).toContain('HELLO: I am a protection domain');
  expect(lab.faults).toEqual([]);
});
