/** Differences between two texts, line by line, for a person to read. */

export type DiffLine = { kind: 'same' | 'left' | 'right'; text: string };

/** The shortest way from one list of lines to the other, by their longest common subsequence. */
export function diffLines(left: readonly string[], right: readonly string[]): DiffLine[] {
  let start = 0;
  while (start < left.length && start < right.length && left[start] === right[start]) start++;
  const rows = left.length - start;
  const columns = right.length - start;
  // common[i][j]: length of the longest common subsequence of what follows line i on the left and line j on the right.
  const common = Array.from({ length: rows + 1 }, () => new Uint32Array(columns + 1));
  for (let i = rows - 1; i >= 0; i--) {
    for (let j = columns - 1; j >= 0; j--) {
      const equal = left[start + i] === right[start + j];
      common[i]![j] = equal ? common[i + 1]![j + 1]! + 1 : Math.max(common[i + 1]![j]!, common[i]![j + 1]!);
    }
  }
  const result: DiffLine[] = left.slice(0, start).map((text) => ({ kind: 'same', text }));
  for (let i = 0, j = 0; i < rows || j < columns;) {
    if (i < rows && j < columns && left[start + i] === right[start + j]) {
      result.push({ kind: 'same', text: left[start + i]! });
      i++;
      j++;
    } else if (i < rows && (j === columns || common[i + 1]![j]! >= common[i]![j + 1]!)) {
      result.push({ kind: 'left', text: left[start + i++]! });
    } else {
      result.push({ kind: 'right', text: right[start + j++]! });
    }
  }
  return result;
}

const MARKS = { same: '  ', left: '- ', right: '+ ' } as const;

/** Control characters other than the line's end made visible, so that two lines that look alike do not puzzle. */
function visible(text: string): string {
  return text.replace(/[\x00-\x1f\x7f]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/**
 * The differences with some lines around each; undefined when there are none.
 * @param context lines shown before and after a difference.
 */
export function showDiff(
  left: { name: string; lines: readonly string[] },
  right: { name: string; lines: readonly string[] },
  context = 3,
): string | undefined {
  const diff = diffLines(left.lines, right.lines);
  const shown = new Set<number>();
  diff.forEach(({ kind }, index) => {
    if (kind === 'same') return;
    for (let near = index - context; near <= index + context; near++) shown.add(near);
  });
  if (shown.size === 0) return undefined;
  const text = [`- ${left.name}`, `+ ${right.name}`];
  let last = -1;
  diff.forEach((line, index) => {
    if (!shown.has(index)) return;
    if (index !== last + 1) text.push('  ...');
    text.push(MARKS[line.kind] + visible(line.text));
    last = index;
  });
  if (last !== diff.length - 1) text.push('  ...');
  return text.join('\n');
}
