/** What a reader finds of a task before `%reset` or `%solve` has written any of it: its own description, and what that is built of. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Chapter, ChapterTask } from '../session/chapter.js';
import { OUTPUT_FOLDER } from '../session/folders.js';
import { editedPath, layOut, sourcesBelow } from './layers.js';

interface Place {
  /** The working folder, absolute. */
  readonly folder: string;
  /** The chapter that was named last. */
  readonly chapter: Chapter | undefined;
}

/** Tasks with a description of their own: `%build` of the chapter takes another. */
const described = ({ chapter }: Place): ChapterTask[] =>
  (chapter?.tasks ?? []).filter(({ system }) => system !== undefined && system !== chapter?.system);

/** Where beginnings are laid out, in the working folder. */
export const tasksFolder = (folder: string): string => join(folder, OUTPUT_FOLDER, 'tasks');

/**
 * The folder with all that readers begin a task with, whose description this is: `%build` looks there after the reader's own files, as
 * `%check` does. Undefined when no task has such a description.
 */
export function beginningOf(place: Place, file: string): string | undefined {
  const task = described(place).find(({ system }) => system === basename(file));
  if (!task) return undefined;
  const folder = join(tasksFolder(place.folder), task.name);
  layOut(task.skeleton, folder);
  return existsSync(join(folder, basename(file))) ? folder : undefined;
}

/** Names of the files that come with these tasks, for who looks for a file that neither the reader nor the chapter's sources have. */
export const namesOfTaskFiles = (place: Place): string[] => [
  ...new Set(described(place).flatMap(({ folder }) => sourcesBelow(join(folder, 'skeleton')).filter((path) => editedPath(path) === path))),
];

/** The text of one of them. */
export function taskFile(place: Place, name: string): string | undefined {
  const path = described(place)
    .map(({ folder }) => join(folder, 'skeleton', name))
    .find((each) => existsSync(each));
  return path === undefined ? undefined : readFileSync(path, 'utf8');
}
