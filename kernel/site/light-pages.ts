/** Each chapter as a light page: `execute --html`'s look, with cells that can be edited and run. */
import { basename } from 'node:path';
import { indexPage } from '../notebook/index-page.js';
import { type Notebook, parseNotebook } from '../notebook/format.js';
import { notebookPage } from '../notebook/page.js';
import type { Chapter } from '../session/chapter.js';

export interface LightChapter {
  chapter: Chapter & { notebook: string };
  /** The reader's notebook, as JSON. */
  text: string;
}

/** Where the kernel and the page's own script are, from the pages. */
export interface LightPlaces {
  kernel: string;
  script: string;
  licences: string;
  /** Where JupyterLite shows a notebook, if it is there. */
  lab?: (notebook: string) => string;
}

const STYLE = `<style>
.bar { display: flex; flex-wrap: wrap; gap: 0.6em; align-items: center; margin: 0.3em 0; }
.bar.page { position: sticky; top: 0; background: var(--page); padding: 0.5em 0; border-bottom: 1px solid var(--line); z-index: 1; }
.bar button { font: 0.85em system-ui, sans-serif; background: var(--soft); color: var(--text); border: 1px solid var(--line); border-radius: 6px; padding: 0.25em 0.8em; cursor: pointer; }
.bar button:hover { border-color: var(--accent); }
.bar [role=alert] { flex-basis: 100%; color: var(--ink-1); }
.bar [role=alert] p { margin: 0.2em 0; }
.question { display: flex; flex-wrap: wrap; gap: 0.6em; margin: 0.5em 0 0.5em 1em; }
.question input, .question button { font: inherit; }
.input:focus { outline: 2px solid var(--accent); outline-offset: -1px; }
@media print { .bar { display: none; } }
</style>`;

const pageName = ({ name }: Chapter): string => `${name}.html`;

/** The pages by their names. */
export function lightPages(chapters: readonly LightChapter[], places: LightPlaces): Map<string, string> {
  const pages = new Map<string, string>();
  const links = new Map(chapters.map(({ chapter }) => [basename(chapter.notebook), pageName(chapter)]));
  for (const { chapter, text } of chapters) {
    const notebook = unexecuted(parseNotebook(JSON.parse(text), chapter.notebook));
    const around = [
      { label: 'All chapters', address: 'index.html' },
      ...(places.lab ? [{ label: 'This chapter in JupyterLab', address: places.lab(basename(chapter.notebook)) }] : []),
    ];
    const sources = notebook.cells.filter(({ cell_type: type }) => type === 'code').map(({ source }) => source);
    const data = JSON.stringify({ sources, kernel: places.kernel, name: chapter.name }).replace(/</g, '\\u003c');
    const scripts = `<script type="application/json" id="virtbook">${data}</script>\n<script src="${places.script}" defer></script>\n`;
    const page = notebookPage(notebook, chapter.title, { surroundings: { pages: links, around } });
    pages.set(pageName(chapter), page.replace('</head>', `${STYLE}\n</head>`).replace('</body>', `${scripts}</body>`));
  }
  pages.set('index.html', indexOf(chapters, links, places));
  return pages;
}

const unexecuted = (notebook: Notebook): Notebook => ({
  ...notebook,
  cells: notebook.cells.map((cell) => ({ ...cell, outputs: [], execution_count: null })),
});

function indexOf(chapters: readonly LightChapter[], pages: ReadonlyMap<string, string>, { licences }: LightPlaces): string {
  const entries = chapters.map(({ chapter, text }) => {
    const { cells } = parseNotebook(JSON.parse(text), chapter.notebook);
    const texts = cells.filter(({ cell_type: type }) => type === 'markdown').map(({ source }) => source);
    const summary = texts[0]?.split(/\n{2,}/).find((paragraph) => !paragraph.startsWith('#')) ?? '';
    const words = texts.reduce((sum, source) => sum + source.split(/\s+/).length, 0);
    return { title: chapter.title, address: pageName(chapter), summary, pages, words };
  });
  return indexPage('Chapters', entries, `\n<footer><small><a href="${licences}">Licences and sources</a></small></footer>`);
}
