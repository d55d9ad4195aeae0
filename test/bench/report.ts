/** Numbers for a reader. */

export interface Summary {
  median: number;
  least: number;
  most: number;
}

/** @param values at least one. */
export function summarise(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, least: sorted[0]!, most: sorted.at(-1)! };
}

/** The largest of the values that are known. */
export function highest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

export const seconds = ({ median, least, most }: Summary): string => `${median.toFixed(2)} s (${least.toFixed(2)}-${most.toFixed(2)})`;

/** In MB of a million bytes. */
export const megabytes = (bytes: number | undefined): string => (bytes === undefined ? 'not known' : `${(bytes / 1e6).toFixed(0)} MB`);

/** Columns as wide as what is in them, the first to the left and the others to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_cell, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('   ')
      .trimEnd();
  return [line(rows[0]!), widths.map((width) => '-'.repeat(width)).join('   '), ...rows.slice(1).map(line)].join('\n');
}

/** Characters for a value of 1, and the largest that is drawn in full. */
const UNIT = 20;
const LONGEST = 3;

/** A bar whose length is the value, with a mark at 1, where QEMU is. */
export function bar(value: number): string {
  const length = Math.round(Math.min(value, LONGEST) * UNIT);
  const cells = Array.from<unknown, string>({ length: Math.max(length, UNIT + 1) }, (_, at) => (at < length ? '#' : ' '));
  cells[UNIT] = '|';
  return cells.join('') + (value > LONGEST ? '>' : '');
}

/** A bar for each value, by name. */
export function plot(values: readonly (readonly [string, number])[]): string {
  const width = Math.max(...values.map(([name]) => name.length), 0);
  return [
    ...values.map(([name, value]) => `${name.padEnd(width)}  ${bar(value)} ${value.toFixed(2)}`),
    `${' '.repeat(width + 2)}${' '.repeat(UNIT)}^ QEMU`,
  ].join('\n');
}

export interface Bound {
  name: string;
  value: number | undefined;
  limit: number;
  /** The value must not be less, rather than not more. */
  atLeast?: boolean;
  show: (value: number) => string;
}

export function bounds(list: readonly Bound[]): string {
  return list
    .map(({ name, value, limit, atLeast, show }) => {
      const verdict = value === undefined ? '?' : (atLeast ? value >= limit : value <= limit) ? 'holds' : 'MISSED';
      return `${verdict.padEnd(6)}  ${name}: ${value === undefined ? 'not known here' : show(value)}, at ${atLeast ? 'least' : 'most'} ${show(limit)}`;
    })
    .join('\n');
}
