/** What the kernel's samples say, beside those of ipykernel. */
import { medianCell, type KernelSample, type OwnSample, type Part4Memory } from './kernel-samples.js';
import { highest, megabytes, summarise, table, type Bound } from './report.js';

export interface KernelResult {
  own: OwnSample[];
  /** Empty where there is no ipykernel. */
  ipykernel: KernelSample[];
  /** Bytes that QEMU takes for part 4 at most; undefined where the host does not say. */
  qemuMemory?: number | undefined;
}

/** Milliseconds and bytes. */
export const KERNEL_LIMITS = {
  start: 300,
  memory: 100e6,
  roundTrip: 10,
  unchanged: 50,
  edited: 1500,
  interrupt: 200,
  firstCode: 700,
  display: 1000,
  part4: 300e6,
  stopped: 120e6,
};

const milliseconds = (value: number): string => `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;
const start = (samples: readonly KernelSample[]): number => summarise(samples.map(({ startSeconds }) => startSeconds * 1000)).median;
const memory = (samples: readonly KernelSample[]): number | undefined => highest(samples.map(({ idleMemory }) => idleMemory));
const roundTrip = (samples: readonly KernelSample[]): number => medianCell(samples, ({ roundTrips }) => roundTrips);
const loop = (samples: readonly KernelSample[]): number => summarise(samples.map((sample) => sample.loop)).median;
const first = (samples: readonly KernelSample[]): number => summarise(samples.map(({ firstCell }) => firstCell)).median;

/** Of something that both kernels did; undefined where there is no peer. */
const middle = (samples: readonly KernelSample[], what: 'firstCode' | 'display'): number | undefined =>
  samples.length > 0 ? summarise(samples.map((sample) => sample[what])).median : undefined;

/** Of each thing that can be interrupted. */
function interrupts(samples: readonly OwnSample[]): [what: string, milliseconds: number][] {
  const names = Object.keys(samples[0]?.interrupts ?? {});
  return names.map((name) => [name, summarise(samples.map(({ interrupts }) => interrupts[name]!)).median]);
}

/** A row for each figure: its name, ours and the peer's, and how many times the peer's ours is. */
function beside(name: string, show: (value: number) => string, own: number | undefined, peer: number | undefined): string[] {
  const cell = (value: number | undefined): string => (value === undefined ? '?' : show(value));
  return [name, cell(own), cell(peer), own === undefined || peer === undefined ? '?' : `${(own / peer).toFixed(2)} x`];
}

/** The most that part 4 took, in either of its runs. */
const part4 = (samples: readonly OwnSample[], run: 'first' | 'again', when: keyof Part4Memory): number | undefined =>
  highest(samples.map((sample) => sample.part4[run][when]));

const part4Rows = (own: readonly OwnSample[], qemu: number | undefined): string[][] => [
  ['memory, most', 'virtbook', 'QEMU', 'ratio'],
  beside('part 4 to its word and a TypeScript cell, first run', megabytes, part4(own, 'first', 'booted'), qemu),
  beside('the same, run again', megabytes, part4(own, 'again', 'booted'), qemu),
  ['after %stop, first run', megabytes(part4(own, 'first', 'stopped')), '', ''],
  ['after %stop, run again', megabytes(part4(own, 'again', 'stopped')), '', ''],
];

export function kernelReport({ own, ipykernel, qemuMemory }: KernelResult): string {
  const peer = <T>(figure: (samples: readonly KernelSample[]) => T): T | undefined =>
    ipykernel.length > 0 ? figure(ipykernel) : undefined;
  return [
    table([
      ['kernel, medians', 'virtbook', 'ipykernel', 'ratio'],
      beside('start to kernel_info_reply', milliseconds, start(own), peer(start)),
      beside('idle, before a cell (most)', megabytes, memory(own), peer(memory)),
      beside('first cell: %status, pass', milliseconds, first(own), peer(first)),
      beside('round trip: %status, pass', milliseconds, roundTrip(own), peer(roundTrip)),
      beside('interrupt of an endless loop', milliseconds, loop(own), peer(loop)),
      ...interrupts(own).map(([what, value]) => [`interrupt of ${what}`, milliseconds(value), '', '']),
      beside('first TypeScript cell, after a magic', milliseconds, middle(own, 'firstCode'), middle(ipykernel, 'firstCode')),
      ['first TypeScript cell, first of all', milliseconds(summarise(own.map(({ coldCode }) => coldCode)).median), '', ''],
      beside('display of 10 MB', milliseconds, middle(own, 'display'), middle(ipykernel, 'display')),
      ['%build, nothing changed', milliseconds(medianCell(own, ({ unchanged }) => unchanged)), '', ''],
      ['%build, a line of C changed', milliseconds(medianCell(own, ({ edited }) => edited)), '', ''],
    ]),
    table(part4Rows(own, qemuMemory)),
    ...(ipykernel.length > 0 ? [] : ['There is no ipykernel to compare with: `npm test -- test/python` installs it.']),
  ].join('\n\n');
}

export function kernelBounds({ own }: KernelResult): Bound[] {
  return [
    { name: 'kernel_info answered', value: start(own), limit: KERNEL_LIMITS.start, show: milliseconds },
    { name: 'idle kernel', value: memory(own), limit: KERNEL_LIMITS.memory, show: megabytes },
    { name: 'round trip of a magic', value: roundTrip(own), limit: KERNEL_LIMITS.roundTrip, show: milliseconds },
    {
      name: 'slowest interrupt',
      value: Math.max(loop(own), ...interrupts(own).map(([, value]) => value)),
      limit: KERNEL_LIMITS.interrupt,
      show: milliseconds,
    },
    {
      name: 'first TypeScript cell',
      value: summarise(own.map(({ firstCode }) => firstCode)).median,
      limit: KERNEL_LIMITS.firstCode,
      show: milliseconds,
    },
    {
      name: 'display of 10 MB',
      value: summarise(own.map(({ display }) => display)).median,
      limit: KERNEL_LIMITS.display,
      show: milliseconds,
    },
    { name: 'part 4 at its end, first run', value: part4(own, 'first', 'booted'), limit: KERNEL_LIMITS.part4, show: megabytes },
    { name: 'part 4 at its end, run again', value: part4(own, 'again', 'booted'), limit: KERNEL_LIMITS.part4, show: megabytes },
    { name: 'part 4 after %stop', value: part4(own, 'first', 'stopped'), limit: KERNEL_LIMITS.stopped, show: megabytes },
    {
      name: 'first TypeScript cell, first of all',
      value: summarise(own.map(({ coldCode }) => coldCode)).median,
      limit: KERNEL_LIMITS.firstCode,
      show: milliseconds,
    },
    {
      name: '%build, nothing changed',
      value: medianCell(own, ({ unchanged }) => unchanged),
      limit: KERNEL_LIMITS.unchanged,
      show: milliseconds,
    },
    {
      name: '%build, a line of C changed',
      value: medianCell(own, ({ edited }) => edited),
      limit: KERNEL_LIMITS.edited,
      show: milliseconds,
    },
  ];
}
