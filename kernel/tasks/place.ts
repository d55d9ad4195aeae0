/** The files of a task, put into a reader's folder. What is there is never lost: it is copied first. */
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ChapterTask } from '../session/chapter.js';
import { UserError } from '../session/user-error.js';
import { editedPath, hasContent, mergeLayers, sourcesBelow } from './layers.js';

export const solutionOf = ({ skeleton, folder }: ChapterTask): string[] => [...skeleton, join(folder, 'solution')];
export const mistakeOf = (task: ChapterTask, name: string): string[] => [...solutionOf(task), join(task.folder, 'mistakes', name)];

/** Files that are there while the task is checked, whatever the reader has: `checked/`. */
export const checkedWith = ({ folder }: ChapterTask): string => join(folder, 'checked');

/** The files that a reader writes in this task: those of its own skeleton and solution. */
export const filesOf = ({ folder }: ChapterTask): string[] => [
  ...new Set(['skeleton', 'solution'].flatMap((part) => sourcesBelow(join(folder, part)).map(editedPath))),
];

export interface Placed {
  written: string[];
  removed: string[];
  /** Where the files are that were there before, relative to the reader's folder; absent where nothing was replaced. */
  copies?: string;
}

/**
 * Makes the task's files in the folder those of its solution, or those that a reader begins with.
 * @throws UserError when the task has none
 */
export function placeFiles(task: ChapterTask, what: 'solution' | 'skeleton', folder: string): Placed {
  if (what === 'solution' && sourcesBelow(join(task.folder, 'solution')).length === 0) {
    throw new UserError('TaskError', `the task ${task.name} has no solution`, `Its author writes it into tasks/${task.name}/solution.`);
  }
  const wanted = mergeLayers(what === 'solution' ? solutionOf(task) : task.skeleton);
  const own = filesOf(task);
  // Files of earlier tasks are the reader's, where they are there.
  const written = [...wanted].filter(
    ([path, content]) => !hasContent(join(folder, path), content) && (own.includes(path) || !existsSync(join(folder, path))),
  );
  const removed = own.filter((path) => !wanted.has(path) && existsSync(join(folder, path)));
  const kept = [...written.map(([path]) => path), ...removed].filter((path) => existsSync(join(folder, path)));
  const copies = kept.length > 0 ? freeFolder(folder, task.name) : undefined;
  if (copies !== undefined) for (const path of kept) copy(join(folder, path), join(folder, copies, path));
  for (const [path, content] of written) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  for (const path of removed) rmSync(join(folder, path));
  return { written: written.map(([path]) => path), removed, ...(copies !== undefined && { copies }) };
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}

/** No copy is ever written over another. */
function freeFolder(folder: string, task: string): string {
  for (let number = 1; ; number++) {
    const name = `copies/${task}-${number}`;
    if (!existsSync(join(folder, name))) return name;
  }
}
