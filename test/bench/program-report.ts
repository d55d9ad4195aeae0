/** What the programs' times say: speeds, their means, a table and a plot. */
import type { ProgramResult, ProgramSample } from './program-runs.js';
import { groups } from './programs.js';
import { plot, seconds, summarise, table } from './report.js';

const times = (samples: readonly ProgramSample[]) => summarise(samples.map((sample) => sample.seconds));

/** Our speed in times of QEMU's, by the medians; undefined for a program that failed. */
export function speed({ failure, qemu, ours }: ProgramResult): number | undefined {
  return failure !== undefined || ours.length === 0 ? undefined : times(qemu).median / times(ours).median;
}

/** The least and the most that pairs of runs say. */
function speedSpread({ qemu, ours }: ProgramResult): [number, number] {
  const ratios = qemu.map((sample, i) => sample.seconds / ours[i]!.seconds);
  return [Math.min(...ratios), Math.max(...ratios)];
}

/**
 * The same by the time that the processor spent, all threads together: what remains where other work shares the host.
 * Undefined where the host does not say, and for what is too short to be told.
 */
export function computingSpeed({ failure, qemu, ours }: ProgramResult): number | undefined {
  if (failure !== undefined) return undefined;
  const median = (samples: readonly ProgramSample[]): number | undefined => {
    const known = samples.map(({ computing }) => computing).filter((value) => value !== undefined);
    return known.length === 0 ? undefined : summarise(known).median;
  };
  const [theirs, own] = [median(qemu), median(ours)];
  return theirs && own ? theirs / own : undefined;
}

/** Undefined for none. */
export function geometricMean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** A failed program makes it unknown: a mean over what works would flatter. */
export function meanSpeed(results: readonly ProgramResult[], measure = speed): number | undefined {
  const speeds = results.map(measure);
  return speeds.some((value) => value === undefined) ? undefined : geometricMean(speeds as number[]);
}

export const leastSpeed = (results: readonly ProgramResult[]): number | undefined => {
  const speeds = results.map(speed);
  return speeds.length === 0 || speeds.some((value) => value === undefined) ? undefined : Math.min(...(speeds as number[]));
};

const shown = (value: number | undefined): string => (value === undefined ? '?' : `${value.toFixed(2)} x`);

/** The table, and the plot below it. @param heading of the first column */
export function programReport(results: readonly ProgramResult[], heading = 'program'): string {
  const rows: string[][] = [];
  const bars: [string, number][] = [];
  for (const group of groups) {
    const members = results.filter((result) => result.group === group);
    if (members.length === 0) continue;
    for (const result of members) {
      const value = speed(result);
      if (value === undefined) {
        rows.push([result.name, group, 'failed', 'failed', 'failed', '', '']);
        continue;
      }
      rows.push([
        result.name,
        group,
        seconds(times(result.qemu)),
        seconds(times(result.ours)),
        shown(value),
        speedSpread(result)
          .map((end) => end.toFixed(2))
          .join('-'),
        shown(computingSpeed(result)),
      ]);
      bars.push([result.name, value]);
    }
    rows.push([`all of ${group}`, '', '', '', shown(meanSpeed(members)), '', shown(meanSpeed(members, computingSpeed))]);
  }
  rows.push(['all', '', '', '', shown(meanSpeed(results)), '', shown(meanSpeed(results, computingSpeed))]);
  return [
    table([[heading, 'group', 'QEMU, median (spread)', 'our machine', 'speed', 'spread', 'by processor time'], ...rows]),
    '',
    "Times are from the program's first line to its checksum. Speed is QEMU's time divided by ours; of groups, the geometric mean.",
    '',
    plot(bars),
    ...results.filter(({ failure }) => failure !== undefined).map(({ name, failure }) => `\n${name}: ${failure}`),
  ].join('\n');
}
