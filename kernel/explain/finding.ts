/** What is wrong with a run, in a sentence or a few. */
export interface Finding {
  kind: SaidKind;
  text: string;
}

/**
 * `fault`: a domain did what it may not do. `loop`: one has used all the time. `interrupt`: one was not acknowledged, or nobody
 * takes it. `oddity`: something passed here that is most likely a mistake. `deadlock`: a domain waits for an answer that cannot come. `starvation`: a domain could run, and others do.
 * `idle`: nothing is wrong that could be told, and nobody has anything to do.
 */
export type FindingKind = 'fault' | 'loop' | 'interrupt' | 'oddity' | 'deadlock' | 'starvation';

/** What is said of a stretch of a run besides: of an instant, nobody asks for it. */
type SaidKind = FindingKind | 'idle';

export const FINDING_KINDS: readonly FindingKind[] = ['fault', 'loop', 'interrupt', 'oddity', 'deadlock', 'starvation'];

export const found = (kind: SaidKind, texts: readonly (string | undefined)[]): Finding[] =>
  texts.flatMap((text) => (text ? [{ kind, text }] : []));
