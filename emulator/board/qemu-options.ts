import type { FlashOptions, MachineOptions, StorageModule, VirtioDeviceOptions } from '../machine/options.js';
import { MAX_PROCESSORS } from '../cpu/layout.js';
import { TRACE_ITEMS, type TraceItem } from '../debug/tracer.js';
import type { BlockBackend } from '../devices/storage.js';
import { FLASH_SIZE, RAM_BASE } from './memory-map.js';
import { parseNumber, parseOptionValue, parseSize, parseSwitch, QemuOptionError, requireWord } from './option-values.js';
import {
  emptyDevices, readChardev, readDevice, readDrive, readGlobal, readNetdev, resolveDevices,
  type DeviceDraft, type DeviceLine, type DriveFile, type LoaderLine,
} from './qemu-devices.js';

export { QemuOptionError } from './option-values.js';

/** A parsed command line: a machine, and names of files that the caller reads. */
export interface QemuCommandLine {
  /** Bytes. */
  ramSize: number;
  virtualization: boolean;
  /** `-smp`; 1 where absent. */
  processors?: number;
  loaders: LoaderLine[];
  linux?: { kernel: string; initrd?: string; commandLine: string };
  /** The first device, when it is a network card on virtio-mmio. */
  network?: { mac: string };
  /** The devices after it. */
  devices?: DeviceLine[];
  modernVirtio?: boolean;
  pcie?: 'high' | 'low';
  /** `-bios`: goes into the first flash bank. */
  bios?: string;
  /** `-drive if=pflash`, by unit. */
  flash?: (DriveFile | undefined)[];
  /** `-serial file:`: what the guest sends goes there. */
  serialFile?: string;
  /** `-seed`; absent: the caller chooses. */
  seed?: number;
  /** `-no-reboot`: a reset request ends the run. */
  noReboot: boolean;
  /** `-S`: the machine stands at its first instruction until a debugger or the monitor lets it go. */
  held?: boolean;
  /** `-gdb`: where a debugger is waited for, as the option has it. */
  gdb?: string;
  /** `-d`: what is traced. */
  trace?: readonly TraceItem[];
  /** `-D`: the file that the trace goes to; standard error where absent. */
  traceFile?: string;
  /** The serial port, or a virtio console, is on standard input and output; otherwise they are connected to nothing. */
  console: boolean;
  /** `mon:stdio`: Control-A commands are looked for in the input, and Control-C goes to the guest. */
  monitor: boolean;
  /** When restoring: the options written, without their dashes; `virtualization` and `highmem` of -machine count for themselves. */
  named?: ReadonlySet<string>;
}

const MEGABYTE = 2 ** 20;
/** Multiple that the RAM size must be of. */
const RAM_GRANULE = 2 * MEGABYTE;
const DEFAULT_RAM = 128 * MEGABYTE;
const LARGEST_RAM = 3 * 2 ** 30;

/** What has been read so far, before it is checked as a whole. */
interface Draft {
  machine: boolean;
  virtualization: boolean;
  processors?: number;
  highmem?: boolean;
  ramSize: number;
  kernel?: string;
  initrd?: string;
  append?: string;
  bios?: string;
  parts: DeviceDraft;
  modernVirtio: boolean;
  seed?: number;
  noReboot: boolean;
  named: Set<string>;
  held?: boolean;
  gdb?: string;
  trace?: TraceItem[];
  traceFile?: string;
  serial: { on: 'terminal' | 'file' | 'nothing'; monitor: boolean; file?: string };
}

