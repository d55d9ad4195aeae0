/** The marks of a hand-in: its files, what the machine does with them, and the checks of the chapter. No code of a student runs here. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Diagnostic } from '../../sdk/diagnostic.js';
import type { Notebook } from '../notebook/format.js';
import { aboutChapter, type CheckReport, type CheckRequest, firstFailure, marksOf, type TaskMark } from '../session/task-checks.js';
import { solutionOf } from '../tasks/place.js';
import type { Assignment, GradedTask } from './assignment.js';
import { takeApart, type HandedFiles } from './hand-in.js';
import { type GradedMark, sumOf } from './result.js';

export interface GradingWork {
  check: (request: CheckRequest) => Promise<CheckReport>;
  signal: AbortSignal;
  /** In bytes, of the process of a check. */
  memory?: number | undefined;
  onProgress?: CheckRequest['onProgress'] | undefined;
  /** What checks have found, by task and files: equal files do the same. */
  known?: Map<string, CheckReport>;
}

export interface Grades {
  marks: GradedMark[];
  notes: string[];
  console?: string;
  /** Tasks of which a check has run and points were lost. */
  lost: ReadonlySet<string>;
  /** Tasks that got all points on a machine that has run for it now. */
  full: ReadonlySet<string>;
}

/**
 * Marks by the files of a notebook.
 * @throws what the checks or the machine throw: then there is no mark
 */
export async function gradeNotebook(notebook: Notebook, assignment: Assignment, work: GradingWork): Promise<Grades> {
  const handIn = takeApart(notebook, assignment);
  const notes = handIn.foreign.map((file) => `${file} is the teacher's: the version of the hand-in was not used`);
  const refused = handIn.foreign.length > 0 && assignment.chapter.assignment.foreign === 'refuse';
  const reports = new Map<string, CheckReport>();
  /** Tasks for which a machine has run. */
  const ran = new Set<string>();
  const marks: GradedMark[] = [];
  let console: string | undefined;
  const found = async (graded: GradedTask, place: number): Promise<Checked> => {
    const files = handIn.filesOf(graded, place);
    const key = keyOf(graded, files);
    const before = reports.get(key) ?? work.known?.get(key);
    const report = before ?? (await checkedFiles(graded, files, assignment, work));
    if (before === undefined && !(report.kind === 'checked' && report.kept)) ran.add(graded.task.name);
    reports.set(key, report);
    work.known?.set(key, report);
    return { report, wrong: files.wrong };
  };
  for (const graded of assignment.tasks) {
    for (const [name, of] of graded.task.points) {
      const place = handIn.placeOf(name);
      const none = refused
        ? `the hand-in has its own ${handIn.foreign.join(', ')}: the assignment allows ${assignment.files.join(', ')} alone`
        : place === undefined && `the cell ${assignment.testCells.get(name)} is missing in the hand-in`;
      if (none || place === undefined) {
        marks.push({ name, task: graded.task.name, points: 0, of, reason: none || '', checks: [] });
        continue;
      }
      const checked = await found(graded, place);
      const mark = markNamed(name, checked, graded);
      marks.push(mark);
      if (mark.points < of && checked.report.kind === 'checked') console ??= checked.report.console;
    }
  }
  const names = assignment.tasks.map(({ task }) => task.name);
  const whole = (name: string): boolean => marks.every(({ task, points, of }) => task !== name || points === of);
  return {
    marks,
    notes,
    ...(console !== undefined && { console }),
    full: new Set(names.filter((name) => whole(name) && ran.has(name))),
    lost: new Set(names.filter((name) => !whole(name) && [...reports.keys()].some((key) => key.startsWith(`${name}\0`)))),
  };
}

/** What is wrong where the solution of the teacher does not get all points of these tasks here and now. @throws as `gradeNotebook` */
export async function faultHere(assignment: Assignment, tasks: ReadonlySet<string>, work: GradingWork): Promise<string | undefined> {
  for (const graded of assignment.tasks.filter(({ task }) => tasks.has(task.name))) {
    const report = await checked(graded.task, solutionOf(graded.task), assignment, work, 'teacher');
    const lost = marksOf(graded.task, report).filter(({ points, of }) => points < of);
    if (lost.length === 0) continue;
    const why = report.kind === 'not built' ? builtWrong(report) : firstFailure(report)?.failure;
    return `here the solution of the teacher gets less than all points, too (${graded.task.name}): ${why ?? 'its checks do not count for its marks'}`;
  }
  return undefined;
}

