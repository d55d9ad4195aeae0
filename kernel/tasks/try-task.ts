/** A task tried with all that its author keeps: `virtbook chapter test`. */
import type { ChapterTask } from '../session/chapter.js';
import { type CheckReport, type CheckRequest, firstFailure } from '../session/task-checks.js';
import { mistakeOf, solutionOf } from './place.js';

export interface Attempt {
  /** Such as `solution` or `mistake no-ack`. */
  name: string;
  layers: readonly string[];
  /** What its report should be: all pass, all fail, or the first that fails gives this hint. */
  wanted: 'passes' | 'fails' | { hint: string };
}

export interface Outcome {
  attempt: Attempt;
  right: boolean;
  /** In a line or a few. */
  text: string;
}

/** What is tried, in order. */
export function attemptsOf(task: ChapterTask): Attempt[] {
  return [
    { name: 'solution', layers: solutionOf(task), wanted: 'passes' },
    { name: 'skeleton', layers: task.skeleton, wanted: 'fails' },
    ...task.mistakes.map(({ name, hint }): Attempt => ({
      name: `mistake ${name}`,
      layers: mistakeOf(task, name),
      wanted: { hint },
    })),
  ];
}

export async function tryTask(
  attempt: Attempt,
  check: (request: CheckRequest) => Promise<CheckReport>,
  request: Omit<CheckRequest, 'layers'>,
): Promise<Outcome> {
  const report = await check({ ...request, layers: attempt.layers });
  const wrong = wrongWith(report, attempt, request.task);
  return { attempt, right: wrong === undefined, text: wrong ?? rightOf(report) };
}

function rightOf(report: CheckReport): string {
  if (report.kind === 'not built') return 'it does not build';
  const failed = report.checks.filter(({ failure }) => failure !== undefined);
  const [first] = failed;
  return first
    ? `${failed.length} of ${report.checks.length} checks fail, hint: ${first.hint}`
    : `${report.checks.length === 1 ? 'the check passes' : `all ${report.checks.length} checks pass`}`;
}

/** Undefined where all is as it should be. */
function wrongWith(report: CheckReport, { wanted }: Attempt, task: ChapterTask): string | undefined {
  if (report.kind === 'not built') {
    const [first] = report.diagnostics.filter(({ severity }) => severity === 'error');
    const what = first ? `${first.file}${first.line === undefined ? '' : `:${first.line}`}: ${first.message}` : report.error;
    return `it does not build, so no check says anything. ${what}`;
  }
  const unknown = report.checks.find(({ hint }) => !task.hints.some(({ name }) => name === hint));
  if (unknown) return `the check "${unknown.name}" has the hint ${unknown.hint}, and chapter.json has no hint of this name`;
  const first = firstFailure(report);
  if (wanted === 'passes') {
    if (!first) return undefined;
    const all = report.checks.flatMap(({ name, failure }) => (failure === undefined ? [] : [`${name}: ${failure}`]));
    return ['all checks should pass', ...all, ...report.findings].join('\n');
  }
  if (wanted === 'fails') {
    const passed = report.checks.filter(({ failure }) => failure === undefined).map(({ name }) => name);
    return passed.length > 0 ? `all checks should fail, and these pass: ${passed.join('; ')}` : undefined;
  }
  if (!first) return `it should get the hint ${wanted.hint}, and all checks pass`;
  if (first.hint === wanted.hint) return undefined;
  return `it should get the hint ${wanted.hint}, and got ${first.hint}\n${first.name}: ${first.failure}`;
}
