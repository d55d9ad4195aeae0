/** What a student gets back: the hand-in with its marks, as a notebook and as a page. */
import type { Cell, DisplayOutput, Notebook } from '../notebook/format.js';
import { notebookPage } from '../notebook/page.js';
import { escapeHtml } from '../render/html.js';
import type { Assignment } from './assignment.js';
import { firstMistake, toldToStudents } from './first-mistake.js';
import type { GradedCheck, GradedMark, GradingResult } from './result.js';

/** Characters of a cell that are given back. */
const LONGEST_CELL = 50_000;
/** Characters of all cells together. */
const LONGEST_NOTEBOOK = 500_000;
/** Cells that are given back; those with marks in any case. */
const MOST_CELLS = 1000;
/** Characters of an entry of metadata. */
const LONGEST_METADATA = 2000;

const newCell = (id: string, cell_type: Cell['cell_type'], source: string): Cell => ({
  id,
  cell_type,
  metadata: {},
  source,
  outputs: [],
  execution_count: null,
});

/** The cells of the student with the marks in the cells that show them. */
export function feedbackNotebook(notebook: Notebook, result: GradingResult, assignment: Assignment): Notebook {
  let left = LONGEST_NOTEBOOK;
  const tests = new Set(assignment.testCells.values());
  const isTest = (cell: Cell): boolean => tests.has(cell.id) || tests.has(String(gradeId(cell)));
  const given = notebook.cells.filter((cell, index) => index < MOST_CELLS || isTest(cell));
  const more = notebook.cells.length - given.length;
  const cells = given.map((cell) => {
    const most = Math.min(LONGEST_CELL, Math.max(0, left));
    left -= Math.min(cell.source.length, most);
    const source =
      cell.source.length > most ? `${cell.source.slice(0, most)}\n(${cell.source.length - most} more characters)` : cell.source;
    const { attachments: _, ...kept } = cell;
    const metadata = metadataOf(cell, 'nbgrader', 'tags');
    return { ...kept, metadata, source, outputs: [] as Cell['outputs'], execution_count: null };
  });
  const lacking: GradedMark[] = [];
  for (const mark of result.marks) {
    const id = assignment.testCells.get(mark.name);
    const cell = cells.find((each) => each.id === id || gradeId(each) === id);
    if (!cell || cell.cell_type !== 'code') lacking.push(mark);
    else
      cell.outputs.push({ output_type: 'display_data', metadata: {}, data: { 'text/plain': markText(mark), 'text/html': markHtml(mark) } });
  }
  const summary = newCell('virtbook-summary', 'markdown', summaryOf(result));
  const missing = newCell('virtbook-marks', 'code', '# marks of cells that are not here');
  missing.outputs = lacking.map((mark) => ({
    output_type: 'display_data',
    metadata: {},
    data: { 'text/plain': markText(mark), 'text/html': markHtml(mark) },
  }));
  const shown = newCell('virtbook-console', 'code', '// What the machine printed last, in the first task that lost points:');
  shown.outputs = [{ output_type: 'display_data', metadata: {}, data: consoleOf(result.console ?? '') }];
  const others = more > 0 ? [newCell('virtbook-more', 'markdown', `(${more} more cells)`)] : [];
  return {
    metadata: metadataOf(notebook, 'kernelspec', 'language_info'),
    cells: [summary, ...cells, ...others, ...(lacking.length > 0 ? [missing] : []), ...(result.console ? [shown] : [])],
  };
}

/** What programs that show a notebook know by these names. A student may have put anything there. */
function metadataOf({ metadata }: Pick<Cell, 'metadata'>, ...names: string[]): Cell['metadata'] {
  const known = Object.entries(metadata).filter(([name, value]) => names.includes(name) && !isLong(value));
  return Object.fromEntries(known);
}

const isLong = (value: unknown): boolean => JSON.stringify(value).length > LONGEST_METADATA;

function gradeId({ metadata: { nbgrader } }: Cell): unknown {
  return typeof nbgrader === 'object' && nbgrader !== null && !Array.isArray(nbgrader) ? nbgrader.grade_id : undefined;
}

export const feedbackPage = (feedback: Notebook, result: GradingResult): string =>
  notebookPage(feedback, `${result.name}: ${result.score ?? 0} of ${result.total} points`);

function summaryOf({ name, assignment, score = 0, total, marks, notes }: GradingResult): string {
  return [
    `# ${name}: ${score} of ${total} points`,
    '',
    `Assignment ${assignment}. Your files were built and run on a machine of their own; other cells were not run.`,
    '',
    '| mark | points | of | what to mend first |',
    '|---|---|---|---|',
    ...marks.map((mark) => `| ${mark.name} | ${mark.points} | ${mark.of} | ${inMarkdown(toMend(mark))} |`),
    '',
    ...notes.map((note) => `- ${note}`),
  ].join('\n');
}

/** In a line; nothing where there are all points. */
function toMend(mark: GradedMark): string {
  const mistake = firstMistake(mark);
  return mistake ? toldToStudents(mistake) : '';
}

/** As a text in a table of Markdown, whatever a student or a compiler has written. */
const inMarkdown = (text: string): string => text.replace(/[\\`*_{}[\]<>|&~$]/g, '\\$&');

/** What a student is told about a check. */
function told({ name, passed, failure, hidden }: GradedCheck): string {
  if (hidden) return passed ? 'a check that is not shown' : 'a check that is not shown has failed';
  return failure === undefined ? name : `${name}: ${failure}`;
}

/** What the list of checks does not say. */
function reasonOf({ reason = '', checks }: GradedMark): string | undefined {
  const said = checks.map(({ name, failure }) => `${name}: ${failure}`);
  const rest = said.reduce((text, each) => text.replace(each, ''), reason).trim();
  return rest || undefined;
}

function markText(mark: GradedMark): string {
  const { name, points, of, hint, checks } = mark;
  const reason = reasonOf(mark);
  return [
    `${name}: ${points} of ${of} points`,
    ...checks.map((check) => `  ${check.passed ? '\u2713' : '\u2717'} ${told(check)}`),
    ...(reason === undefined ? [] : [reason]),
    ...(hint === undefined ? [] : [`Hint: ${hint}`]),
  ].join('\n');
}

function markHtml(mark: GradedMark): string {
  const { name, points, of, hint, checks } = mark;
  const reason = reasonOf(mark);
  const items = checks.map((check) => `<li>${check.passed ? '\u2713' : '\u2717'} ${inLines(told(check))}</li>`);
  return [
    `<p><strong>${escapeHtml(name)}: ${points} of ${of} points</strong></p>`,
    items.length > 0 ? `<ul style="list-style: none; padding-left: 1em">${items.join('')}</ul>` : '',
    reason === undefined ? '' : `<pre>${escapeHtml(reason)}</pre>`,
    hint === undefined ? '' : `<p><em>Hint:</em> ${escapeHtml(hint)}</p>`,
  ].join('');
}

/** A text of several lines, of which the layout of the later ones matters. */
function inLines(text: string): string {
  const [first = '', ...others] = text.split('\n');
  return others.length === 0 ? escapeHtml(first) : `${escapeHtml(first)}<pre>${escapeHtml(others.join('\n'))}</pre>`;
}

function consoleOf(text: string): DisplayOutput['data'] {
  const lines = text.trimEnd().split('\n').length;
  const html = `<details><summary>${lines} lines of the console</summary><pre>${escapeHtml(text)}</pre></details>`;
  return { 'text/plain': text, 'text/html': html };
}
