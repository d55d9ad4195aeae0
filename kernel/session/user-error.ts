export type UserErrorKind = 'MagicError' | 'RunError' | 'BuildError' | 'ConsoleError' | 'FileError' | 'NotebookError' | 'TaskError';

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

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  /** Beyond a row nothing is near. */
  const at = (row: readonly number[], column: number): number => row[column] ?? Infinity;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(
          at(last, j) + 1,
          at(row, j - 1) + 1,
          at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1),
          swapped ? at(beforeLast, j - 2) + 1 : Infinity,
        ),
      );
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}
