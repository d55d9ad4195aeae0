/** The files of a task, put into a reader's folder. What is there is never lost: it is copied first. */
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ChapterTask } from '../session/chapter.js';
import { UserError } from '../session/user-error.js';
import { mergeLayers, sameContent } from './layers.js';

export const skeletonOf = ({ folder }: ChapterTask): string => join(folder, 'skeleton');
export const solutionOf = ({ folder }: ChapterTask): string => join(folder, 'solution');
export const mistakeOf = ({ folder }: ChapterTask, name: string): string => join(folder, 'mistakes', name);

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
  if (what === 'solution' && mergeLayers([solutionOf(task)]).size === 0) {
    throw new UserError('TaskError', `the task ${task.name} has no solution`, `Its author writes it into tasks/${task.name}/solution.`);
  }
  const wanted = mergeLayers(what === 'solution' ? [skeletonOf(task), solutionOf(task)] : [skeletonOf(task)]);
  const all = mergeLayers([skeletonOf(task), solutionOf(task)]);
  const written = [...wanted].filter(([path, from]) => !sameContent(join(from, path), join(folder, path)));
  const removed = [...all.keys()].filter((path) => !wanted.has(path) && existsSync(join(folder, path)));
  const kept = [...written.map(([path]) => path), ...removed].filter((path) => existsSync(join(folder, path)));
  const copies = kept.length > 0 ? freeFolder(folder, task.name) : undefined;
  if (copies !== undefined) for (const path of kept) copy(join(folder, path), join(folder, copies, path));
  for (const [path, from] of written) copy(join(from, path), join(folder, path));
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
