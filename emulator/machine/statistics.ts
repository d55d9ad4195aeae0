/** How a machine executes, for a reader: what `%stats` and `virtbook qemu --stats` show. */
import { MAX_BYTES, MAX_REGIONS } from '../cpu/translator/regions.js';
import type { MachineStatus } from './status.js';

const count = new Intl.NumberFormat('en');
const mebibytes = (bytes: number): string => `${(bytes / (1 << 20)).toFixed(1)} MiB`;
const share = (used: number, limit: number): string => `${((used / limit) * 100).toFixed(1)} %`;

/** What a run took of the wall clock, waiting included, and how many instructions were executed in it. */
export interface MeasuredRun {
  seconds: number;
  instructions: number;
}

/** One line for each figure. There is a speed where the machine's owner has measured the run. */
export function machineStatistics({ time, instructions, translation }: MachineStatus, run?: MeasuredRun): string {
  const rows: [string, string][] = [
    ['simulated time', `${(time / 1e9).toFixed(3)} s`],
    ['instructions executed', count.format(instructions)],
  ];
  if (run) {
    const speed = run.seconds > 0 ? `, ${(run.instructions / run.seconds / 1e6).toFixed(1)} million instructions a second` : '';
    rows.push(['time on this computer', `${run.seconds.toFixed(3)} s${speed}`]);
  }
  if (translation) {
    rows.push(
      ['instructions translated', count.format(translation.instructions)],
      ['translated regions', `${count.format(translation.regions)} now, ${count.format(translation.evicted)} made room for others`],
      ['from the code cache', `${count.format(translation.cached)} regions`],
      ['WebAssembly', `${mebibytes(translation.bytes)} now, ${count.format(translation.modules)} modules so far`],
      [
        'room for translations',
        `${share(translation.regions, MAX_REGIONS)} of ${count.format(MAX_REGIONS)} regions, ${share(translation.bytes, MAX_BYTES)} of ${mebibytes(MAX_BYTES)} used`,
      ],
      ['code that changed', `${count.format(translation.invalidations)} times`],
      ['pages that were let go', count.format(translation.released)],
      ['time spent translating', `${translation.milliseconds.toFixed(0)} ms`],
    );
  }
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join('');
}
