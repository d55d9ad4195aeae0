/** The outputs of cells as HTML, in pages and in the sites' cells. Browsers load this: it needs nothing of Node. */
import { isDeepStrictEqual } from 'node:util';
import type { JsonValue } from '../protocol/json.js';
import { ansiToHtml, escapeHtml } from '../render/html.js';
import { foldedLog, isConsole, isLong, SHOWN_ABOVE } from '../render/log.js';
import type { Output } from './format.js';
import { markdownToHtml } from './markdown.js';
import { inkOf } from './page-style.js';
import { shortened } from './shortened.js';

/** A stream that is longer than this many lines is folded. */
const FOLDED_FROM = 60;

const coloured = (text: string): string => ansiToHtml(text, inkOf);

/**
 * The outputs of a cell, as a page shows them.
 * @param id not that of any other cell: of long tables, the beginning is shown; without, all of them
 */
export const outputsHtml = (outputs: readonly Output[], id?: string): string =>
  inReadingOrder(outputs)
    .map((output, index) => outputHtml(output, id === undefined ? undefined : `${id}-${index}`))
    .join('');

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

function outputHtml(output: Output, id?: string): string {
  switch (output.output_type) {
    case 'stream':
      return `<div class="output">${streamHtml(output.text)}</div>`;
    case 'error':
      return `<div class="output error"><pre>${coloured(output.traceback.join('\n') || `${output.ename}: ${output.evalue}`)}</pre></div>`;
    default:
      return `<div class="output">${id === undefined ? bundleHtml(output.data) : withShortTable(bundleHtml(output.data), id)}</div>`;
  }
}

/** Of a display that is a long table, the first rows. Pictures, and what the display folds by itself, stay as they are. */
const withShortTable = (html: string, id: string): string =>
  /<(img|details|pre)\b/.test(html) ? html : shortened(`<div>${html}</div>`, id, html.split('<tr').length - 1, 'rows');

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
