/** The options of QEMU's command line that describe board, processors and memory. */
import { MAX_PROCESSORS } from '../cpu/layout.js';
import type { Topology } from '../board/options.js';
import type { Draft, MachineDraft, OptionRow } from './draft.js';
import { parseOptionValue, parseNumber, parseSize, parseSwitch, QemuOptionError, requireWord } from './option-values.js';

const MEGABYTE = 2 ** 20;
/** Multiple that the RAM size must be of. */
const RAM_GRANULE = 2 * MEGABYTE;
const DEFAULT_RAM = 128 * MEGABYTE;
/** Processors that a GICv2 has room for. */
const MOST_POSSIBLE = 8;
export const LARGEST_RAM = 3 * 2 ** 30;

/** The one that the board has. */
export const PROCESSOR = 'cortex-a53';

export function emptyMachine(restoring: boolean): MachineDraft {
  return { machine: restoring, virtualization: false, ramSize: DEFAULT_RAM, processor: PROCESSOR, anyProcessor: false, named: new Set() };
}

/** Keys of `-machine` that have one value here, which is QEMU's default or close to it, by what they may be. */
const FIXED: Record<string, { choices: readonly string[]; why: string }> = {
  accel: { choices: ['tcg'], why: 'the processor is emulated' },
  'gic-version': { choices: ['2', 'max'], why: 'the interrupt controller is a GICv2' },
  secure: { choices: ['off'], why: 'there is no EL3' },
  mte: { choices: ['off'], why: 'a Cortex-A53 has no memory tags' },
  ras: { choices: ['off'], why: 'a Cortex-A53 reports no errors' },
  iommu: { choices: ['none'], why: 'there is no SMMU' },
  its: { choices: ['off', 'on'], why: 'a GICv2 has none either way' },
  usb: { choices: ['off'], why: 'there is no USB' },
  graphics: { choices: ['off', 'on'], why: 'there is none either way' },
  acpi: { choices: ['off', 'auto'], why: 'there are no ACPI tables' },
  'dump-guest-core': { choices: ['off', 'on'], why: 'the machine is no process of its own' },
  'mem-merge': { choices: ['off', 'on'], why: 'the host does as it likes' },
};

function readMachine(draft: MachineDraft, value: string): void {
  const known = ['virtualization', 'highmem', 'dumpdtb', ...Object.keys(FIXED)];
  const { first, parameters } = parseOptionValue('-machine', value, 'type', known);
  // Several add up, and any one of them may say which machine it is.
  if (first !== '') {
    requireMachine(first);
    draft.machine = true;
  }
  const virtualization = parameters.get('virtualization');
  if (virtualization !== undefined) draft.virtualization = parseSwitch('-machine', 'virtualization', virtualization);
  const highmem = parameters.get('highmem');
  if (highmem !== undefined) draft.highmem = parseSwitch('-machine', 'highmem', highmem);
  for (const name of ['virtualization', 'highmem']) if (parameters.has(name)) draft.named.add(name);
  draft.dumpDeviceTree = parameters.get('dumpdtb') ?? draft.dumpDeviceTree;
  for (const [key, { choices, why }] of Object.entries(FIXED)) {
    const given = parameters.get(key);
    if (given === undefined || choices.includes(given)) continue;
    throw new QemuOptionError(`-machine ${key}= '${given}' is not supported: ${why} (supported: ${choices.join(', ')})`);
  }
}

/** `virt` is QEMU's latest, and `virt-7.2` the one that this board is. */
function requireMachine(name: string): void {
  requireWord('-machine', name, ['virt', 'virt-7.2']);
}

/** `-cpu`: the model, and features that a Cortex-A53 has as it is. */
function readCpu(draft: MachineDraft, value: string): void {
  const [model = '', ...features] = value.split(',');
  draft.processor = model;
  if (model !== PROCESSOR) return;
  for (const feature of features) {
    const [key = '', setting = 'on'] = feature
      .replace(/^([+-])(.*)$/, (_, sign: string, name: string) => `${name}=${sign === '+' ? 'on' : 'off'}`)
      .split('=');
    if (['aarch64', 'pmu'].includes(key) && parseSwitch('-cpu', key, setting)) continue;
    throw new QemuOptionError(
      `-cpu ${value}: '${feature}' is not supported: the Cortex-A53 has the features that it has (supported: ${PROCESSOR})`,
    );
  }
}

