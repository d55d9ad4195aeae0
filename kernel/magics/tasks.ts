/** Tasks of a chapter: listed, helped with, solved and begun again. `check.ts` checks them. */
import { join } from 'node:path';
import { tasksBundle } from '../render/tasks.js';
import type { Chapter, ChapterTask } from '../session/chapter.js';
import type { Session } from '../session/session.js';
import { nearest, UserError } from '../session/user-error.js';
import { placeFiles, type Placed } from '../tasks/place.js';
import { TaskProgress } from '../tasks/progress.js';
import type { Invocation, Magic } from '../kit/magic.js';

export const progressOf = (session: Session): TaskProgress => new TaskProgress(session.workspace.folder);

/** The chapter whose tasks are meant. @throws UserError when none was named, or it has no tasks */
function chapterWithTasks({ workspace }: Session): Chapter {
  const { chapter } = workspace;
  if (!chapter)
    throw new UserError('TaskError', 'this notebook has named no chapter yet', 'Name it with %chapter NAME; %chapter lists them.');
  // Its declaration may have changed since.
  const now = workspace.chapters.find(chapter.name, workspace.folder) ?? chapter;
  if (now.tasks.length === 0)
    throw new UserError('TaskError', `the chapter ${chapter.name} has no tasks`, 'Its author declares them in chapter.json.');
  return now;
}

/** The task of this name; without one, the first that is not done. @throws UserError when there is none */
export function taskNamed(session: Session, name: string | undefined): { chapter: Chapter; task: ChapterTask } {
  const chapter = chapterWithTasks(session);
  if (name === undefined) {
    const task = progressOf(session).next(chapter) ?? chapter.tasks.at(-1);
    if (task) return { chapter, task };
  }
  const task = chapter.tasks.find((each) => each.name === name);
  if (task) return { chapter, task };
  const names = chapter.tasks.map((each) => each.name);
  const meant = nearest(name ?? '', names);
  throw new UserError(
    'TaskError',
    `${chapter.name} has no task ${name}`,
    meant ? `Did you mean ${meant}?` : `Its tasks: ${names.join(', ')}.`,
  );
}

export const completeTask = ({ workspace }: Session, index: number): string[] =>
  index === 0 ? (workspace.chapter?.tasks.map(({ name }) => name) ?? []) : [];

const STATE = { open: 'not yet', passed: 'done', changed: 'changed since it was done' } as const;

export const tasksMagic: Magic = {
  name: 'tasks',
  kind: 'line',
  summary: "Lists the tasks of the notebook's chapter, and which of them are done.",
  details: [
    '%check TASK boots a machine with your files and checks what it does, %hint TASK helps, %solve TASK writes the solution, and',
    '%reset TASK begins again. What you have written is copied before.',
  ].join('\n'),
  examples: ['%tasks'],
  async execute({ session, cell }) {
    const chapter = chapterWithTasks(session);
    const progress = progressOf(session);
    const rows = chapter.tasks.map((task) => {
      const state = progress.state(chapter, task);
      const solved = progress.isSolved(chapter, task) ? ' (with the solution)' : '';
      return { name: task.name, title: task.title, asks: task.asks, state: STATE[state] + solved, passed: state !== 'open' };
    });
    cell.display(tasksBundle(chapter.title, rows));
  },
};

export const hintMagic: Magic = {
  name: 'hint',
  kind: 'line',
  summary: 'Gives a hint for a task: one more each time.',
  details: 'The first is about what the last %check found wrong; the others follow in order.',
  positionals: [{ name: 'TASK', help: 'a task; default: the first that is not done', optional: true }],
  examples: ['%hint', '%hint echo'],
  complete: completeTask,
  async execute({ session, cell, args }) {
    const { chapter, task } = taskNamed(session, args.positionals[0]);
    const progress = progressOf(session);
    const hint = await progress.takeHint(chapter, task);
    const had = progress.hintsHad(chapter, task);
    if (hint) return cell.stdout(`${task.name}, hint ${had} of ${task.hints.length}: ${hint.text}\n`);
    if (had === 0) return cell.stdout(`${task.name} has no hints. It asks: ${task.asks}\n`);
    const all = task.hints.map(({ text }) => `  ${text}\n`).join('');
    cell.stdout(`You have had all hints of ${task.name}:\n${all}%solve ${task.name} shows the solution.\n`);
  },
};

export const solveMagic: Magic = {
  name: 'solve',
  kind: 'line',
  summary: 'Writes the solution of a task into your files, and keeps yours.',
  details: 'What you have written is copied before, into a folder of copies/ that the cell names.',
  positionals: [{ name: 'TASK', help: 'a task' }],
  examples: ['%solve echo'],
  complete: completeTask,
  execute: (invocation) => place(invocation, 'solution'),
};

export const resetMagic: Magic = {
  name: 'reset',
  kind: 'line',
  summary: 'Begins a task again: its files are what they were at its start.',
  details: 'What you have written is copied before, into a folder of copies/ that the cell names.',
  positionals: [{ name: 'TASK', help: 'a task' }],
  examples: ['%reset echo'],
  complete: completeTask,
  execute: (invocation) => place(invocation, 'skeleton'),
};

async function place({ session, cell, args }: Invocation, what: 'solution' | 'skeleton'): Promise<void> {
  const { chapter, task } = taskNamed(session, args.required(0));
  const placed = placeFiles(task, what, session.workspace.folder);
  if (placed.written.length + placed.removed.length > 0) await progressOf(session).placed(chapter, task, what);
  cell.stdout(`${told(placed, task, what).join('\n')}\n`);
}

function told({ written, removed, copies }: Placed, task: ChapterTask, what: 'solution' | 'skeleton'): string[] {
  const called = what === 'solution' ? 'the solution' : 'the beginning';
  if (written.length + removed.length === 0) return [`Your files are ${called} of ${task.name} already.`];
  const cells = written.map((path) => `%%${path.endsWith('.system') ? 'system' : 'file'} ${path}`);
  return [
    ...(written.length > 0 ? [`Wrote ${called} of ${task.name}: ${written.join(', ')}.`] : []),
    ...(removed.length > 0 ? [`Removed ${removed.join(', ')}.`] : []),
    ...(copies === undefined ? [] : [`What was there before is in ${join(copies, '/')}.`]),
    ...(cells.length > 0 ? [`Cells of your notebook are as they were: running ${cells.join(' or ')} again writes your text again.`] : []),
    ...(what === 'solution' ? [`%check ${task.name} checks it.`] : []),
  ];
}
