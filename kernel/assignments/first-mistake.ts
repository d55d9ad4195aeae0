/** What a student should mend first of a mark: on the student's page, in the table of a class, on the console. */
import type { GradedMark } from './result.js';

export interface Mistake {
  /** In a line. The same for all who make it. */
  what: string;
  /** In a line: how it was with this student. */
  how?: string;
  /** Found by a check that students are not shown. */
  hidden?: boolean;
}

/** Undefined where there are all points. */
export function firstMistake({ points, of, checks, reason }: GradedMark): Mistake | undefined {
  if (points >= of) return undefined;
  const failed = checks.find(({ passed }) => !passed);
  // Before any check: a cell that could not be used.
  const before = reason !== undefined && !(failed && reason.startsWith(failed.name));
  if (before || !failed) return { what: firstLine(reason ?? 'no check has passed') };
  return {
    what: firstLine(failed.name),
    ...(failed.failure !== undefined && { how: firstLine(failed.failure) }),
    ...(failed.hidden === true && { hidden: true }),
  };
}

/** What a student is told about it. */
export const toldToStudents = ({ what, how, hidden }: Mistake): string =>
  hidden ? 'a check that is not shown has failed' : how === undefined ? what : `${what}: ${how}`;

export const firstLine = (text: string): string => text.trimStart().split('\n', 1).join();