/** How each option is read; `value` is undefined for an option that takes none. */
const VALUE_OPTIONS: Record<string, (draft: Draft, value: string) => void> = {
  machine: readMachine,
  M: readMachine,
  cpu: (_draft, value) => requireWord('-cpu', value, ['cortex-a53']),
  accel: (_draft, value) => requireWord('-accel', value, ['tcg']),
  m: readMemory,
  smp: readProcessors,
  serial: readSerial,
  monitor: (_draft, value) => requireWord('-monitor', value, ['none']),
  display: (_draft, value) => requireWord('-display', value, ['none']),
  nic: (_draft, value) => requireWord('-nic', value, ['none']),
  kernel: (draft, value) => (draft.kernel = value),
  initrd: (draft, value) => (draft.initrd = value),
  append: (draft, value) => (draft.append = value),
  bios: (draft, value) => (draft.bios = value),
  drive: (draft, value) => readDrive(draft.parts, value),
  netdev: (draft, value) => readNetdev(draft.parts, value),
  chardev: (draft, value) => readChardev(draft.parts, value),
  device: (draft, value) => readDevice(draft.parts, value),
  global: (draft, value) => (draft.modernVirtio = readGlobal(value)),
  gdb: (draft, value) => (draft.gdb = value),
  d: readTrace,
  D: (draft, value) => (draft.traceFile = value),
  seed: (draft, value) => (draft.seed = parseNumber('-seed', 'seed', value)),
};

const FLAG_OPTIONS: Record<string, (draft: Draft) => void> = {
  nographic: () => undefined,
  'no-acpi': () => undefined,
  snapshot: (draft) => (draft.parts.snapshot = true),
  s: (draft) => (draft.gdb = 'tcp::1234'),
  S: (draft) => (draft.held = true),
  'no-reboot': (draft) => (draft.noReboot = true),
};

/** Options of QEMU's that are known here only to say why not, and what to do instead. */
const REFUSED: Record<string, string> = {
  hda: 'the board has no IDE disk: use -drive file=FILE,format=raw,if=none,id=d -device virtio-blk-device,drive=d',
  net: 'use -netdev user,id=n -device virtio-net-device,netdev=n',
  object: 'entropy follows from -seed: use -device virtio-rng-device alone',
};

/**
 * Reads the options of `qemu-system-aarch64` that this machine honours, as QEMU spells them. Anything else is refused
 * by name with a QemuOptionError: an option that silently did nothing would make the run a different one.
 * `restoring`: the machine comes from a snapshot, so that it need not be named, nor have anything to boot.
 */
export function parseQemuOptions(args: readonly string[], restoring = false): QemuCommandLine {
  const draft: Draft = {
    machine: restoring, virtualization: false, ramSize: DEFAULT_RAM, parts: emptyDevices(), modernVirtio: false, noReboot: false, named: new Set(),
    serial: { on: 'terminal', monitor: true },
  };
  for (let i = 0; i < args.length; i++) {
    const argument = args[i]!;
    const option = /^--?(.+)$/.exec(argument)?.[1];
    if (option === undefined) throw new QemuOptionError(`'${argument}' is not an option; for a disk image, use -drive`);
    const flag = own(FLAG_OPTIONS, option);
    const reader = own(VALUE_OPTIONS, option);
    const refusal = own(REFUSED, option);
    if (refusal !== undefined) throw new QemuOptionError(`${argument} is not supported: ${refusal}`);
    draft.named.add(option === 'M' ? 'machine' : option);
    if (flag) flag(draft);
    else if (!reader) throw new QemuOptionError(`${argument} is not supported (supported: ${supported()})`);
    else if (i + 1 === args.length) throw new QemuOptionError(`${argument} needs a value`);
    else reader(draft, args[++i]!);
  }
  return check(draft, restoring);
}

/**
 * Makes the machine of a command line. `read` gives a file's bytes; `seed` is used unless the command line has one;
 * `open` gives the storage of an image, of `size` bytes where the device asks for just that many.
 */
