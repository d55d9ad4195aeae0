/** Marks what a solution has and a skeleton has not, as nbgrader takes it out for students. */
import { diffLines } from '../render/line-diff.js';

/** A part of the solved lines, from `start` to before `end`. */
interface Hunk {
  start: number;
  end: number;
  /** Nothing of the skeleton was replaced. */
  added: boolean;
}

/** How a line of a file says something to people alone. */
export function commentIn(file: string): (text: string) => string {
  return file.endsWith('.system') ? (text) => `<!-- ${text} -->` : (text) => `/* ${text} */`;
}

/** The solved text with `BEGIN SOLUTION` and `END SOLUTION` around each part that the skeleton has not. */
export function withRegions(skeleton: string, solved: string, comment: (text: string) => string): string {
  const lines = solved.split('\n');
  const result: string[] = [];
  let done = 0;
  for (const hunk of hunksOf(skeleton.split('\n'), lines).map((each) => (each.added ? settled(each, lines, done) : each))) {
    const first = firstLine(hunk, lines);
    const mark = (text: string): string => `${' '.repeat(indentOf(lines[first] ?? ''))}${comment(text)}`;
    result.push(...lines.slice(done, first), mark('BEGIN SOLUTION'), ...lines.slice(first, hunk.end), mark('END SOLUTION'));
    done = hunk.end;
  }
  return [...result, ...lines.slice(done)].join('\n');
}

function hunksOf(skeleton: readonly string[], solved: readonly string[]): Hunk[] {
  const hunks: Hunk[] = [];
  let at = 0;
  let inside = false;
  for (const { kind } of diffLines(skeleton, solved)) {
    if (kind === 'same') inside = false;
    else if (!inside) hunks.push({ start: at, end: at, added: true });
    const last = hunks.at(-1);
    if (kind !== 'same' && last) {
      inside = true;
      if (kind === 'left') last.added = false;
      else last.end = at + 1;
    }
    if (kind !== 'left') at++;
  }
  return hunks;
}

/** The same lines can often be taken for added in several ways. The best begins where a paragraph does. */
function settled(hunk: Hunk, lines: readonly string[], from: number): Hunk {
  let best = hunk;
  let { start, end } = hunk;
  while (start > from && lines[start - 1] === lines[end - 1]) [start, end] = [start - 1, end - 1];
  for (; ; [start, end] = [start + 1, end + 1]) {
    const each = { ...hunk, start, end };
    if (roughness(each, lines) <= roughness(best, lines)) best = each;
    if (end >= lines.length || lines[start] !== lines[end]) return best;
  }
}

/** Lower is better: little indent, and after a blank line. */
function roughness(hunk: Hunk, lines: readonly string[]): number {
  const first = firstLine(hunk, lines);
  return 2 * indentOf(lines[first] ?? '') + (first === 0 || lines[first - 1]?.trim() === '' ? 0 : 1);
}

/** Blank lines that a part begins with stay outside the marks. */
function firstLine({ start, end }: Hunk, lines: readonly string[]): number {
  const first = lines.findIndex((line, index) => index >= start && index < end && line.trim() !== '');
  return first < 0 ? start : first;
}

const indentOf = (line: string): number => line.length - line.trimStart().length;
