import { linesByOrigin, type Origin, originNames } from '../session/origins.js';
import { ansiToHtml, escapeHtml } from './html.js';

/** How lines with colour codes become HTML. */
type Coloured = (text: string) => string;

/** What one voice says at a stretch is folded when it is longer than this. */
const SHORT_STRETCH = 6;
/** Of the end, so many lines stay open: there is what the run came to. */
const OPEN_LINES = 12;

interface Stretch {
  origin: Origin;
  lines: string[];
}

/** A console's text in its order, each line once: long stretches of one voice are folded under its name. */
export function foldedLog(text: string, coloured: Coloured = ansiToHtml): string {
  const lines = linesByOrigin(text);
  const stretches: Stretch[] = [];
  for (const { line, origin } of lines.slice(0, -OPEN_LINES)) {
    const last = stretches.at(-1);
    if (last?.origin === origin) last.lines.push(line);
    else stretches.push({ origin, lines: [line] });
  }
  const end = preformatted(
    lines.slice(-OPEN_LINES).map(({ line }) => line),
    coloured,
  );
  return [...inPieces(stretches, coloured), end].join('');
}

/** Short stretches that follow each other are one piece of text. */
function inPieces(stretches: readonly Stretch[], coloured: Coloured): string[] {
  const pieces: string[] = [];
  let open: string[] = [];
  const close = (): void => {
    if (open.length) pieces.push(preformatted(open, coloured));
    open = [];
  };
  for (const { origin, lines } of stretches) {
    if (lines.length <= SHORT_STRETCH) {
      open.push(...lines);
      continue;
    }
    close();
    pieces.push(
      `<details><summary>${escapeHtml(originNames[origin])}: ${lines.length} lines</summary>${preformatted(lines, coloured)}</details>`,
    );
  }
  close();
  return pieces;
}

const preformatted = (lines: readonly string[], coloured: Coloured): string =>
  `<pre style="margin:0.2em 0">${coloured(lines.join('\n'))}</pre>`;

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