export function assembleMachine(
  line: QemuCommandLine,
  read: (file: string) => Uint8Array,
  seed: number,
  pacing: MachineOptions['pacing'],
  open: (drive: DriveFile, size?: number) => BlockBackend | StorageModule = noStorage,
): MachineOptions {
  const { linux } = line;
  const device = (each: DeviceLine): VirtioDeviceOptions => {
    if (each.kind !== 'block') return each;
    const { drive, ...rest } = each;
    return { ...rest, storage: open(drive) };
  };
  const flash = (line.flash ?? []).map((drive): FlashOptions | undefined => drive && { storage: open(drive, FLASH_SIZE) });
  if (line.bios !== undefined) flash[0] = { content: firmware(line.bios, read) };
  return {
    ramSize: line.ramSize,
    virtualization: line.virtualization,
    ...(line.processors !== undefined && { processors: line.processors }),
    loaders: line.loaders.map(({ file, address, setsEntry, raw, guest }) => {
      const bytes = read(file);
      if (!raw && isElf(bytes)) {
        throw new QemuOptionError(`-device loader: ${file} is an ELF file; only raw images are supported (or force-raw=on)`);
      }
      const end = address + bytes.length;
      if (end > RAM_BASE + line.ramSize) {
        throw new QemuOptionError(`-device ${guest ? 'guest-loader' : 'loader'}: ${file} would end at 0x${end.toString(16)}, behind the RAM: give more with -m`);
      }
      return { bytes, address, setsEntry, ...(guest && { guest }) };
    }),
    ...(linux && {
      linux: {
        kernel: read(linux.kernel),
        ...(linux.initrd === undefined ? {} : { initrd: read(linux.initrd) }),
        commandLine: linux.commandLine,
      },
    }),
    ...(line.network && { network: line.network }),
    ...(line.devices && { devices: line.devices.map(device) }),
    ...(line.modernVirtio && { modernVirtio: true }),
    ...(line.pcie && { pcie: line.pcie }),
    ...(flash.length > 0 && { flash }),
    seed: line.seed ?? seed,
    pacing,
  };
}

function readMachine(draft: Draft, value: string): void {
  const known = ['virtualization', 'accel', 'gic-version', 'secure', 'highmem', 'acpi'];
  const { first, parameters } = parseOptionValue('-machine', value, 'type', known);
  if (first !== '' || !draft.machine) requireWord('-machine', first, ['virt']);
  draft.machine = true;
  const virtualization = parameters.get('virtualization');
  if (virtualization !== undefined) draft.virtualization = parseSwitch('-machine', 'virtualization', virtualization);
  for (const name of ['virtualization', 'highmem']) if (parameters.has(name)) draft.named.add(name);
  const highmem = parameters.get('highmem');
  if (highmem !== undefined) draft.highmem = parseSwitch('-machine', 'highmem', highmem);
  requireWord('-machine accel=', parameters.get('accel') ?? 'tcg', ['tcg']);
  requireWord('-machine gic-version=', parameters.get('gic-version') ?? '2', ['2']);
  // There are no ACPI tables to take away: EDK2 hands on the device tree, as it does in QEMU without ACPI.
  requireWord('-machine acpi=', parameters.get('acpi') ?? 'off', ['off']);
  requireWord('-machine secure=', parameters.get('secure') ?? 'off', ['off']);
}

function readMemory(draft: Draft, value: string): void {
  const { first } = parseOptionValue('-m', value, 'size', []);
  const size = parseSize('-m', first, 'M');
  if (size === 0 || size % RAM_GRANULE !== 0) throw new QemuOptionError(`-m ${value}: give a multiple of 2 MiB`);
  if (size > LARGEST_RAM) throw new QemuOptionError(`-m ${value}: at most ${LARGEST_RAM / MEGABYTE}M is supported`);
  draft.ramSize = size;
}

function readProcessors(draft: Draft, value: string): void {
  const { first } = parseOptionValue('-smp', value, 'cpus', []);
  requireWord('-smp', first, Array.from({ length: MAX_PROCESSORS }, (_, n) => String(n + 1)));
  draft.processors = Number(first);
}

function readSerial(draft: Draft, value: string): void {
  const file = /^file:(.+)$/.exec(value)?.[1];
  if (file !== undefined) {
    draft.serial = { on: 'file', monitor: false, file };
    return;
  }
  requireWord('-serial', value, ['mon:stdio', 'stdio', 'null', 'none', 'file:PATH']);
  draft.serial = { on: value.endsWith('stdio') ? 'terminal' : 'nothing', monitor: value === 'mon:stdio' };
}

function readTrace(draft: Draft, value: string): void {
  const items = Object.keys(TRACE_ITEMS) as TraceItem[];
  draft.trace = value.split(',').map((word) => {
    const item = items.find((known) => known === word);
    if (item) return item;
    throw new QemuOptionError(`-d ${value}: '${word}' cannot be traced (known: ${items.join(', ')})`);
  });
}

