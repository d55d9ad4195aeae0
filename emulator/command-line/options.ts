/** Reads a command line of `qemu-system-aarch64`. */
import type { QemuCommandLine } from './command-line.js';
import { resolveConsoles, type Consoles } from './console-options.js';
import { emptyDevices, resolveDevices } from './device-options.js';
import type { Draft, OptionRow } from './draft.js';
import type { DeviceLine } from './lines.js';
import { emptyMachine, LARGEST_RAM, PROCESSOR, requireProcessor } from './machine-options.js';
import { QemuOptionError } from './option-values.js';
import { REFUSED } from './refusals.js';
import { OPTIONS } from './rows.js';

export { QemuOptionError } from './option-values.js';
export type { QemuCommandLine } from './command-line.js';
export { assembleMachine } from './assembly.js';

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
  const words = args.values();
  for (const word of words) {
    const row = optionOf(word);
    draft.machine.named.add(row.names[0]);
    row.flag?.(draft);
    if (!row.value) continue;
    const { value, done } = words.next();
    if (done) throw new QemuOptionError(`${word} needs a value`);
    row.value(draft, value);
  }
  return checked(draft, restoring);
}

function optionOf(word: string): OptionRow {
  const name = /^--?(.+)$/.exec(word)?.[1];
  if (name === undefined) throw new QemuOptionError(`'${word}' is not an option; for a disk image, use -drive`);
  const refusal = Object.hasOwn(REFUSED, name) ? REFUSED[name] : undefined;
  if (refusal !== undefined) throw new QemuOptionError(`${word} is not supported: ${refusal}`);
  const row = OPTIONS.get(name);
  if (row) return row;
  const supported = [...OPTIONS.keys()].map((each) => `-${each}`).join(', ');
  throw new QemuOptionError(`${word} is not supported (supported: ${supported})`);
}

function checked(draft: Draft, restoring: boolean): QemuCommandLine {
  const { machine, parts } = draft;
  if (!machine.machine) throw new QemuOptionError('no machine given: use -machine virt');
  requireProcessor(machine);
  const devices = resolveDevices(parts);
  const consoles = resolveConsoles(draft.consoles, parts.chardevs);
  requireOneTerminal(devices, consoles);
  if (draft.bios !== undefined && parts.flash[0]) {
    throw new QemuOptionError('the first flash bank has both -bios and -drive if=pflash: give one of them');
  }
  requireBootable(draft, restoring);
  return {
    ...boardOf(draft, restoring),
    ...devicesOf(draft, devices),
    ...runOf(draft),
    ...terminalOf(devices, consoles),
    named: restoring ? machine.named : undefined,
    standsInFor: machine.anyProcessor && machine.processor !== PROCESSOR ? machine.processor : undefined,
    pidFile: draft.pidFile,
  };
}

const onTerminal = (device: DeviceLine): boolean => device.kind === 'console' && device.port === 'terminal';

function requireOneTerminal(devices: readonly DeviceLine[], { serial, monitorOnTerminal }: Consoles): void {
  if (!devices.some(onTerminal)) return;
  if (serial.on === 'terminal') {
    throw new QemuOptionError('the terminal cannot be both the serial port and the virtconsole: give -serial none');
  }
  if (monitorOnTerminal) throw new QemuOptionError('the terminal cannot be both the monitor and the virtconsole: give -monitor none');
}

type Board = 'ramSize' | 'virtualization' | 'processors' | 'topology' | 'loaders' | 'linux' | 'deviceTree' | 'pcie' | 'bios' | 'startDate';

function boardOf({ machine, parts, kernel, initrd, append, deviceTree, bios }: Draft, restoring: boolean): Pick<QemuCommandLine, Board> {
  const { virtualization, processors, topology, startDate } = machine;
  return {
    // Images that a snapshot's machine was started from fit its RAM, which need not be named.
    ramSize: restoring && !machine.named.has('m') ? LARGEST_RAM : machine.ramSize,
    virtualization,
    processors,
    topology,
    loaders: parts.loaders,
    linux: kernel === undefined ? undefined : { kernel, initrd, commandLine: append ?? '' },
    deviceTree,
    pcie: machine.highmem === false ? 'low' : undefined,
    bios,
    startDate,
  };
}

type Devices = 'network' | 'networkSettings' | 'forwards' | 'devices' | 'modernVirtio' | 'flash';

function devicesOf({ parts, modernVirtio }: Draft, all: readonly DeviceLine[]): Pick<QemuCommandLine, Devices> {
  const [first, ...others] = all;
  const network = first?.kind === 'network' && !first.pci ? { mac: first.mac, slot: first.slot } : undefined;
  const devices = network ? others : [...all];
  const { settings, forwards } = parts.connected ?? { settings: {}, forwards: [] };
  const flash = Array.from(parts.flash, (drive) => drive && { ...drive, snapshot: drive.snapshot || parts.snapshot });
  return {
    network,
    networkSettings: Object.values(settings).some((setting) => setting !== undefined) ? settings : undefined,
    forwards: forwards.length > 0 ? forwards : undefined,
    devices: devices.length > 0 ? devices : undefined,
    modernVirtio: modernVirtio || undefined,
    flash: flash.length > 0 ? flash : undefined,
  };
}

type Run = 'semihosting' | 'seed' | 'noReboot' | 'noShutdown' | 'held' | 'gdb' | 'trace' | 'traceRanges' | 'traceFile' | 'dumpDeviceTree';

function runOf({ machine, semihosting, kernel, append, ...draft }: Draft): Pick<QemuCommandLine, Run> {
  const { seed, noReboot, noShutdown, held, gdb, trace, traceRanges, traceFile } = draft;
  const words = semihosting.words.length > 0 ? semihosting.words : [kernel, append].filter((word) => word !== undefined);
  return {
    semihosting: semihosting.enabled ? { commandLine: words.join(' ') } : undefined,
    seed,
    noReboot,
    noShutdown: noShutdown || undefined,
    held,
    gdb,
    trace,
    traceRanges,
    traceFile,
    dumpDeviceTree: machine.dumpDeviceTree,
  };
}

function terminalOf(
  devices: readonly DeviceLine[],
  { serial, monitorOnTerminal }: Consoles,
): Pick<QemuCommandLine, 'console' | 'serialFile' | 'monitor'> {
  return {
    console: serial.on === 'terminal' || devices.some(onTerminal),
    serialFile: serial.on === 'file' ? serial.file : undefined,
    monitor: monitorOnTerminal || (serial.on === 'terminal' && serial.monitor),
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
