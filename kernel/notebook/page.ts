import { isDeepStrictEqual } from 'node:util';
import type { JsonValue } from '../protocol/json.js';
import { ansiToHtml, escapeHtml } from '../render/html.js';
import { foldedLog, isConsole, isLong, SHOWN_ABOVE } from '../render/log.js';
import type { Cell, Notebook, Output } from './format.js';
import { highlightCell, HIGHLIGHT_STYLE } from './highlight.js';
import { markdownToHtml } from './markdown.js';

/** A stream that is longer than this many lines is folded. */
const FOLDED_FROM = 60;

const STYLE = `
:root { color-scheme: light dark; --page: #ffffff; --text: #1f2328; --soft: #f6f8fa; --line: #d0d7de; --accent: #1f6feb; --error: #fff0ee; }
@media screen and (prefers-color-scheme: dark) {
  :root { --page: #0d1117; --text: #e6edf3; --soft: #161b22; --line: #30363d; --accent: #58a6ff; --error: #2d1515; }
}
body { background: var(--page); color: var(--text); font: 16px/1.55 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
pre, code { font-family: ui-monospace, monospace; font-size: 0.9em; }
pre code { font-size: inherit; }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: 6px; padding: 0.7em 1em; overflow-x: auto; margin: 0.5em 0; }
:not(pre) > code { background: var(--soft); border-radius: 4px; padding: 0.1em 0.3em; }
.cell { margin: 1.2em 0; }
.code > .input { border-left: 3px solid var(--accent); }
.count { color: var(--accent); font: 0.8em ui-monospace, monospace; }
.output { margin: 0.5em 0 0.5em 1em; overflow-x: auto; }
.output pre { border: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.error pre { background: var(--error); }
table { border-collapse: collapse; }
th, td { border-bottom: 1px solid var(--line); padding: 0.2em 0.6em; vertical-align: top; text-align: left; }
a { color: var(--accent); }
nav { display: flex; flex-wrap: wrap; gap: 1.2em; margin: 1em 0; }
blockquote { border-left: 3px solid var(--line); margin-left: 0; padding-left: 1em; }
img { max-width: 100%; }
@media print { :root { color-scheme: light; } pre { white-space: pre-wrap; overflow-wrap: anywhere; } h1, h2, h3 { break-after: avoid; } img, tr { break-inside: avoid; } }
`;

/** The sixteen colours of a terminal, in this order; each reads on `--soft` and on `--error`, by the ratio 4.5 or more. */
const INKS: Record<'light' | 'dark', string[]> = {
  light: [
    '#24292f',
    '#b3261e',
    '#116329',
    '#7d4e00',
    '#0550ae',
    '#7a3bd0',
    '#0b6b70',
    '#57606a',
    '#57606a',
    '#c0281f',
    '#197a35',
    '#855900',
    '#0860ca',
    '#9a3ab8',
    '#0e7175',
    '#606871',
  ],
  dark: [
    '#9aa4ae',
    '#ff8f87',
    '#56d364',
    '#e3b341',
    '#79c0ff',
    '#d2a8ff',
    '#56d4dd',
    '#c9d1d9',
    '#aab4be',
    '#ffa198',
    '#7ee787',
    '#f2cc60',
    '#a5d6ff',
    '#e2c5ff',
    '#7fe3ea',
    '#f0f6fc',
  ],
};
const inkStyle = (scheme: 'light' | 'dark'): string =>
  `:root { ${INKS[scheme].map((colour, index) => `--ink-${index}: ${colour};`).join(' ')} }`;
const coloured = (text: string): string => ansiToHtml(text, (index) => `var(--ink-${index})`);

/** A page among others. */
export interface PageSurroundings {
  /** The pages of notebooks by their paths, as links in text cells name them. */
  pages: ReadonlyMap<string, string>;
  /** Links to the pages around this one. */
  around: readonly { label: string; address: string }[];
}

/** A notebook as one HTML file that needs nothing else, in the reader's light or dark colours. */
export function notebookPage(notebook: Notebook, title: string, surroundings?: PageSurroundings): string {
  const navigation = surroundings ? navigationHtml(surroundings) : '';
  const cells = notebook.cells.map((cell) => cellHtml(cell, surroundings?.pages)).join('\n');
  return pageOf(title, `${navigation}${cells}${navigation}`);
}

const navigationHtml = ({ around }: PageSurroundings): string =>
  `<nav>${around.map(({ label, address }) => `<a href="${escapeHtml(address)}">${escapeHtml(label)}</a>`).join('')}</nav>\n`;