function check(draft: Draft, restoring: boolean): QemuCommandLine {
  if (!draft.machine) throw new QemuOptionError('no machine given: use -machine virt');
  const { parts } = draft;
  const devices = resolveDevices(parts);
  const first = devices[0];
  const network = first?.kind === 'network' && !first.pci ? { mac: first.mac } : undefined;
  if (network) devices.shift();
  const virtioTerminal = devices.some((device) => device.kind === 'console' && device.port === 'terminal');
  if (virtioTerminal && draft.serial.on !== 'nothing') {
    throw new QemuOptionError('the terminal cannot be both the serial port and the virtconsole: give -serial none');
  }
  const pcie = pcieOf(draft, devices);
  if (draft.bios !== undefined && parts.flash[0]) {
    throw new QemuOptionError('the first flash bank has both -bios and -drive if=pflash: give one of them');
  }
  const firmware = draft.bios !== undefined || parts.flash[0] !== undefined;
  if (draft.kernel === undefined) {
    if (draft.initrd !== undefined) throw new QemuOptionError('-initrd only goes with -kernel');
    if (draft.append !== undefined) throw new QemuOptionError('-append only goes with -kernel');
    if (!restoring && !firmware && !parts.loaders.some((loader) => loader.setsEntry)) {
      throw new QemuOptionError('nothing to boot: give -kernel FILE, -bios FILE, or -device loader,file=FILE,addr=ADDRESS,cpu-num=0');
    }
  }
  const { kernel, initrd, append } = draft;
  return {
    // Images that a snapshot's machine was started from fit its RAM, which need not be named.
    ramSize: restoring && !draft.named.has('m') ? LARGEST_RAM : draft.ramSize,
    virtualization: draft.virtualization,
    ...(draft.processors !== undefined && { processors: draft.processors }),
    loaders: parts.loaders,
    ...(kernel !== undefined && { linux: { kernel, ...(initrd !== undefined && { initrd }), commandLine: append ?? '' } }),
    ...(network && { network }),
    ...(devices.length > 0 && { devices }),
    ...(draft.modernVirtio && { modernVirtio: true }),
    ...(pcie && { pcie }),
    ...(draft.bios !== undefined && { bios: draft.bios }),
    ...(parts.flash.length > 0 && { flash: Array.from(parts.flash, (drive) => drive && { ...drive, snapshot: drive.snapshot || parts.snapshot }) }),
    ...(draft.seed !== undefined && { seed: draft.seed }),
    noReboot: draft.noReboot,
    ...(draft.held && { held: true }),
    ...(draft.gdb !== undefined && { gdb: draft.gdb }),
    ...(draft.trace && { trace: draft.trace }),
    ...(draft.traceFile !== undefined && { traceFile: draft.traceFile }),
    console: draft.serial.on === 'terminal' || virtioTerminal,
    ...(draft.serial.file !== undefined && { serialFile: draft.serial.file }),
    monitor: draft.serial.monitor,
    ...(restoring && { named: draft.named }),
  };
}

/** The host bridge is there for whoever asks for it, by a device or by saying where it is to be. */
function pcieOf({ highmem }: Draft, devices: readonly DeviceLine[]): 'high' | 'low' | undefined {
  if (highmem === undefined && !devices.some(({ pci }) => pci)) return undefined;
  return highmem === false ? 'low' : 'high';
}

function firmware(file: string, read: (file: string) => Uint8Array): Uint8Array {
  const bytes = read(file);
  if (bytes.length <= FLASH_SIZE) return bytes;
  throw new QemuOptionError(`-bios ${file}: ${bytes.length} bytes do not fit the flash, which has ${FLASH_SIZE}`);
}

function noStorage({ file }: DriveFile): never {
  throw new QemuOptionError(`${file} cannot be used here: there is no access to images`);
}

function supported(): string {
  return [...Object.keys(VALUE_OPTIONS), ...Object.keys(FLAG_OPTIONS)].map((name) => `-${name}`).join(', ');
}

function own<T>(table: Record<string, T>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

function isElf(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}
