/**
 * A chapter in a book: makers of books run it with the installed kernel, and its page is good to read.
 *
 * @peers jupyter chromium debian
 * @seconds 40
 * @long
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { formatNotebook, readNotebook } from '../../kernel/notebook/format.js';
import { CHAPTER_PATH, installKernel, jupyterPython } from '../notebooks/chapter.js';
import { isTooWide, lookOf, Reader, seriousViolations } from './reader.js';

jest.setTimeout(60_000);

/** What a `conf.py` says beside the theme, and where the maker puts outputs on a page. */
const makers = {
  nbsphinx: { settings: 'nbsphinx_timeout = 120', outputs: '.nboutput' },
  // Where one message of a console ends and the next begins is a matter of the host's time.
  myst_nb: { settings: 'nb_execution_timeout = 120\nnb_merge_streams = True', outputs: '.cell_output' },
};
type Maker = keyof typeof makers;

/** The second half of the chapter: a boot, and a guess. */
const cells = [
  'title',
  'magics',
  'system-without-channel',
  'system-with-channel',
  'server-source',
  'build-with-channel',
  'run-with-channel',
  'wake',
  'guess-1',
  'guess-2',
];

let folder: string;
let reader: Reader;
/** Pages of the chapter, by who made them. */
let pages: Record<Maker | 'again', string>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'virtbook books '));
  installKernel();
  reader = await Reader.start();
  const [nbsphinx, myst_nb, again] = await Promise.all([
    make('nbsphinx', 'nbsphinx'),
    make('myst_nb', 'myst_nb'),
    make('myst_nb', 'again'),
  ]);
  pages = { nbsphinx, myst_nb, again };
}, 150_000);
afterAll(async () => {
  // Not there where its start has failed.
  await (reader as Reader | undefined)?.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** Makes a book of one chapter, all warnings as errors, and gives the path of the chapter's page. */
async function make(maker: Maker, name: string): Promise<string> {
  const book = join(folder, name);
  mkdirSync(book);
  const chapter = await readNotebook(CHAPTER_PATH);
  writeFileSync(join(book, 'part4.ipynb'), formatNotebook({ ...chapter, cells: chapter.cells.filter(({ id }) => cells.includes(id)) }));
  writeFileSync(join(book, 'index.rst'), 'A book\n======\n\n.. toctree::\n\n   part4\n');
  const settings = [
    'project = "A book"',
    `extensions = ["${maker}"]`,
    'html_theme = "sphinx_book_theme"',
    'exclude_patterns = [".virtbook"]',
    makers[maker].settings,
  ];
  writeFileSync(join(book, 'conf.py'), `${settings.join('\n')}\n`);
  const python = jupyterPython();
  const child = spawn(
    python,
    ['-m', 'sphinx', '-W', '-q', '-b', 'html', '-d', join(folder, `${name} trees`), book, join(folder, `${name} pages`)],
    {
      // nbsphinx starts programs of the environment by their names.
      env: { ...process.env, PATH: `${join(python, '..')}${delimiter}${process.env.PATH}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let said = '';
  for (const output of [child.stdout, child.stderr]) output.on('data', (data: Buffer) => (said += String(data)));
  const status = await new Promise((resolve) => child.on('close', resolve));
  expect({ status, said }).toEqual({ status: 0, said: '' });
  return join(folder, `${name} pages`, 'part4.html');
}

describe.each(Object.keys(makers) as Maker[])('%s', (maker) => {
  test.each([
    ['light', 1280],
    ['dark', 390],
  ] as const)('shows our pictures and colours in its %s theme, %d pixels wide', async (scheme, width) => {
    const page = await reader.open(pages[maker], scheme, width);
    const look = await lookOf(page);
    // Of the description, and of what was changed in it.
    expect(look.pictures).toEqual(['system diagram', 'system diagram']);
    expect(look.letters).toContain('R, other place rgb(154, 103, 0) rgb(255, 255, 255)');
    expect(look.letters.filter((letter) => letter.includes('right place')).length).toBeGreaterThan(0);
    expect(look.cell).toBeGreaterThan(28);
    expect(await isTooWide(page)).toBe(false);
    const kept = process.env.VIRTBOOK_SCREENSHOTS;
    if (kept) await page.screenshot({ path: join(kept, `${maker}-${scheme}-${width}.png`), fullPage: true });
    if (scheme === 'light') expect(await seriousViolations(page, makers[maker].outputs)).toEqual([]);
    await page.close();
  });
});

test('a book that is made again is the same, boot and game included', async () => {
  const [first, second] = [pages.myst_nb, pages.again].map((page) => readFileSync(page, 'utf8'));
  expect(first).toContain('Transfer word to virtual-machine monitor');
  expect(second).toBe(first);
});