/** The frame of every page. @param body HTML */
export function pageOf(title: string, body: string): string {
  return (
    `<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n` +
    `<title>${escapeHtml(title)}</title>\n<style>${STYLE}${inkStyle('light')}\n@media screen and (prefers-color-scheme: dark) { ${inkStyle('dark')} }${HIGHLIGHT_STYLE}</style>\n</head>\n<body>\n<main>\n${body}\n</main>\n</body>\n</html>\n`
  );
}

function cellHtml(cell: Cell, pages: ReadonlyMap<string, string> | undefined): string {
  if (cell.cell_type === 'markdown') return `<div class="cell markdown">${linked(markdownToHtml(cell.source), pages)}</div>`;
  if (cell.cell_type === 'raw') return `<pre class="cell">${escapeHtml(cell.source)}</pre>`;
  const count = cell.execution_count === null ? '' : `<div class="count">[${cell.execution_count}]</div>`;
  return `<div class="cell code">${count}${inputHtml(cell)}${outputsHtml(cell.outputs)}</div>`;
}

/** The outputs of a cell, as a page shows them. */
export const outputsHtml = (outputs: readonly Output[]): string => inReadingOrder(outputs).map(outputHtml).join('');

/** What front ends fold is folded here: authors do that with solutions. */
function inputHtml(cell: Cell): string {
  const code = `<pre class="input" tabindex="0">${highlightCell(cell.source)}</pre>`;
  const { jupyter } = cell.metadata;
  const hidden = typeof jupyter === 'object' && jupyter !== null && !Array.isArray(jupyter) && jupyter.source_hidden === true;
  return hidden ? `<details><summary>A solution (${cell.source.split('\n').length} lines)</summary>${code}</details>` : code;
}

/** Links to notebooks that have pages lead to those. */
export const linked = (html: string, pages: ReadonlyMap<string, string> | undefined): string =>
  pages ? html.replace(/(?<=<a href=")[^"#]+(?=["#])/g, (address) => pages.get(address) ?? address) : html;

/** What explains a stream comes before it. */
function inReadingOrder(outputs: readonly Output[]): Output[] {
  const ordered: Output[] = [];
  for (const output of outputs) {
    const explains = 'metadata' in output && isDeepStrictEqual(output.metadata, SHOWN_ABOVE);
    if (explains && ordered.at(-1)?.output_type === 'stream') ordered.splice(-1, 0, output);
    else ordered.push(output);
  }
  return ordered;
}

function outputHtml(output: Output): string {
  switch (output.output_type) {
    case 'stream':
      return `<div class="output">${streamHtml(output.text)}</div>`;
    case 'error':
      return `<div class="output error"><pre>${coloured(output.traceback.join('\n') || `${output.ename}: ${output.evalue}`)}</pre></div>`;
    default:
      return `<div class="output">${bundleHtml(output.data)}</div>`;
  }
}

function streamHtml(text: string): string {
  const pre = `<pre>${coloured(text)}</pre>`;
  const lines = text.trimEnd().split('\n');
  // A boot is folded by who speaks, however short it is: chapters boot again and again.
  if (isLong(text) && isConsole(text)) return foldedLog(text, { coloured });
  if (lines.length < FOLDED_FROM) return pre;
  const tail = `<pre>${coloured(lines.slice(-12).join('\n'))}</pre>`;
  return `<details><summary>${lines.length} lines; the last ones are below</summary>${pre}</details>${tail}`;
}

const text = (value: JsonValue | undefined): string =>
  Array.isArray(value) ? value.map(text).join('') : typeof value === 'string' ? value : JSON.stringify(value);

/** The richest form. HTML outputs are the kernel's own, and shown as they are, as every notebook page does. */
function bundleHtml(data: Record<string, JsonValue>): string {
  if (data['text/html'] !== undefined) return text(data['text/html']);
  if (data['text/markdown'] !== undefined) return markdownToHtml(text(data['text/markdown']));
  for (const type of ['image/png', 'image/jpeg', 'image/gif']) {
    if (data[type] !== undefined)
      return `<img src="data:${type};base64,${text(data[type]).replace(/[^A-Za-z0-9+/=]/g, '')}" alt="${escapeHtml(text(data['text/plain'] ?? ''))}">`;
  }
  return `<pre>${coloured(text(data['text/plain'] ?? ''))}</pre>`;
}
