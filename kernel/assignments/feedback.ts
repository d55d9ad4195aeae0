/** What a student gets back: the hand-in with its marks, as a notebook and as a page. */
import type { Cell, Notebook } from '../notebook/format.js';
import { notebookPage } from '../notebook/page.js';
import { escapeHtml } from '../render/html.js';
import type { Assignment } from './assignment.js';
import type { GradedMark, GradingResult } from './result.js';

/** Characters of a cell that are given back. */
const LONGEST_CELL = 50_000;
/** Characters of all cells together. */
const LONGEST_NOTEBOOK = 500_000;

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
  const cells = notebook.cells.map((cell) => {
    const most = Math.min(LONGEST_CELL, Math.max(0, left));
    left -= Math.min(cell.source.length, most);
    const source =
      cell.source.length > most ? `${cell.source.slice(0, most)}\n(${cell.source.length - most} more characters)` : cell.source;
    const { attachments: _, ...kept } = cell;
    return { ...kept, source, outputs: [] as Cell['outputs'], execution_count: null };
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
  const console = newCell('virtbook-console', 'code', '# the end of the console');
  console.outputs = [{ output_type: 'stream', name: 'stdout', text: result.console ?? '' }];
  return {
    metadata: notebook.metadata,
    cells: [summary, ...cells, ...(lacking.length > 0 ? [missing] : []), ...(result.console ? [console] : [])],
  };
}

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
    '| mark | points | of |',
    '|---|---|---|',
    ...marks.map((mark) => `| ${mark.name} | ${mark.points} | ${mark.of} |`),
    '',
    ...notes.map((note) => `- ${note}`),
  ].join('\n');
}

function markText({ name, points, of, reason, hint, checks }: GradedMark): string {
  return [
    `${name}: ${points} of ${of} points`,
    ...checks.map((check) => `  ${check.passed ? '\u2713' : '\u2717'} ${check.name}${check.failure ? `: ${check.failure}` : ''}`),
    ...(reason !== undefined && checks.length === 0 ? [reason] : []),
    ...(hint === undefined ? [] : [`Hint: ${hint}`]),
  ].join('\n');
}

const markHtml = (mark: GradedMark): string => `<pre>${escapeHtml(markText(mark))}</pre>`;
