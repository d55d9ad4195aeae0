/** `virtbook grade prepare ASSIGNMENT`: everything that grading needs is made, and the solution of the teacher tried. */
import { checkCachedContent } from '../../sdk/cache-content.js';
import { faultHere } from '../assignments/grade.js';
import { sumOf } from '../assignments/result.js';
import { checkTask } from '../assembly/check-task.js';
import { CommandFailure } from './failure.js';
import { TRY_AGAIN } from './grade-assignment.js';
import { assignmentNamed } from './hand-ins.js';
import { withProgress } from './prepare.js';

/** @throws CommandFailure with 75 when the solution does not get all points on this computer */
export async function prepareGrading(named: string, chapters: readonly string[] | undefined, signal: AbortSignal): Promise<void> {
  const assignment = assignmentNamed(named, chapters);
  const { name } = assignment.chapter;
  checkCachedContent();
  const tasks = new Set(assignment.tasks.map(({ task }) => task.name));
  const reason = await withProgress(name, (onProgress) => faultHere(assignment, tasks, { check: checkTask, signal, onProgress })).catch(
    (error: unknown) => {
      if (signal.aborted) throw new CommandFailure(130, 'virtbook: interrupted');
      return error instanceof Error ? error.message : String(error);
    },
  );
  if (reason !== undefined) throw new CommandFailure(TRY_AGAIN, `virtbook: ${name} cannot be graded here: ${reason}`);
  const total = sumOf(assignment.tasks.flatMap(({ task }) => [...task.points.values()]));
  process.stdout.write(`${name}: the solution gets ${total} of ${total} points here\n`);
}
