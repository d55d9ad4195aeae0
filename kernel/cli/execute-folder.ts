import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, relative, resolve, sep } from 'node:path';
import { ChapterFolders, DECLARATION_FILE } from '../chapters/folders.js';
import { writeAtomically } from '../magics/write-atomically.js';
import { type Cell, parseNotebook } from '../notebook/format.js';
import { type IndexEntry, indexPage } from '../notebook/index-page.js';
import type { PageSurroundings } from '../notebook/page.js';
import type { Chapter } from '../session/chapter.js';
import { isInside } from '../session/folders.js';
import { CommandFailure } from './failure.js';
import { type ExecuteCommand, runNotebookFile } from './execute.js';

type Readable = Chapter & { notebook: string };

const pageName = ({ name }: Chapter): string => `${name}.html`;
const INDEX = 'index.html';

/**
 * Runs the chapters of a folder in their order, each in an empty folder of its own, and writes them into a folder: `NAME.ipynb`, and with
 * `html` pages that link each other, and an index. Resolves to the paths it wrote. All run, also after one that failed, which is thrown at the end.
 */
export async function executeFolder(folder: string, options: ExecuteCommand, signal: AbortSignal): Promise<string[]> {
  const root = resolve(folder);
  const chapters = chaptersIn(root);
  const pages = options.html === undefined ? undefined : resolve(options.html);
  const out = options.output === undefined ? (pages ?? root) : resolve(options.output);
  for (const each of [out, pages]) if (each !== undefined) await mkdir(each, { recursive: true });
  const given = [root, ...(options.chapters ?? []).map((each) => resolve(each))];
  const entries: IndexEntry[] = [];
  const written: string[] = [];
  const failures: string[] = [];
  for (const [index, chapter] of chapters.entries()) {
    const target = join(out, out === root ? `${chapter.name}.executed.ipynb` : `${chapter.name}.ipynb`);
    const page = pages && join(pages, pageName(chapter));
    const surroundings = { pages: linksOf(chapter, chapters), around: around(chapters, index) };
    process.stdout.write(`\n${chapter.name}: ${chapter.title}\n`);
    const failure = await executeChapter(chapter, { ...options, output: target, html: page, chapters: given }, surroundings, signal);
    if (failure !== undefined) failures.push(`${chapter.name}: ${failure}`);
    written.push(target, ...(page === undefined ? [] : [page]));
    entries.push(await entryOf(chapter, chapters, target, failure));
  }
  if (pages !== undefined) {
    const index = join(pages, INDEX);
    await writeAtomically(index, indexPage(titleOf(root), entries));
    written.push(index);
  }
  if (failures.length > 0) {
    process.stdout.write(`${written.join('\n')}\n`);
    throw new CommandFailure(1, failures.map((failure) => `virtbook: ${failure}`).join('\n'));
  }
  return written;
}

/** @throws CommandFailure when there are none, DiagnosticError when one cannot be read */
function chaptersIn(root: string): Readable[] {
  const { readable, broken } = new ChapterFolders([root]).survey(root);
  const [wrong] = broken.filter(({ name }) =>
    [root, join(root, name)].some((each) => existsSync(join(each, DECLARATION_FILE)) && basename(each) === name),
  );
  if (wrong) throw wrong.error;
  const chapters = readable.filter(
    (chapter): chapter is Readable => (chapter.folder === root || isInside(root, chapter.folder)) && chapter.notebook !== undefined,
  );
  if (chapters.length > 0) return chapters;
  throw new CommandFailure(
    2,
    `virtbook: there is no chapter in ${root}\n  A chapter is a folder with a ${DECLARATION_FILE} and a notebook: name one, a folder that has some, or a notebook.`,
  );
}

/** Runs one chapter. Resolves to why it failed; undefined when it did not. @throws CommandFailure when it was interrupted */
async function executeChapter(
  chapter: Readable,
  options: ExecuteCommand,
  surroundings: PageSurroundings,
  signal: AbortSignal,
): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'virtbook-'));
  const before = process.cwd();
  try {
    const { failed } = await runNotebookFile(chapter.notebook, { ...options, folder, surroundings }, signal);
    return failed && `cell ${failed.id} failed: ${failed.ename}: ${failed.evalue}`;
  } finally {
    process.chdir(before);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** How the text of a chapter names the notebooks of the others. */
const linksOf = (from: Readable, chapters: readonly Readable[]): Map<string, string> =>
  new Map(chapters.map((chapter) => [relative(join(from.notebook, '..'), chapter.notebook).split(sep).join('/'), pageName(chapter)]));

function around(chapters: readonly Readable[], index: number): PageSurroundings['around'] {
  const [previous, next] = [chapters[index - 1], chapters[index + 1]];
  return [
    { label: 'All chapters', address: INDEX },
    ...(previous ? [{ label: `\u2190 ${previous.title}`, address: pageName(previous) }] : []),
    ...(next ? [{ label: `${next.title} \u2192`, address: pageName(next) }] : []),
  ];
}

const titleOf = (root: string): string => {
  const name = basename(root);
  return name.charAt(0).toUpperCase() + name.slice(1);
};

async function entryOf(
  chapter: Readable,
  chapters: readonly Readable[],
  executed: string,
  failure: string | undefined,
): Promise<IndexEntry> {
  const json = JSON.parse(await readFile(executed, 'utf8')) as { cells: { execution_count?: number | null }[] };
  const { cells } = parseNotebook(json, executed);
  const texts = cells.filter((cell) => cell.cell_type === 'markdown');
  const code = cells.filter((cell) => cell.cell_type === 'code' && cell.source.trim() !== '');
  const ran = json.cells.filter(({ execution_count: count }) => typeof count === 'number').length;
  return {
    title: chapter.title,
    address: pageName(chapter),
    summary: firstParagraph(texts),
    pages: linksOf(chapter, chapters),
    words: texts.reduce((sum, { source }) => sum + source.split(/\s+/).length, 0),
    run: { ran, cells: code.length, failure },
  };
}

const firstParagraph = ([first]: readonly Cell[]): string =>
  first?.source.split(/\n{2,}/).find((paragraph) => !paragraph.startsWith('#')) ?? '';
