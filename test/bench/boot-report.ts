/** What the boots' times say, and those of a snapshot. */
import type { Sample, Start } from './boots.js';
import { highest, megabytes, plot, seconds, summarise, table } from './report.js';
import type { SnapshotSample } from './snapshot.js';

export interface BootResult {
  name: string;
  /** How ours was started. */
  start: Start;
  qemu: Sample[];
  ours: Sample[];
}

const times = (samples: readonly Sample[]) => summarise(samples.map((sample) => sample.seconds));

/** Our time in times of QEMU's, by the medians. */
export const ratio = ({ qemu, ours }: BootResult): number => times(ours).median / times(qemu).median;

export const peak = (samples: readonly Sample[]): number | undefined => highest(samples.map(({ peakMemory }) => peakMemory));

export const rowName = ({ name, start }: BootResult): string => `${name}, ${start}`;

export function bootReport(boots: readonly BootResult[]): string {
  const rows = boots.map((boot) => [
    rowName(boot),
    seconds(times(boot.qemu)),
    seconds(times(boot.ours)),
    `${ratio(boot).toFixed(2)} x`,
    megabytes(peak(boot.qemu)),
    megabytes(peak(boot.ours)),
  ]);
  return [
    table([['boot', 'QEMU, median (spread)', 'our machine', 'ratio', 'QEMU, peak', 'ours, peak'], ...rows]),
    'Times are of the wall clock, from the start of the process. What the guest waits for passes at once in our machine.',
    `Our time in times of QEMU's: shorter is better.\n\n${plot(boots.map((boot) => [rowName(boot), ratio(boot)]))}`,
  ].join('\n\n');
}

export function snapshotReport(samples: readonly SnapshotSample[]): string {
  return table([
    ['snapshot', 'restored, median (spread)', 'taken', 'file'],
    [
      'restore of part 4 to its word received, and a key answered',
      seconds(summarise(samples.map(({ restoreSeconds }) => restoreSeconds))),
      seconds(summarise(samples.map(({ takeSeconds }) => takeSeconds))),
      megabytes(highest(samples.map(({ bytes }) => bytes))),
    ],
  ]);
}
