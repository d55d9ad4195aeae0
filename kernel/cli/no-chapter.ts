/** What a command says when the chapter that it is asked for is not there. */
import type { Chapter } from '../session/chapter.js';
import { nearest } from '../session/user-error.js';
import { CommandFailure } from './failure.js';

/** @param known those that could have been meant */
export function unknownChapter(name: string, known: readonly Chapter[]): CommandFailure {
  const names = known.map((each) => each.name);
  const meant = nearest(name, names);
  return new CommandFailure(
    2,
    `virtbook: there is no chapter ${name}${meant ? `: did you mean ${meant}?` : `. There is ${names.join(', ')}.`}`,
  );
}

export const noChapter = (): CommandFailure =>
  new CommandFailure(1, 'virtbook: there is no chapter: name a folder that has one with --chapters DIR');