/** Another processor is not the same machine, and a guest may need what a Cortex-A53 has not: only who asks for it gets one instead. */
export function requireProcessor({ processor, anyProcessor }: MachineDraft): void {
  if (processor === PROCESSOR || anyProcessor) return;
  const what = ['max', 'host'].includes(processor)
    ? 'the processor is a Cortex-A53, whatever the host has'
    : 'the processor is a Cortex-A53';
  throw new QemuOptionError(
    `-cpu '${processor}' is not supported: ${what} (supported: ${PROCESSOR}; with --cpu-as-a53 a guest gets a Cortex-A53 all the same, which may lack what it needs)`,
  );
}

function readMemory(draft: MachineDraft, value: string): void {
  const { first, parameters } = parseOptionValue('-m', value, 'size', ['slots', 'maxmem']);
  for (const key of ['slots', 'maxmem']) {
    if (parameters.has(key))
      throw new QemuOptionError(`-m ${value}: '${key}' is not supported: memory is not plugged in while the machine runs`);
  }
  const size = parseSize('-m', first, 'M');
  if (size === 0 || size % RAM_GRANULE !== 0) throw new QemuOptionError(`-m ${value}: give a multiple of 2 MiB`);
  if (size > LARGEST_RAM) throw new QemuOptionError(`-m ${value}: at most ${LARGEST_RAM / MEGABYTE}M is supported`);
  draft.ramSize = size;
}

/** `-smp`: what is not said follows from what is, cores before sockets (QEMU since 6.2). */
function readProcessors(draft: MachineDraft, value: string): void {
  const levels = ['sockets', 'clusters', 'cores', 'threads'] as const;
  const { parameters } = parseOptionValue('-smp', value, 'cpus', [...levels, 'dies', 'maxcpus']);
  const given = (key: string): number | undefined => {
    const text = parameters.get(key);
    if (text === undefined) return undefined;
    const number = parseNumber('-smp', key, text);
    if (number === 0) throw new QemuOptionError(`-smp ${value}: '${key}' is 1 or more`);
    return number;
  };
  if ((given('dies') ?? 1) !== 1) throw new QemuOptionError(`-smp ${value}: the board has no dies`);
  const [written, possible] = [given('cpus'), given('maxcpus')];
  const arranged = { sockets: given('sockets'), clusters: given('clusters') ?? 1, cores: given('cores'), threads: given('threads') };
  const topology = wholeTopology(arranged, possible ?? written);
  const { sockets, clusters, cores, threads } = topology;
  const product = sockets * clusters * cores * threads;
  const most = possible ?? written ?? product;
  const cpus = written ?? most;
  if (product !== most) {
    throw new QemuOptionError(
      `-smp ${value}: sockets (${sockets}) * clusters (${clusters}) * cores (${cores}) * threads (${threads}) is ${product}, and not the ${most} processors that there can be`,
    );
  }
  if (cpus > most) throw new QemuOptionError(`-smp ${value}: maxcpus (${most}) is less than the ${cpus} processors that there are`);
  if (cpus > MAX_PROCESSORS)
    throw new QemuOptionError(`-smp ${value}: ${cpus} processors are not supported (supported: 1 to ${MAX_PROCESSORS})`);
  if (most > MOST_POSSIBLE) throw new QemuOptionError(`-smp ${value}: at most ${MOST_POSSIBLE} processors have room at a GICv2`);
  draft.processors = cpus;
  draft.topology = cores === cpus && product === cpus ? undefined : topology;
}

type WrittenTopology = { [Level in keyof Topology]: number | undefined } & { clusters: number };

/** `places`: processors that there can be, where that is said. What is missing then makes it as many. */
function wholeTopology({ clusters, ...given }: WrittenTopology, places: number | undefined): Topology {
  const { sockets = 1, cores = 1, threads = 1 } = given;
  if (places === undefined) return { sockets, clusters, cores, threads };
  if (given.cores === undefined) return { sockets, clusters, cores: Math.floor(places / (sockets * clusters * threads)), threads };
  if (given.sockets === undefined) return { sockets: Math.floor(places / (clusters * cores * threads)), clusters, cores, threads };
  return { sockets, clusters, cores, threads: given.threads ?? Math.floor(places / (sockets * clusters * cores)) };
}

