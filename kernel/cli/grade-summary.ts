/** `virtbook grade summarise DIR`: a table, JUnit and a page of the results in a folder. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { writeFileAtomically } from '../../sdk/cache.js';
import { firstMistake } from '../assignments/first-mistake.js';
import { type GradingResult, RESULT_FORMAT, sumOf } from '../assignments/result.js';
import { pageOf } from '../notebook/page.js';
import { escapeHtml } from '../render/html.js';
import { CommandFailure } from './failure.js';
import { TRY_AGAIN } from './grade-assignment.js';
import { gradeJunit, resultAsGraded } from './grade-report.js';
import { studentOf, SUMMARY } from './hand-ins.js';

/** Mistakes that the page names. */
const MOST_MISTAKES = 10;

/** Writes summary.csv, summary.xml and summary.html beside the results. */
export async function summariseCommand(path: string): Promise<void> {
  const folder = resolve(path);
  const results = [...resultsIn(folder), ...missingIn(folder)];
  if (results.length === 0)
    throw new CommandFailure(2, `virtbook: there are no results in ${path}: virtbook grade --output ${path} writes them`);
  const files = { csv: csvOf(results), xml: gradeJunit(results.map(resultAsGraded)), html: pageFor(results) };
  for (const [ending, text] of Object.entries(files)) {
    const file = join(folder, `${SUMMARY}.${ending}`);
    await writeFileAtomically(file, text);
    process.stdout.write(`${file}\n`);
  }
  const open = results.filter(({ state }) => state === 'not graded').map(({ name }) => name);
  if (open.length > 0) throw new CommandFailure(TRY_AGAIN, `virtbook: not graded yet: ${open.join(', ')}`);
}

/** What was to be graded, one path a line, where something has written that: what has no result is not forgotten. */
const LIST = 'hand-ins.txt';

function missingIn(folder: string): GradingResult[] {
  const list = readdirSync(folder).includes(LIST) ? readFileSync(join(folder, LIST), 'utf8') : '';
  const known = resultsIn(folder);
  const first = known.find(({ assignment: name }) => name !== '');
  const { assignment = '', total = 0, digests = { handIn: '', assignment: '' } } = first ?? {};
  return list
    .split(/\r?\n/)
    .filter(Boolean)
    .map((handIn) => ({ handIn, name: studentOf(handIn, assignment) }))
    .filter(({ name }) => known.every((each) => each.name !== name))
    .map(({ handIn, name }): GradingResult => {
      const reason = 'there is no result: it was never graded';
      const about = { name, handIn, assignment, total, digests: { ...digests, handIn: '' } };
      return { format: RESULT_FORMAT, ...about, state: 'not graded', reason, marks: [], notes: [] };
    });
}

function resultsIn(folder: string): GradingResult[] {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  } catch {
    throw new CommandFailure(2, `virtbook: there is no folder ${folder}`);
  }
  return names.sort().flatMap((name) => resultIn(folder, name) ?? []);
}

