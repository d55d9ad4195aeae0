/** Edits (insert, delete, replace, swap of neighbours) that turn one word into the other. */
export function editDistance(a: string, b: string): number {
  // What is outside of a row is out of reach.
  const cost = (row: readonly number[], j: number): number => row[j] ?? Infinity;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = cost(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? cost(beforeLast, j - 2) + 1 : Infinity;
      row.push(Math.min(replaced, swapped, cost(last, j) + 1, cost(row, j - 1) + 1));
    }
    beforeLast = last;
    last = row;
  }
  return cost(last, b.length);
}

/** The candidate that `word` was probably meant to be: at most a third of it is wrong. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  // A pasted paragraph is no misspelling, and the table above is quadratic.
  if (word.length > 64) return undefined;
  // Prose says PD, MR and VM.
  const abbreviated = candidates.find(
    (candidate) => candidate.includes('_') && word.toLowerCase() === candidate.replace(/([a-z])[a-z]*_?/g, '$1'),
  );
  if (abbreviated !== undefined) return abbreviated;
  const plain = (text: string): string => text.toLowerCase().replace(/[-_.]/g, '');
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of candidates) {
    if (candidate.length > 64) continue;
    const distance = editDistance(plain(word), plain(candidate));
    if (distance < bestDistance && distance <= Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 3))) {
      best = candidate;
      bestDistance = distance;
    }
  }
  // Who leaves off the end of a word means that word, rather than a shorter one of which several letters differ.
  const begun = candidates.filter((candidate) => word.length >= SHORTEST_BEGINNING && plain(candidate).startsWith(plain(word)));
  return bestDistance > 1 && begun.length === 1 ? begun[0] : best;
}

/** Letters that tell which word was begun. */
const SHORTEST_BEGINNING = 3;

/** A hint for a name that does not exist: the nearest one, or all there are. */
export function suggestName(word: string, candidates: readonly string[], kind: string): string {
  const meant = nearest(word, candidates);
  if (meant !== undefined) return `did you mean '${meant}'?`;
  if (candidates.length === 0) return `there is no ${kind} here`;
  const shown = candidates.slice(0, 12).map((name) => `'${name}'`);
  return `${kind}s here: ${shown.join(', ')}${candidates.length > shown.length ? ', ...' : ''}`;
}
