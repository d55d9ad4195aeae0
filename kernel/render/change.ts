import type { MimeBundle } from '../core/evaluator.js';
import { escapeHtml } from './html.js';
import { diffLines, type DiffLine } from './line-diff.js';

/** Lines shown before and after what has changed. */
const CONTEXT = 3;

/** A change of a file: what it is in a sentence, and its lines. */
export interface FileChange {
  /** As the reader knows it. */
  file: string;
  before: string;
  after: string;
  /** What was added or replaced, in words. */
  parts: string;
}

/** A change as its lines, folded under a sentence; as text, in full. */
export function changeBundle({ file, before, after, parts }: FileChange): MimeBundle {
  const diff = diffLines(linesOf(before), linesOf(after));
  const count = (kind: DiffLine['kind']): number => diff.filter((line) => line.kind === kind).length;
  const headline = `${file}: ${parts} (+${count('right')} \u2212${count('left')} lines)`;
  const shown = hunks(diff);
  const html = shown.map(({ mark, text }) => lineHtml(mark, text)).join('');
  return {
    data: {
      'text/plain': [headline, ...shown.map(({ mark, text }) => `${mark} ${text}`.trimEnd())].join('\n'),
      'text/html':
        `<details><summary><code>${escapeHtml(file)}</code>: ${escapeHtml(headline.slice(file.length + 2))}</summary>` +
        `<pre style="margin:0.3em 0;line-height:1.35">${html}</pre></details>`,
    },
  };
}

const linesOf = (text: string): string[] => text.replace(/\n$/, '').split(/\r?\n/);

type Mark = ' ' | '+' | '-' | '@';
const MARKS = { same: ' ', left: '-', right: '+' } as const;

/** Changed lines with some around them. `@`: some were left out, and this is the number of the next line. */
function hunks(diff: readonly DiffLine[]): { mark: Mark; text: string }[] {
  const near = new Set<number>();
  diff.forEach(({ kind }, index) => {
    if (kind !== 'same') for (let at = index - CONTEXT; at <= index + CONTEXT; at++) near.add(at);
  });
  const shown: { mark: Mark; text: string }[] = [];
  let line = 1;
  let last = -1;
  diff.forEach(({ kind, text }, index) => {
    if (near.has(index)) {
      if (index !== last + 1) shown.push({ mark: '@', text: `line ${line}` });
      shown.push({ mark: MARKS[kind], text });
      last = index;
    }
    if (kind !== 'left') line++;
  });
  return shown;
}

const BACKGROUNDS: Partial<Record<Mark, string>> = { '+': 'rgba(46,160,67,0.18)', '-': 'rgba(248,81,73,0.18)' };

function lineHtml(mark: Mark, text: string): string {
  const background = BACKGROUNDS[mark];
  if (mark === '@') return `<span style="display:block;opacity:0.7">${escapeHtml(`@ ${text}`)}</span>`;
  return `<span style="display:block${background ? `;background:${background}` : ''}">${escapeHtml(`${mark} ${text}`)}</span>`;
}
