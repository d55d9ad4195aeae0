/** `virtbook grade prepare ASSIGNMENT`: everything that grading needs is made, and the solution of the teacher tried. */
import { checkCachedContent } from '../../sdk/cache-content.js';
import type { Assignment } from '../assignments/assignment.js';
import { codeOf, faultHere } from '../assignments/grade.js';
import { sumOf } from '../assignments/result.js';
import { checkTask } from '../assembly/check-task.js';
import { sizeOfShared } from '../session/code-cache.js';
import type { Progress } from '../session/services.js';
import { CommandFailure } from './failure.js';
import { TRY_AGAIN } from './grade-assignment.js';
import { assignmentNamed } from './hand-ins.js';
import { withProgress } from './prepare.js';

/**
 * So often the solution is run: each run begins with what the one before has left, and leaves the engine's code for what is hot from the
 * start. What is hot in the third run was so in the second, nearly.
 */
const RUNS = 3;
/** A run that leaves less than this more than the one before is the last. */
const WORTH_IT = 1.05;

/** @throws CommandFailure with 75 when the solution does not get all points on this computer */
export async function prepareGrading(named: string, chapters: readonly string[] | undefined, signal: AbortSignal): Promise<void> {
  const assignment = assignmentNamed(named, chapters);
  const { name } = assignment.chapter;
  checkCachedContent();
  const reason = await withProgress(name, (onProgress) => runSolution(assignment, signal, onProgress)).catch((error: unknown) => {
    if (signal.aborted) throw new CommandFailure(130, 'virtbook: interrupted');
    return error instanceof Error ? error.message : String(error);
  });
  if (reason !== undefined) throw new CommandFailure(TRY_AGAIN, `virtbook: ${name} cannot be graded here: ${reason}`);
  const total = sumOf(assignment.tasks.flatMap(({ task }) => [...task.points.values()]));
  process.stdout.write(`${name}: the solution gets ${total} of ${total} points here\n`);
}

/** What is wrong with the solution here; undefined: nothing, and machines have left their code for those of hand-ins. */
async function runSolution(assignment: Assignment, signal: AbortSignal, onProgress: (step: Progress) => void): Promise<string | undefined> {
  const tasks = new Set(assignment.tasks.map(({ task }) => task.name));
  const left = (): number => assignment.tasks.reduce((sum, { task }) => sum + sizeOfShared({ name: codeOf(assignment, task) }), 0);
  for (let run = 1, before = 0; run <= RUNS; run++) {
    const reason = await faultHere(assignment, tasks, { check: checkTask, signal, onProgress });
    if (reason !== undefined) return reason;
    const now = left();
    if (now <= before * WORTH_IT) break;
    before = now;
  }
  return undefined;
}
