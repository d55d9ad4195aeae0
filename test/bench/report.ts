/** Numbers for a reader. */
import type { Sample } from './boots.js';

export interface BootResult {
  name: string;
  qemu: Sample[];
  ours: Sample[];
}

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
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('   ').trimEnd();
  return [line(rows[0]!), widths.map((width) => '-'.repeat(width)).join('   '), ...rows.slice(1).map(line)].join('\n');
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
