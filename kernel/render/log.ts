import type { MimeBundle } from '../core/evaluator.js';
import { linesByOrigin, type Origin, originNames } from '../session/origins.js';
import { ansiToHtml, escapeHtml } from './html.js';
import { stripSgr } from './sgr.js';

/** How lines with colour codes become HTML. */
type Coloured = (text: string) => string;

export interface FoldOptions {
  coloured?: Coloured;
  /** Signs of lines that a reader waits for: the first line of each stays in sight. */
  awaited?: readonly RegExp[];
}

/** What one voice says at a stretch is folded when it is longer than this. */
const SHORT_STRETCH = 6;
/** Of the beginning and of the end, so many lines stay open: there is how it began, and what it came to. */
const FIRST_LINES = 3;
const LAST_LINES = 10;
/** Of more lines than this, those in the middle are left out: a page cannot hold a flood. */
const MOST_LINES = 20_000;
/** A text of fewer lines is read as it is. */
const FOLDED_FROM = 30;

/** Lines that say that something went wrong; of several in a row, the first says what. */
const TROUBLE =
  /Attempted to invoke a null cap|microkit_\w+: invalid channel given '|^MON\|ERROR|^Caught cap fault|Kernel panic|Internal error: Oops/;
/** What a reader of any boot waits for. */
const AWAITED: readonly RegExp[] = [/\blease of \S+ obtained/];

/** A piece of a folded text: lines in sight, or lines of one voice that open by a click. */
interface Piece {
  folded: Origin | undefined;
  lines: string[];
}

/** Whether a text is so long that it is better folded. */
export const isLong = (text: string): boolean => text.trimEnd().split('\n', FOLDED_FROM + 1).length > FOLDED_FROM;

/** A console's text as a display: what matters is in sight, the rest opens by a click. */
export function foldedBundle(text: string, options: FoldOptions = {}): MimeBundle {
  const pieces = fold(text, options.awaited);
  const plain = pieces.flatMap(({ folded, lines }) =>
    folded ? [`  (${summaryOf(folded, lines)}: %log --origin ${folded} shows them)`] : lines,
  );
  return { data: { 'text/html': htmlOf(pieces, options.coloured), 'text/plain': plain.map(stripSgr).join('\n') } };
}

/** A console's text in its order, each line once: long stretches of one voice are folded under its name. */
export const foldedLog = (text: string, { coloured, awaited }: FoldOptions = {}): string => htmlOf(fold(text, awaited), coloured);

function htmlOf(pieces: readonly Piece[], coloured: Coloured = ansiToHtml): string {
  return pieces
    .map(({ folded, lines }) => {
      const text = preformatted(lines, coloured);
      if (!folded) return text;
      return `<details><summary style="cursor:pointer">${escapeHtml(summaryOf(folded, lines))}</summary>${text}</details>`;
    })
    .join('');
}

const summaryOf = (origin: Origin, lines: readonly string[]): string => `${originNames[origin]}: ${lines.length} lines`;

function fold(text: string, awaited: readonly RegExp[] = []): Piece[] {
  const all = withoutMiddle(linesByOrigin(text));
  const inSight = linesInSight(all, [...AWAITED, ...awaited]);
  const stretches: Piece[] = [];
  all.forEach(({ line, origin }, index) => {
    const folded = inSight.has(index) ? undefined : origin;
    const last = stretches.at(-1);
    if (last && last.folded === folded) last.lines.push(line);
    else stretches.push({ folded, lines: [line] });
  });
  return joined(stretches);
}

/** Short stretches are not folded, and what is in sight in a row is one piece of text. */
function joined(stretches: readonly Piece[]): Piece[] {
  const pieces: Piece[] = [];
  for (const { folded, lines } of stretches) {
    const short = folded === undefined || lines.length <= SHORT_STRETCH;
    const last = pieces.at(-1);
    if (short && last && last.folded === undefined) last.lines.push(...lines);
    else pieces.push({ folded: short ? undefined : folded, lines });
  }
  return pieces;
}

interface Line {
  line: string;
  origin: Origin;
}

function linesInSight(lines: readonly Line[], awaited: readonly RegExp[]): Set<number> {
  const inSight = new Set<number>();
  const left = new Set(awaited);
  lines.forEach(({ line }, index) => {
    const text = stripSgr(line);
    if (index < FIRST_LINES || index >= lines.length - LAST_LINES) inSight.add(index);
    for (const sign of left) {
      if (!sign.test(text)) continue;
      inSight.add(index);
      left.delete(sign);
    }
    if (TROUBLE.test(text) && !TROUBLE.test(stripSgr(lines[index - 1]?.line ?? ''))) inSight.add(index);
  });
  return inSight;
}

function withoutMiddle(lines: Line[]): Line[] {
  const extra = lines.length - MOST_LINES;
  if (extra <= 0) return lines;
  const half = MOST_LINES / 2;
  const note: Line = { line: `(${extra} lines are left out here: %log shows them)`, origin: lines[half]?.origin ?? 'domains' };
  return [...lines.slice(0, half), note, ...lines.slice(-half)];
}

/** Lines break between words: a number stays whole. */
const PRE = 'margin:0.2em 0;white-space:pre-wrap;word-break:normal;overflow-wrap:anywhere';
const preformatted = (lines: readonly string[], coloured: Coloured): string => `<pre style="${PRE}">${coloured(lines.join('\n'))}</pre>`;

/** Of a display that explains the stream before it: pages show it above. */
export const SHOWN_ABOVE = { virtbook: { above: true } };

/** What went wrong, in sentences. */
export const explanationBundle = (said: readonly string[]): MimeBundle => ({
  data: { 'text/html': explanationHtml(said), 'text/plain': said.join('\n') },
});

/** The same as HTML, alone. */
export const explanationHtml = (said: readonly string[]): string =>
  said.map((line) => `<div style="border-left:3px solid #c9302c;padding-left:0.6em;margin:0.3em 0">${escapeHtml(line)}</div>`).join('');

/** Whether a text is the console of a system that booted: it has more than one voice. */
export const isConsole = (text: string): boolean => new Set(linesByOrigin(text).map(({ origin }) => origin)).size > 1;

/** Who printed how much, in one sentence. */
export function voicesOf(text: string): string {
  const counts = new Map<Origin, number>();
  for (const { origin } of linesByOrigin(text)) counts.set(origin, (counts.get(origin) ?? 0) + 1);
  const said = [...counts].map(([origin, count]) => `${originNames[origin]} ${count}`);
  const most = [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
  return most === undefined ? '' : `Lines by who printed them: ${said.join(', ')}. %log --origin ${most} shows those of one.`;
}
