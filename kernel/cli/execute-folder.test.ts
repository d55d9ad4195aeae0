/** A folder of chapters executed: its pages, and the index that links them. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { executeFolder } from './execute-folder.js';

const SCRATCH = mkdtempSync(join(tmpdir(), 'virtbook folder '));
const SITE = join(SCRATCH, 'site');
afterAll(() => rmSync(SCRATCH, { recursive: true, force: true }));

function makeChapter(name: string, order: number, text: string, code: string): void {
  const folder = join(SCRATCH, 'course', name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'chapter.json'), JSON.stringify({ title: `The ${name}`, order }));
  const cells = [
    { cell_type: 'markdown', id: 'text', metadata: {}, source: `# Title\n\n${text}` },
    ...['%status', code].map((source, index) => ({
      cell_type: 'code',
      id: `code-${index}`,
      metadata: index === 1 ? { jupyter: { source_hidden: true } } : {},
      execution_count: null,
      outputs: [],
      source,
    })),
  ];
  writeFileSync(join(folder, `${name}.ipynb`), JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells }));
}

const run = (folder: string): Promise<string[]> => executeFolder(folder, { html: SITE }, new AbortController().signal);
const page = (name: string): string => readFileSync(join(SITE, name), 'utf8');

test('pages link each other, and the index says how far each chapter ran; one that fails does not keep the others from running', async () => {
  makeChapter('beginning', 1, 'See [the end](../end/end.ipynb).', '%%file note.txt\nhidden');
  makeChapter('end', 2, 'About **ends**.', '%nonsense');
  const printed = jest.spyOn(process.stdout, 'write').mockImplementation(() => true);
  const here = process.cwd();
  await expect(run(join(SCRATCH, 'course'))).rejects.toThrow(/^virtbook: end: cell code-1 failed: MagicError: there is no magic %nonsense/);
  printed.mockRestore();
  expect(process.cwd()).toBe(here);
  expect(page('beginning.html')).toContain('<a href="end.html">the end</a>');
  expect(page('beginning.html')).toContain('<nav><a href="index.html">All chapters</a><a href="end.html">The end \u2192</a></nav>');
  expect(page('beginning.html')).toContain('<details><summary>A solution (2 lines)</summary>');
  const index = page('index.html');
  expect(index).toContain('See <a href="end.html">the end</a>.');
  expect(index).toMatch(/The beginning[^]*2 of 2 cells ran[^]*The end[^]*<strong>ends<\/strong>[^]*2 of 2 cells ran; cell code-1 failed/);
});

test('a folder without chapters says what a chapter is', async () => {
  mkdirSync(join(SCRATCH, 'empty'));
  await expect(run(join(SCRATCH, 'empty'))).rejects.toThrow(/no chapter in .*empty\n.*chapter\.json/);
});