/** Undefined where the file is something else. A result that is damaged is none yet. */
function resultIn(folder: string, file: string): GradingResult | undefined {
  const path = join(folder, file);
  if (!statSync(path).isFile()) return undefined;
  let result: Partial<GradingResult> | null;
  try {
    result = JSON.parse(readFileSync(path, 'utf8')) as Partial<GradingResult> | null;
    if (result?.format !== RESULT_FORMAT) return undefined;
    if (result.state !== undefined && Array.isArray(result.marks) && typeof result.name === 'string') return result as GradingResult;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const reason = `${file} is damaged: grade it again, with --resume`;
  const about = { name: file.replace(/\.json$/, ''), handIn: '', assignment: '', total: 0, digests: { handIn: '', assignment: '' } };
  return { format: RESULT_FORMAT, ...about, state: 'not graded', reason, marks: [], notes: [] };
}

/** The columns of nbgrader's export, which gradebooks of learning systems take by name; then one for each mark. */
function csvOf(results: readonly GradingResult[]): string {
  const marks = [...new Set(results.flatMap((each) => each.marks.map(({ name }) => name)))];
  const head = ['assignment', 'student_id', 'raw_score', 'score', 'max_score', 'state', ...marks, 'reason'];
  const rows = results.map(({ assignment, name, state, score, total, marks: own, reason }) => [
    assignment,
    name,
    score ?? '',
    score ?? '',
    total,
    state,
    ...marks.map((mark) => own.find((each) => each.name === mark)?.points ?? ''),
    reason ?? own.find((each) => each.reason !== undefined)?.reason ?? '',
  ]);
  return [head, ...rows].map((row) => `${row.map(csvField).join(',')}\r\n`).join('');
}

/** A text that a spreadsheet would take for a formula gets an apostrophe. */
function csvField(value: string | number): string {
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

function pageFor(results: readonly GradingResult[]): string {
  const graded = results.filter(({ state }) => state === 'graded');
  const others = results.filter(({ state }) => state !== 'graded');
  const scores = graded.map(({ score = 0 }) => score);
  const title = `${results.find(({ assignment }) => assignment)?.assignment ?? ''}: ${graded.length} of ${results.length} graded`;
  const parts = [`<h1>${escapeHtml(title)}</h1>`];
  if (graded.length > 0) {
    const mean = sumOf(scores) / scores.length;
    parts.push(`<p>On average ${mean.toFixed(1)} of ${graded[0]?.total} points; the median is ${median(scores)}.</p>`);
    parts.push(`<h2>Distribution</h2>${table(['points', 'students', ''], distribution(scores))}`);
  }
  const mistakes = commonestMistakes(graded).map(({ mistake, students, marks }) => [
    String(students),
    escapeHtml(marks.join(', ')),
    escapeHtml(mistake),
  ]);
  if (mistakes.length > 0) parts.push(`<h2>The commonest mistakes</h2>${table(['students', 'marks', 'mistake'], mistakes)}`);
  const rows = graded.map(({ name, score = 0, total }) => [
    `<a href="${escapeHtml(encodeURIComponent(name))}.html">${escapeHtml(name)}</a>`,
    `${score} of ${total}`,
  ]);
  parts.push(`<h2>Students</h2>${table(['student', 'points'], rows)}`);
  const missing = others.map(({ name, state, reason = '' }) => [escapeHtml(name), state, escapeHtml(reason)]);
  if (missing.length > 0) parts.push(`<h2>Without a mark</h2>${table(['student', '', 'why'], missing)}`);
  return pageOf(title, parts.join('\n'));
}

/** @param rows HTML */
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  `<table><tr>${head.map((each) => `<th>${each}</th>`).join('')}</tr>${rows.map((row) => `<tr>${row.map((each) => `<td>${each}</td>`).join('')}</tr>`).join('')}</table>`;

function median(scores: readonly number[]): number {
  const sorted = [...scores].sort((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
}

function distribution(scores: readonly number[]): string[][] {
  const values = [...new Set(scores)].sort((a, b) => b - a);
  return values.map((value) => {
    const count = scores.filter((each) => each === value).length;
    return [String(value), String(count), `<meter min="0" max="${scores.length}" value="${count}"></meter>`];
  });
}

export interface CommonMistake {
  mistake: string;
  /** So many have made it. */
  students: number;
  /** Marks that it costs. */
  marks: string[];
}

/** What does not build costs several marks, and is one mistake. */
export function commonestMistakes(results: readonly GradingResult[]): CommonMistake[] {
  const found = new Map<string, { students: Set<string>; marks: Set<string> }>();
  for (const { name, marks } of results) {
    for (const mark of marks) {
      const mistake = firstMistake(mark)?.what;
      if (mistake === undefined) continue;
      const known = found.get(mistake) ?? { students: new Set(), marks: new Set() };
      known.students.add(name);
      known.marks.add(mark.name);
      found.set(mistake, known);
    }
  }
  return [...found]
    .sort(([, a], [, b]) => b.students.size - a.students.size)
    .slice(0, MOST_MISTAKES)
    .map(([mistake, { students, marks }]) => ({ mistake, students: students.size, marks: [...marks] }));
}
