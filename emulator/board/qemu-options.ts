import type { AddressRange, TraceItem } from '../debug/tracer.js';
import { parseNumber, parseOptionValue, parseSwitch, QemuOptionError, requireWord } from './option-values.js';
import type { QemuCommandLine } from './qemu-command-line.js';
import { resolveConsoles, type ConsoleDraft } from './qemu-console.js';
import { emptyDevices, readChardev, readDevice, readGlobal, resolveDevices, type DeviceDraft } from './qemu-devices.js';
import { readBlockdev, readDrive } from './qemu-drives.js';
import { emptyMachine, LARGEST_RAM, readCpu, readMachine, readMemory, readProcessors, readRtc, type MachineDraft } from './qemu-machine.js';
import { readNetdev, readNic } from './qemu-network.js';
import { REFUSED } from './qemu-refusals.js';
import { readTraceItems, readTraceRanges } from './trace-options.js';

export { QemuOptionError } from './option-values.js';
export type { QemuCommandLine } from './qemu-command-line.js';
export { assembleMachine } from './qemu-assembly.js';

/** What has been read so far, before it is checked as a whole. */
interface Draft {
  machine: MachineDraft;
  parts: DeviceDraft;
  consoles: ConsoleDraft;
  kernel?: string;
  initrd?: string;
  append?: string;
  bios?: string;
  deviceTree?: string;
  modernVirtio: boolean;
  semihosting: { enabled: boolean; words: string[] };
  seed?: number;
  noReboot: boolean;
  noShutdown: boolean;
  held?: boolean;
  gdb?: string;
  trace?: TraceItem[];
  traceRanges?: AddressRange[];
  traceFile?: string;
}

/** How each option is read that has a value. */
const VALUE_OPTIONS: Record<string, (draft: Draft, value: string) => void> = {
  machine: (draft, value) => readMachine(draft.machine, value),
  M: (draft, value) => readMachine(draft.machine, value),
  cpu: (_draft, value) => readCpu(value),
  accel: readAccelerator,
  m: (draft, value) => readMemory(draft.machine, value),
  smp: (draft, value) => readProcessors(draft.machine, value),
  rtc: (draft, value) => readRtc(draft.machine, value),
  icount: readInstructionCount,
  serial: (draft, value) => draft.consoles.serial.push(value),
  monitor: (draft, value) => (draft.consoles.monitor = value),
  display: (_draft, value) => requireWord('-display', value, ['none']),
  nic: (draft, value) => readNic(draft.parts, value),
  kernel: (draft, value) => (draft.kernel = value),
  initrd: (draft, value) => (draft.initrd = value),
  append: (draft, value) => (draft.append = value),
  dtb: (draft, value) => (draft.deviceTree = value),
  bios: (draft, value) => (draft.bios = value),
  drive: (draft, value) => readDrive(draft.parts, value),
  blockdev: (draft, value) => readBlockdev(draft.parts, value),
  netdev: (draft, value) => readNetdev(draft.parts, value),
  chardev: (draft, value) => readChardev(draft.parts, value),
  device: (draft, value) => readDevice(draft.parts, value),
  global: (draft, value) => (draft.modernVirtio = readGlobal(value)),
  'semihosting-config': readSemihosting,
  gdb: (draft, value) => (draft.gdb = value),
  d: (draft, value) => (draft.trace = readTraceItems(value)),
  dfilter: (draft, value) => (draft.traceRanges = readTraceRanges(value)),
  D: (draft, value) => (draft.traceFile = value),
  seed: (draft, value) => (draft.seed = parseNumber('-seed', 'seed', value)),
  // What the machine is called shows in no place of it.
  name: () => undefined,
};

const FLAG_OPTIONS: Record<string, (draft: Draft) => void> = {
  nographic: () => undefined,
  // There is nothing that was not asked for, but what the board itself has.
  nodefaults: () => undefined,
  'no-user-config': () => undefined,
  'no-acpi': () => undefined,
  snapshot: (draft) => (draft.parts.snapshot = true),
  semihosting: (draft) => (draft.semihosting.enabled = true),
  s: (draft) => (draft.gdb = 'tcp::1234'),
  S: (draft) => (draft.held = true),
  'no-reboot': (draft) => (draft.noReboot = true),
  'no-shutdown': (draft) => (draft.noShutdown = true),
};

/**
 * Reads the options of `qemu-system-aarch64` that this machine honours, as QEMU spells them. Anything else is refused
 * by name with a QemuOptionError: an option that silently did nothing would make the run a different one.
 * `restoring`: the machine comes from a snapshot, so that it need not be named, nor have anything to boot.
 */
