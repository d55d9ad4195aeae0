import { editDistance } from '../../sdk/tool/nearest.js';

export type UserErrorKind =
  | 'MagicError'
  | 'RunError'
  | 'BuildError'
  | 'ConsoleError'
  | 'FileError'
  | 'NotebookError'
  | 'TaskError'
  | 'SiteError';

/** Something the reader asked for cannot be done. Says what, and in `hint` what to do instead. */
export class UserError extends Error {
  constructor(
    readonly kind: UserErrorKind,
    message: string,
    readonly hint?: string,
  ) {
    super(message);
    this.name = kind;
  }
}

/** The candidate that a misspelt word most likely stands for, or undefined when none is near. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best ?? (word.length > 1 ? candidates.find((candidate) => candidate.startsWith(word)) : undefined);
}
