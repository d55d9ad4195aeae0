import { linesByOrigin, type Origin, originNames } from '../session/origins.js';
import { ansiToHtml, escapeHtml } from './html.js';

/** Of each origin; the newest. More would make notebooks heavy. */
const keptLines = 400;

/** A console's text, folded by who printed it. */
export function foldedLog(text: string): string {
  const groups = new Map<Origin, string[]>();
  for (const { line, origin } of linesByOrigin(text)) {
    const lines = groups.get(origin);
    if (lines) lines.push(line);
    else groups.set(origin, [line]);
  }
  return [...groups]
    .map(([origin, lines]) => {
      const left = lines.length - keptLines;
      const note = left > 0 ? `<div><em>${left} earlier lines: %log --origin ${origin}</em></div>` : '';
      const count = `${lines.length} line${lines.length === 1 ? '' : 's'}`;
      return (
        `<details><summary>${escapeHtml(originNames[origin])}: ${count}</summary>${note}` +
        `<pre style="margin:0.2em 0;max-height:30em;overflow:auto">${ansiToHtml(lines.slice(-keptLines).join('\n'))}</pre></details>`
      );
    })
    .join('');
}
