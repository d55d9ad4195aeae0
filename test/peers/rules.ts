/**
 * Where a console may differ between QEMU and our machine, each with its reason. Whatever no rule allows must be equal,
 * character by character.
 */

export type Rule =
  /** Text whose value may differ: it is replaced on both consoles. The pattern is global. */
  | { kind: 'value'; reason: string; pattern: RegExp; replacement: string }
  /** Lines that must be on both consoles, equally often, but not in the same place. */
  | { kind: 'place'; reason: string; pattern: RegExp }
  /**
   * A section where several programs print at once, character by character: from after the line `after` to before the
   * line `before`. Each program's text must be the same. `programs` tells whose a line is: the first pattern that
   * matches; a line that none matches belongs to the last program.
   */
  | { kind: 'woven'; reason: string; after: RegExp; before: RegExp; programs: readonly RegExp[] };

/** A line of the Linux kernel's log with its time taken off; see LINUX. */
const kernelLine = (text: string): RegExp => new RegExp(`^\\[time\\] ${text}`);

/** Linux, wherever it runs. */
export const LINUX: readonly Rule[] = [
  {
    kind: 'value',
    reason: "QEMU's Cortex-A53 has AArch32, ours has not, and says so.",
    pattern: /^\[[ \d.]+\] CPU features: detected: 32-bit EL[01] Support\r*\n/gm,
    replacement: '',
  },
  {
    kind: 'value',
    reason: 'Seconds since the boot: the time of one is instructions, that of the other the wall clock.',
    pattern: /^\[ *\d+\.\d{6}\]/gm,
    replacement: '[time]',
  },
  {
    kind: 'value',
    reason: "QEMU's kaslr-seed is another each time: where the kernel lies over a boundary of its tables, they take a page more.",
    pattern: /(?<=^\[time\] NUMA: NODE_DATA \[mem )0x[0-9a-f]+-0x[0-9a-f]+|\b\d+K(?= reserved, \d+K cma-reserved)/gm,
    replacement: '[pages]',
  },
  {
    kind: 'value',
    reason: 'How long the kernel took over a thing, in ticks of 4 ms.',
    pattern: /(?<=deferred pages initialised in )\d+ms/g,
    replacement: '[time]',
  },
  {
    kind: 'value',
    reason: 'The time of an audit record, and with it its line.',
    pattern: /(?<=audit: type=2000 audit\()\d+\.\d+/g,
    replacement: 'time',
  },
  {
    kind: 'value',
    reason: 'A busy host keeps QEMU from its guest while the clock of the guest runs on; ours is a count of instructions.',
    pattern: /^\[time\] hrtimer: interrupt took \d+ ns\r*\n/gm,
    replacement: '',
  },
  {
    kind: 'place',
    reason: 'Printed by the thread that writes audit records, which runs beside the boot.',
    pattern: kernelLine('audit: type=2000'),
  },
  {
    kind: 'place',
    reason: 'The initial RAM disk is unpacked beside the boot: it begins when there is time, and takes as long as it takes.',
    pattern: kernelLine('(Trying to unpack rootfs image|Freeing initrd memory)'),
  },
  {
    kind: 'value',
    reason: 'A worker of the kernel notes that the card has a link, before the flags are shown or after.',
    pattern: /(?<=^ *UP BROADCAST )RUNNING (?=MULTICAST)/gm,
    replacement: '',
  },
  {
    kind: 'value',
    reason: "The date comes from the host in QEMU, and from the run's seed here.",
    pattern: /(?<=setting system clock to )\S+ UTC \(\d+\)/g,
    replacement: '[date]',
  },
];

/** The programs of part 4. */
export const PART4: readonly Rule[] = [
  ...LINUX,
  {
    kind: 'woven',
    reason:
      'Programs of one priority take turns after a slice of time, also in the middle of a line; a slice holds more or fewer instructions.',
    after: /^MON\|INFO: completed system invocations/,
    before: kernelLine('Booting Linux'),
    programs: [/^vmm\|/, /^SERIAL SERVER:/, /^WORDLE SERVER:/, /^/],
  },
];

/** The servers of part 3, which have one priority. */
export const PART3: readonly Rule[] = [
  {
    kind: 'woven',
    reason: 'Programs of one priority take turns after a slice of time, which holds more or fewer instructions.',
    after: /^MON\|INFO: completed system invocations/,
    before: /^CLIENT: starting/,
    programs: [/^SERIAL SERVER:/, /^WORDLE SERVER:/, /^/],
  },
];

/** Xen on the board itself, and Linux as its first domain. */
export const XEN: readonly Rule[] = [
  ...LINUX,
  {
    kind: 'value',
    reason: "QEMU's Cortex-A53 has AArch32, ours has not, and says so.",
    pattern: /(?<=^\(XEN\) {3}Processor Features: )0+[12]{3}\b|(?<=^\(XEN\) {5}Exception Levels: )[^\r\n]*/gm,
    replacement: '[levels]',
  },
  {
    kind: 'value',
    reason: 'The same: Xen lists what a processor has for 32-bit domains, or says that it has nothing.',
    pattern: /^\(XEN\) 32-bit Execution:(?: Unsupported\r*\n|\r*\n(?:\(XEN\) {2,}[^\n]*\n)+)/gm,
    replacement: '',
  },
  {
    kind: 'value',
    reason: 'A second processor says so beside the first one, which goes on: QEMU has the line in some runs, and in others not.',
    pattern: /^\(XEN\) CPU \d booted\.\r\n/gm,
    replacement: '',
  },
  {
    kind: 'value',
    reason: 'How often an atomic operation can be tried in a microsecond: a processor says so that finds another figure than the first.',
    pattern: /^\(XEN\) CPU\d: Guest atomics will try \d+ times before pausing the domain\r\n/gm,
    replacement: '',
  },
];