/** The name of the code that machines of a task begin with. */
export const codeOf = ({ content }: Assignment, { name }: GradedTask['task']): string => `graded-${content}-${name}`;

function keyOf({ task }: GradedTask, { files }: HandedFiles): string {
  const hash = createHash('sha256');
  for (const [path, content] of files) hash.update(`${path}\0${content.length}\0`).update(content);
  return `${task.name}\0${hash.digest('hex')}`;
}

interface Checked {
  report: CheckReport;
  wrong: string | undefined;
}

async function checkedFiles(graded: GradedTask, { files }: HandedFiles, assignment: Assignment, work: GradingWork): Promise<CheckReport> {
  const folder = await mkdtemp(join(tmpdir(), 'virtbook-hand-in-'));
  try {
    for (const [path, content] of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    return await checked(graded.task, [...graded.task.skeleton, folder], assignment, work, 'student');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A check in a folder of its own, of which nothing stays. */
async function checked(
  task: GradedTask['task'],
  layers: readonly string[],
  assignment: Assignment,
  work: GradingWork,
  whose: 'teacher' | 'student',
): Promise<CheckReport> {
  const folder = await mkdtemp(join(tmpdir(), 'virtbook-check-'));
  try {
    return await work.check({
      ...aboutChapter(assignment.chapter),
      task,
      layers,
      folder,
      confined: true,
      known: assignment.digest,
      // The solution says how this computer is now.
      afresh: whose === 'teacher',
      // What the solution has left. A hand-in leaves nothing that would run for others.
      code: { name: codeOf(assignment, task), keep: whose === 'teacher' },
      seed: assignment.seed,
      memory: work.memory,
      onProgress: (step) => work.onProgress?.(step),
      // What the author's checks print is not for students.
      onOutput: () => undefined,
      signal: work.signal,
    });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function markNamed(name: string, checked: Checked, graded: GradedTask): GradedMark {
  const mark = marksOf(graded.task, checked.report).find((each) => each.name === name);
  if (!mark) throw new Error(`${graded.task.name} has no mark ${name}`);
  return gradedMark(mark, checked, graded);
}

function gradedMark({ name, points, of, checks }: TaskMark, { report, wrong }: Checked, { task }: GradedTask): GradedMark {
  const shown = checks.map((each) => ({
    name: each.name,
    passed: each.failure === undefined,
    ...(each.failure !== undefined && { failure: each.failure }),
    ...(each.hidden === true && { hidden: true }),
  }));
  const mark = { name, task: task.name, points, of, checks: shown };
  if (points >= of) return mark;
  if (report.kind === 'not built') return { ...mark, reason: wrong ?? builtWrong(report) };
  const first = checks.find(({ failure }) => failure !== undefined);
  const hint = task.hints.find((each) => each.name === first?.hint)?.text;
  const found = report.findings[0];
  const reason = [wrong, first && `${first.name}: ${first.failure}`, found].filter(Boolean).join('\n');
  return { ...mark, reason, ...(hint !== undefined && { hint }) };
}

/** The first mistake of what does not build. */
function builtWrong({ diagnostics, error }: CheckReport & { kind: 'not built' }): string {
  const first = diagnostics.find(({ severity }) => severity === 'error') ?? diagnostics[0];
  return first ? placed(first) : error;
}

const placed = ({ file, line, column, message, hint }: Diagnostic): string =>
  `${[file, line, column].filter((each) => each !== undefined).join(':')}: ${message}${hint ? ` (${hint})` : ''}`;

export const scoreOf = (marks: readonly GradedMark[]): { score: number; total: number } => ({
  score: sumOf(marks.map(({ points }) => points)),
  total: sumOf(marks.map(({ of }) => of)),
});
