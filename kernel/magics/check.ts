import { DiagnosticError } from '../../sdk/diagnostic.js';
import { checksBundle } from '../render/tasks.js';
import { progressBundle } from '../render/build.js';
import type { ChapterTask } from '../session/chapter.js';
import { aboutChapter, type CheckedTask, type CheckReport, marksOf } from '../session/task-checks.js';
import type { Session } from '../session/session.js';
import { UserError } from '../session/user-error.js';
import { adviseOnC } from '../writing/c-advice.js';
import { sdkApi } from '../writing/sdk-api.js';
import type { Magic } from '../kit/magic.js';
import { sdkOf, sourcesOf } from './body.js';
import { ProgressDisplay } from './build.js';
import { completeTask, progressOf, taskNamed } from './tasks.js';

export const checkMagic: Magic = {
  name: 'check',
  kind: 'line',
  summary: 'Checks a task: boots a machine of its own with your files, and looks at what it does.',
  details: [
    'Your files are those on the disk: run the cells that write them first. The machine that %run started is another one, and goes',
    'on as it was. Where a check fails, the cell says what the machine did, and ends with an error; %hint helps then.',
  ].join('\n'),
  positionals: [{ name: 'TASK', help: 'a task; default: the first that is not done', optional: true }],
  options: [
    { name: 'only', value: 'MARK', help: 'look at the checks of this mark alone, in a task that is graded' },
    { name: 'points', help: 'give the points as the value of the cell, and no error where a check fails' },
  ],
  examples: ['%check', '%check echo'],
  complete: completeTask,
  async execute({ session, cell, args }) {
    const { chapter, task } = taskNamed(session, args.positionals[0]);
    const only = args.option('only');
    if (only !== undefined) requireMark(task, only);
    const { services } = session;
    if (!services.checkTask)
      throw new UserError('TaskError', 'this kernel cannot check tasks', 'Use the kernel that virtbook install registers.');
    const { folder, sdk } = session.workspace;
    const progress = new ProgressDisplay(cell);
    const checking = services.checkTask({
      ...aboutChapter(chapter),
      task,
      layers: [...task.skeleton, folder],
      sdk: sdk === undefined ? undefined : session.workspace.resolve(sdk),
      onProgress(step) {
        if (cell.allowStdin) progress.show(progressBundle(`Building ${task.name}`, step));
      },
      onOutput: (text) => cell.stdout(text),
      signal: cell.signal,
    });
    const report = await checking.catch((error: unknown) => {
      progress.replace({ data: { 'text/plain': `${task.name} is not checked.` } });
      throw error;
    });
    await progressOf(session).checked(chapter, task, report);
    if (report.kind === 'not built') {
      progress.replace({ data: { 'text/plain': `${task.name} is not checked: your files do not build.` } });
      throw notBuilt(session, report);
    }
    const marks = marksOf(task, report).filter(({ name }) => only === undefined || name === only);
    const asked: CheckedTask = only === undefined ? report : { ...report, checks: marks.flatMap(({ checks }) => checks) };
    const bundle = checksBundle(task.name, asked);
    if (!progress.replace(bundle)) cell.display(bundle);
    // A grader takes the value of the cell for its points.
    if (args.has('points')) return cell.result({ data: { 'text/plain': String(marks.reduce((sum, { points }) => sum + points, 0)) } });
    const failed = asked.checks.filter(({ failure }) => failure !== undefined);
    if (failed.length > 0)
      throw new UserError(
        'TaskError',
        `${task.name} is not done: ${failed.map(({ name }) => name).join('; ')}`,
        `%hint ${task.name} helps.`,
      );
    const next = progressOf(session).next(chapter);
    cell.stdout(next ? `Next: ${next.title} (%check ${next.name}).\n` : 'That was the last task of this chapter.\n');
  },
};

/** @throws UserError when the task has no such mark */
function requireMark({ name, points }: ChapterTask, mark: string): void {
  if (points.has(mark)) return;
  const known = [...points.keys()].join(', ');
  throw new UserError('TaskError', `${name} has no mark ${mark}`, known ? `Its marks: ${known}.` : 'chapter.json gives it no "points".');
}

function notBuilt(session: Session, { diagnostics, error }: CheckReport & { kind: 'not built' }): Error {
  if (diagnostics.length === 0) return new UserError('TaskError', error.replace(/\.$/, ''), 'Mend that, and check again.');
  return new DiagnosticError('BuildError', [...adviseOnC(diagnostics, sdkApi(sdkOf(session)), sourcesOf(session))]);
}
