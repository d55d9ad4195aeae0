import { escapeHtml } from '../render/html.js';
import type { Cell, Notebook } from './format.js';
import { type RenderedCell, withTasksFolded } from './folds.js';
import { highlightCell } from './highlight.js';
import { markdownToHtml } from './markdown.js';
import { outputsHtml } from './outputs.js';
import { PAGE_STYLE } from './page-style.js';
import { shortened } from './shortened.js';

/** A page among others. */
export interface PageSurroundings {
  /** The pages of notebooks by their paths, as links in text cells name them. */
  pages: ReadonlyMap<string, string>;
  /** Links to the pages around this one. */
  around: readonly { label: string; address: string }[];
}

export interface PageOptions {
  surroundings?: PageSurroundings | undefined;
  /** For readers of what was executed: work for tasks, long code and long tables are folded. */
  folded?: boolean;
}

/** A notebook as one HTML file that needs nothing else, in the reader's light or dark colours. */
export function notebookPage(notebook: Notebook, title: string, { surroundings, folded = false }: PageOptions = {}): string {
  const navigation = surroundings ? navigationHtml(surroundings) : '';
  const anchors = new Set<string>();
  const cells = notebook.cells.map((cell): RenderedCell => ({
    cell,
    html: cellHtml(cell, { pages: surroundings?.pages, folded, anchors }),
  }));
  const html = folded ? withTasksFolded(cells) : cells.map((cell) => cell.html).join('\n');
  return pageOf(title, `${navigation}${html}${navigation}`);
}

const navigationHtml = ({ around }: PageSurroundings): string =>
  `<nav>${around.map(({ label, address }) => `<a href="${escapeHtml(address)}">${escapeHtml(label)}</a>`).join('')}</nav>\n`;

/** The frame of every page. @param body HTML */
export function pageOf(title: string, body: string): string {
  return (
    `<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n` +
    `<title>${escapeHtml(title)}</title>\n<style>${PAGE_STYLE}</style>\n</head>\n<body>\n<main>\n${body}\n</main>\n</body>\n</html>\n`
  );
}

interface CellOptions {
  pages: ReadonlyMap<string, string> | undefined;
  folded: boolean;
  /** Of the headings so far. */
  anchors: Set<string>;
}

/** Cells have JupyterLab's anchors: links that lead to a cell there lead to it here. */
function cellHtml(cell: Cell, { pages, folded, anchors }: CellOptions): string {
  const id = ` id="cell-id=${escapeHtml(cell.id)}"`;
  if (cell.cell_type === 'markdown')
    return `<div class="cell markdown"${id}>${linked(anchored(markdownToHtml(cell.source), anchors), pages)}</div>`;
  if (cell.cell_type === 'raw') return `<pre class="cell"${id}>${escapeHtml(cell.source)}</pre>`;
  const count = cell.execution_count === null ? '' : `<div class="count">[${cell.execution_count}]</div>`;
  return `<div class="cell code"${id}>${count}${inputHtml(cell, folded)}${outputsHtml(cell.outputs, folded ? cell.id : undefined)}</div>`;
}

/** Headings have Jupyter's anchors: their words, joined by hyphens. */
const anchored = (html: string, anchors: Set<string>): string =>
  html.replace(/<(h[1-6])>(.*?)<\/\1>/g, (whole, tag: string, heading: string) => {
    const anchor = heading.replace(/<[^>]*>/g, '').replace(/\s/g, '-');
    if (anchors.has(anchor)) return whole;
    anchors.add(anchor);
    return `<${tag} id="${anchor}">${heading}</${tag}>`;
  });

/** What front ends fold is folded here: authors do that with solutions. */
function inputHtml(cell: Cell, folded: boolean): string {
  const code = `<pre class="input" tabindex="0">${highlightCell(cell.source)}</pre>`;
  const count = cell.source.split('\n').length;
  const { jupyter } = cell.metadata;
  const hidden = typeof jupyter === 'object' && jupyter !== null && !Array.isArray(jupyter) && jupyter.source_hidden === true;
  if (hidden) return `<details><summary>A solution (${count} lines)</summary>${code}</details>`;
  return folded ? shortened(code, cell.id, count, 'lines') : code;
}

/** Links to notebooks that have pages lead to those. */
export const linked = (html: string, pages: ReadonlyMap<string, string> | undefined): string =>
  pages ? html.replace(/(?<=<a href=")[^"#]+(?=["#])/g, (address) => pages.get(address) ?? address) : html;