/** `-rtc base=`: a date, or the host's. Without it the date follows from the seed. */
function readRtc(draft: MachineDraft, value: string): void {
  const { parameters } = parseOptionValue('-rtc', value, 'base', ['base', 'clock', 'driftfix']);
  requireWord('-rtc clock=', parameters.get('clock') ?? 'vm', ['vm']);
  requireWord('-rtc driftfix=', parameters.get('driftfix') ?? 'none', ['none']);
  const base = parameters.get('base');
  if (base === undefined) return;
  if (base === 'utc' || base === 'localtime') return void (draft.startDate = base === 'utc' ? 'host' : 'hostLocal');
  const seconds = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2})?$/.test(base) ? Date.parse(base.includes('T') ? `${base}Z` : base) / 1000 : NaN;
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > 0xffff_ffff) {
    throw new QemuOptionError(`-rtc base= '${base}' is not supported (supported: utc, localtime, 2006-06-17, 2006-06-17T16:01:21)`);
  }
  draft.startDate = seconds;
}

function readAccelerator(_draft: Draft, value: string): void {
  const { first, parameters } = parseOptionValue('-accel', value, 'accel', ['thread', 'tb-size', 'one-insn-per-tb', 'split-wx']);
  requireWord('-accel', first, ['tcg']);
  // Processors take turns in one thread here, which is one of QEMU's two ways.
  requireWord('-accel tcg,thread=', parameters.get('thread') ?? 'single', ['single', 'multi']);
}

/** Time is a count of instructions here, one nanosecond each: `shift=0`, and what is slept is skipped as by `sleep=off`. */
function readInstructionCount(_draft: Draft, value: string): void {
  const { first, parameters } = parseOptionValue('-icount', value, 'shift', ['align', 'sleep', 'rr', 'rrfile', 'rrsnapshot']);
  requireWord('-icount shift=', first === '' ? '0' : first, ['0', 'auto']);
  requireWord('-icount align=', parameters.get('align') ?? 'off', ['off']);
  parseSwitch('-icount', 'sleep', parameters.get('sleep') ?? 'on');
  for (const key of ['rr', 'rrfile', 'rrsnapshot']) {
    if (parameters.has(key))
      throw new QemuOptionError(`-icount ${value}: '${key}' is not supported: runs of the same -seed and input repeat as they are`);
  }
}

/** In the order of -help. */
export const MACHINE_OPTIONS: readonly OptionRow[] = [
  {
    names: ['machine', 'M'],
    value: ({ machine }, value) => readMachine(machine, value),
    help: `  -machine virt[,virtualization=on][,highmem=off][,dumpdtb=FILE]
                                       the board; -M for short. dumpdtb: writes its device tree, and runs nothing`,
  },
  { names: ['cpu'], value: ({ machine }, value) => readCpu(machine, value), help: '  -cpu cortex-a53' },
  {
    names: ['cpu-as-a53'],
    flag: ({ machine }) => (machine.anyProcessor = true),
    help: '  --cpu-as-a53                         a Cortex-A53 for whatever -cpu names; a guest may miss what that has',
  },
  { names: ['accel'], value: readAccelerator },
  {
    names: ['smp'],
    value: ({ machine }, value) => readProcessors(machine, value),
    help: `  -smp [cpus=]N[,sockets=N][,clusters=N][,cores=N][,threads=N][,maxcpus=N]
                                       processors, 1 to 4`,
  },
  {
    names: ['m'],
    value: ({ machine }, value) => readMemory(machine, value),
    help: '  -m SIZE                              RAM, such as 256 (MiB) or size=2G',
  },
  {
    names: ['rtc'],
    value: ({ machine }, value) => readRtc(machine, value),
    help: '  -rtc base=utc|localtime|DATE         the date of the clock at the start (default: from the seed)',
  },
  { names: ['icount'], value: readInstructionCount },
  // What the machine is called shows in no place of it.
  { names: ['name'], value: () => undefined },
];
