/** The work of tasks, which a page folds until its reader opens it. All of it is on the page, found by a search, and printed. */
import { parseCell } from '../magics/cell.js';
import { type Cell, tagsOf } from './format.js';

/** Whether a cell is work for a task: its author has marked it so, or it checks one. */
function isWork(cell: Cell): boolean {
  return cell.cell_type === 'code' && (tagsOf(cell).some((tag) => tag.startsWith('task-')) || callsMagic(cell, 'check'));
}

const callsMagic = ({ source }: Cell, name: string): boolean =>
  parseCell(source).some((segment) => segment.kind === 'magic' && segment.name === name);

/** A cell with its HTML. */
export interface RenderedCell {
  cell: Cell;
  html: string;
}

/** Where a text cell has headings. Markdown's own HTML is escaped: nothing else looks like this. */
const HEADING = /<h[1-6][ >]/;
const FIRST_HEADING = /^(<div [^>]*>)<h([1-6])(?: id="([^"]*)")?>([^]*?)<\/h\2>\n?/;

/**
 * The cells in their order. Those under a heading that are about a task are folded under it: up to the next heading, or to the list of
 * tasks, which is about all of them.
 */
export function withTasksFolded(cells: readonly RenderedCell[]): string {
  const parts: string[] = [];
  for (let at = 0; at < cells.length;) {
    const end = taskEnd(cells, at);
    parts.push(end === undefined ? cells[at]!.html : foldedTask(cells.slice(at, end)));
    at = end ?? at + 1;
  }
  return parts.join('\n');
}

/** Where the task ends whose heading a cell begins with; undefined where it begins with none. */
function taskEnd(cells: readonly RenderedCell[], at: number): number | undefined {
  const [heading] = cells.slice(at, at + 1);
  if (heading?.cell.cell_type !== 'markdown' || !FIRST_HEADING.test(heading.html)) return undefined;
  const ends = ({ cell, html }: RenderedCell): boolean =>
    cell.cell_type === 'markdown' ? HEADING.test(html) : cell.cell_type === 'code' && callsMagic(cell, 'tasks');
  const length = cells.slice(at + 1).findIndex(ends);
  const end = length < 0 ? cells.length : at + 1 + length;
  return cells.slice(at, end).some(({ cell }) => isWork(cell)) ? end : undefined;
}

/** A link to the heading leads into what is folded, so that browsers open it. */
function foldedTask(cells: readonly RenderedCell[]): string {
  const html = cells.map((each) => each.html).join('\n');
  const [found = '', open = '', level = '', id, heading = ''] = FIRST_HEADING.exec(html) ?? [];
  const anchor = id === undefined ? '' : ` id="${id}"`;
  return (
    `<details class="folded"><summary><h${level}>${heading}</h${level}><small>${cells.length} cells</small></summary>\n` +
    `<div${anchor}>${open}${html.slice(found.length)}</div></details>`
  );
}