export function parseQemuOptions(args: readonly string[], restoring = false): QemuCommandLine {
  const draft: Draft = {
    machine: emptyMachine(restoring),
    parts: emptyDevices(),
    consoles: { serial: [] },
    modernVirtio: false,
    semihosting: { enabled: false, words: [] },
    noReboot: false,
    noShutdown: false,
  };
  for (let i = 0; i < args.length; i++) {
    const argument = args[i]!;
    const option = /^--?(.+)$/.exec(argument)?.[1];
    if (option === undefined) throw new QemuOptionError(`'${argument}' is not an option; for a disk image, use -drive`);
    const flag = own(FLAG_OPTIONS, option);
    const reader = own(VALUE_OPTIONS, option);
    const refusal = own(REFUSED, option);
    if (refusal !== undefined) throw new QemuOptionError(`${argument} is not supported: ${refusal}`);
    draft.machine.named.add(option === 'M' ? 'machine' : option);
    if (flag) flag(draft);
    else if (!reader) throw new QemuOptionError(`${argument} is not supported (supported: ${supported()})`);
    else if (i + 1 === args.length) throw new QemuOptionError(`${argument} needs a value`);
    else reader(draft, args[++i]!);
  }
  return check(draft, restoring);
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

function readSemihosting(draft: Draft, value: string): void {
  const { parameters } = parseOptionValue('-semihosting-config', value, 'enable', ['target', 'userspace', 'arg', 'chardev']);
  draft.semihosting.enabled = parseSwitch('-semihosting-config', 'enable', parameters.get('enable') ?? 'on');
  requireWord('-semihosting-config target=', parameters.get('target') ?? 'native', ['native', 'auto']);
  if (parseSwitch('-semihosting-config', 'userspace', parameters.get('userspace') ?? 'off')) {
    throw new QemuOptionError(`-semihosting-config ${value}: 'userspace' is not supported: only EL1 and EL2 may ask`);
  }
  if (parameters.has('chardev'))
    throw new QemuOptionError(`-semihosting-config ${value}: 'chardev' is not supported: its console is the terminal`);
  // Several may come, each a word; commas in them are doubled.
  for (const part of value.split(/(?<!,),(?!,)/))
    if (part.startsWith('arg=')) draft.semihosting.words.push(part.slice(4).replaceAll(',,', ','));
}

function check(draft: Draft, restoring: boolean): QemuCommandLine {
  const { machine, parts, kernel, initrd, append } = draft;
  if (!machine.machine) throw new QemuOptionError('no machine given: use -machine virt');
  const devices = resolveDevices(parts);
  const first = devices[0];
  const network = first?.kind === 'network' && !first.pci ? { mac: first.mac } : undefined;
  if (network) devices.shift();
  const { serial, monitorOnTerminal } = resolveConsoles(draft.consoles, parts.chardevs);
  const virtioTerminal = devices.some((device) => device.kind === 'console' && device.port === 'terminal');
  if (virtioTerminal && serial.on === 'terminal') {
    throw new QemuOptionError('the terminal cannot be both the serial port and the virtconsole: give -serial none');
  }
  if (virtioTerminal && monitorOnTerminal)
    throw new QemuOptionError('the terminal cannot be both the monitor and the virtconsole: give -monitor none');
  if (draft.bios !== undefined && parts.flash[0]) {
    throw new QemuOptionError('the first flash bank has both -bios and -drive if=pflash: give one of them');
  }
  requireBootable(draft, restoring);
  const { settings, forwards } = parts.connected ?? { settings: {}, forwards: [] };
  const words = [...(kernel === undefined ? [] : [kernel]), ...(append === undefined ? [] : [append])];
  return {
    // Images that a snapshot's machine was started from fit its RAM, which need not be named.
    ramSize: restoring && !machine.named.has('m') ? LARGEST_RAM : machine.ramSize,
    virtualization: machine.virtualization,
    ...(machine.processors !== undefined && { processors: machine.processors }),
    ...(machine.topology && { topology: machine.topology }),
    loaders: parts.loaders,
    ...(kernel !== undefined && { linux: { kernel, ...(initrd !== undefined && { initrd }), commandLine: append ?? '' } }),
    ...(draft.deviceTree !== undefined && { deviceTree: draft.deviceTree }),
    ...(network && { network }),
    ...(Object.keys(settings).length > 0 && { networkSettings: settings }),
    ...(forwards.length > 0 && { forwards }),
    ...(devices.length > 0 && { devices }),
    ...(draft.modernVirtio && { modernVirtio: true }),
    ...(machine.highmem === false && { pcie: 'low' as const }),
    ...(draft.bios !== undefined && { bios: draft.bios }),
    ...(parts.flash.length > 0 && {
      flash: Array.from(parts.flash, (drive) => drive && { ...drive, snapshot: drive.snapshot || parts.snapshot }),
    }),
    ...(machine.startDate !== undefined && { startDate: machine.startDate }),
    ...(draft.semihosting.enabled && {
      semihosting: { commandLine: (draft.semihosting.words.length > 0 ? draft.semihosting.words : words).join(' ') },
    }),
    ...(draft.seed !== undefined && { seed: draft.seed }),
    noReboot: draft.noReboot,
    ...(draft.noShutdown && { noShutdown: true }),
    ...(draft.held && { held: true }),
    ...(draft.gdb !== undefined && { gdb: draft.gdb }),
    ...(draft.trace && { trace: draft.trace }),
    ...(draft.traceRanges && { traceRanges: draft.traceRanges }),
    ...(draft.traceFile !== undefined && { traceFile: draft.traceFile }),
    ...(machine.dumpDeviceTree !== undefined && { dumpDeviceTree: machine.dumpDeviceTree }),
    console: serial.on === 'terminal' || virtioTerminal,
    ...(serial.on === 'file' && { serialFile: serial.file }),
    monitor: monitorOnTerminal || (serial.on === 'terminal' && serial.monitor),
    ...(restoring && { named: machine.named }),
  };
}

function requireBootable({ machine, parts, kernel, initrd, append, bios }: Draft, restoring: boolean): void {
  if (kernel !== undefined) return;
  if (initrd !== undefined) throw new QemuOptionError('-initrd only goes with -kernel');
  if (append !== undefined) throw new QemuOptionError('-append only goes with -kernel');
  const firmware = bios !== undefined || parts.flash[0] !== undefined;
  // A tree can be had of a machine that could not run.
  if (restoring || firmware || machine.dumpDeviceTree !== undefined || parts.loaders.some((loader) => loader.setsEntry)) return;
  throw new QemuOptionError('nothing to boot: give -kernel FILE, -bios FILE, or -device loader,file=FILE,addr=ADDRESS,cpu-num=0');
}

function supported(): string {
  return [...Object.keys(VALUE_OPTIONS), ...Object.keys(FLAG_OPTIONS)].map((name) => `-${name}`).join(', ');
}

function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
