import { escapeHtml } from './html.js';

export interface Table {
  title?: string;
  head: readonly string[];
  rows: readonly (readonly string[])[];
  /** Columns that stand at the right, by index. */
  right?: readonly number[];
  /** Columns in the letters of code. */
  code?: readonly number[];
}

/** Columns, aligned, without anything at the ends of lines. */
export function tableText({ title, head, rows, right = [] }: Table): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `  ${row.map((text, column) => (right.includes(column) ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0))).join('  ')}`.trimEnd();
  return [...(title === undefined ? [] : [`${title}:`]), ...all.map(line)].join('\n');
}

/** In the colours of the page. */
export function tableHtml({ title, head, rows, right = [], code = [] }: Table): string {
  const style = (column: number): string =>
    `text-align:${right.includes(column) ? 'right' : 'left'};vertical-align:top;padding:0.1em 0.7em`;
  const letters = (column: number): string => (code.includes(column) ? ';font-family:monospace;white-space:nowrap' : '');
  const header = head.map((text, column) => `<th style="${style(column)}">${escapeHtml(text)}</th>`).join('');
  const body = rows
    .map(
      (row) => `<tr>${row.map((text, column) => `<td style="${style(column)}${letters(column)}">${escapeHtml(text)}</td>`).join('')}</tr>`,
    )
    .join('');
  const heading = title === undefined ? '' : `<div style="margin-top:0.6em"><strong>${escapeHtml(title)}</strong></div>`;
  return `${heading}<div tabindex="0" style="overflow-x:auto"><table style="margin:0.2em 0"><thead><tr>${header}</tr></thead><tbody>${body}</tbody></table></div>`;
}
