/** Two machines at once, as two readers on one computer have them: how much longer each takes than one alone. */
import type { Boot } from './boots.js';
import { seconds, summarise, table } from './report.js';

export interface CompanyResult {
  /** Of the machine. */
  name: string;
  /** Wall clock, in seconds: one machine with the computer to itself, and each of two. */
  alone: number[];
  together: number[];
  /** Of the medians. */
  ratio: number;
}

/** Our machine's row. */
export const OURS = 'our machine';

/** Boots one, then two at once, `runs` times, in QEMU and in our machine with its code kept. */
export async function companySamples(boot: Boot, runs: number, note: (text: string) => void): Promise<CompanyResult[]> {
  const results: CompanyResult[] = [];
  for (const [name, side] of [
    ['QEMU', 'qemu'],
    [OURS, 'warm'],
  ] as const) {
    const alone: number[] = [];
    const together: number[] = [];
    for (let run = 1; run <= runs; run++) {
      alone.push((await boot.run(side)).seconds);
      const pair = await Promise.all([boot.run(side), boot.run(side)]);
      together.push(...pair.map((sample) => sample.seconds));
      note(`${boot.name}, ${name}, two at once, run ${run} of ${runs}: ${pair.map((sample) => sample.seconds.toFixed(2)).join(' and ')} s`);
    }
    results.push({ name, alone, together, ratio: summarise(together).median / summarise(alone).median });
  }
  return results;
}

export function companyReport(results: readonly CompanyResult[]): string {
  return table([
    ['two machines at once, Linux', 'alone, median (spread)', 'each of two', 'ratio'],
    ...results.map(({ name, alone, together, ratio }) => [
      name,
      seconds(summarise(alone)),
      seconds(summarise(together)),
      `${ratio.toFixed(2)} x`,
    ]),
  ]);
}
