import type { MachineOptions } from '../machine/options.js';
import { RAM_BASE } from './memory-map.js';
import { parseNumber, parseOptionValue, parseSize, parseSwitch, QemuOptionError, type OptionValue } from './option-values.js';

export { QemuOptionError } from './option-values.js';

/** A parsed command line: a machine, and names of files that the caller reads. */
export interface QemuCommandLine {
  /** Bytes. */
  ramSize: number;
  virtualization: boolean;
  loaders: { file: string; address: number; setsEntry: boolean; raw: boolean }[];
  linux?: { kernel: string; initrd?: string; commandLine: string };
  network?: { mac: string };
  /** `-seed`; absent: the caller chooses. */
  seed?: number;
  /** `-no-reboot`: a reset request ends the run. */
  noReboot: boolean;
  /** The serial port is on standard input and output; otherwise it is connected to nothing. */
  console: boolean;
  /** `mon:stdio`: Control-A commands are looked for in the input, and Control-C goes to the guest. */
  monitor: boolean;
}

const MEGABYTE = 2 ** 20;
/** Multiple that the RAM size must be of. */
const RAM_GRANULE = 2 * MEGABYTE;
const DEFAULT_RAM = 128 * MEGABYTE;
const LARGEST_RAM = 3 * 2 ** 30 - 16 * MEGABYTE;
const DEFAULT_MAC = '52:54:00:12:34:56';

/** What has been read so far, before it is checked as a whole. */
interface Draft {
  machine: boolean;
  virtualization: boolean;
  ramSize: number;
  loaders: QemuCommandLine['loaders'];
  kernel?: string;
  initrd?: string;
  append?: string;
  networks: Set<string>;
  card?: { netdev: string; mac: string; text: string };
  seed?: number;
  noReboot: boolean;
  console: boolean;
  monitor: boolean;
}

/** How each option is read; `value` is undefined for an option that takes none. */
const VALUE_OPTIONS: Record<string, (draft: Draft, value: string) => void> = {
  machine: readMachine,
  M: readMachine,
  cpu: (_draft, value) => requireWord('-cpu', value, ['cortex-a53']),
  accel: (_draft, value) => requireWord('-accel', value, ['tcg']),
  m: readMemory,
  smp: (_draft, value) => {
    const { first } = parseOptionValue('-smp', value, 'cpus', []);
    requireWord('-smp', first, ['1']);
  },
  serial: readSerial,
  monitor: (_draft, value) => requireWord('-monitor', value, ['none']),
  display: (_draft, value) => requireWord('-display', value, ['none']),
  nic: (_draft, value) => requireWord('-nic', value, ['none']),
  kernel: (draft, value) => (draft.kernel = value),
  initrd: (draft, value) => (draft.initrd = value),
  append: (draft, value) => (draft.append = value),
  netdev: readNetdev,
  device: readDevice,
  seed: (draft, value) => (draft.seed = parseNumber('-seed', 'seed', value)),
};

const FLAG_OPTIONS: Record<string, (draft: Draft) => void> = {
  nographic: () => undefined,
  'no-reboot': (draft) => (draft.noReboot = true),
};

/**
 * Reads the options of `qemu-system-aarch64` that this machine honours, as QEMU spells them. Anything else is refused
 * by name with a QemuOptionError: an option that silently did nothing would make the run a different one.
 */
export function parseQemuOptions(args: readonly string[]): QemuCommandLine {
  const draft: Draft = {
    machine: false, virtualization: false, ramSize: DEFAULT_RAM, loaders: [], networks: new Set(), noReboot: false,
    console: true, monitor: true,
  };
  for (let i = 0; i < args.length; i++) {
    const argument = args[i]!;
    const option = /^--?(.+)$/.exec(argument)?.[1];
    if (option === undefined) throw new QemuOptionError(`'${argument}' is not an option, and disk images are not supported`);
    const flag = own(FLAG_OPTIONS, option);
    const reader = own(VALUE_OPTIONS, option);
    if (flag) flag(draft);
    else if (!reader) throw new QemuOptionError(`${argument} is not supported (supported: ${supported()})`);
    else if (i + 1 === args.length) throw new QemuOptionError(`${argument} needs a value`);
    else reader(draft, args[++i]!);
  }
  return check(draft);
}

/** Makes the machine of a command line. `read` gives a file's bytes; `seed` is used unless the command line has one. */
export function assembleMachine(
  line: QemuCommandLine,
  read: (file: string) => Uint8Array,
  seed: number,
  pacing: MachineOptions['pacing'],
): MachineOptions {
  const { linux } = line;
  return {
    ramSize: line.ramSize,
    virtualization: line.virtualization,
    loaders: line.loaders.map(({ file, address, setsEntry, raw }) => {
      const bytes = read(file);
      if (!raw && isElf(bytes)) {
        throw new QemuOptionError(`-device loader: ${file} is an ELF file; only raw images are supported (or force-raw=on)`);
      }
      const end = address + bytes.length;
      if (end > RAM_BASE + line.ramSize) {
        throw new QemuOptionError(`-device loader: ${file} would end at 0x${end.toString(16)}, behind the RAM: give more with -m`);
      }
      return { bytes, address, setsEntry };
    }),
    ...(linux && {
      linux: {
        kernel: read(linux.kernel),
        ...(linux.initrd === undefined ? {} : { initrd: read(linux.initrd) }),
        commandLine: linux.commandLine,
      },
    }),
    ...(line.network && { network: line.network }),
    seed: line.seed ?? seed,
    pacing,
  };
}

function readMachine(draft: Draft, value: string): void {
  const known = ['virtualization', 'accel', 'gic-version', 'secure'];
  const { first, parameters } = parseOptionValue('-machine', value, 'type', known);
  if (first !== '' || !draft.machine) requireWord('-machine', first, ['virt']);
  draft.machine = true;
  const virtualization = parameters.get('virtualization');
  if (virtualization !== undefined) draft.virtualization = parseSwitch('-machine', 'virtualization', virtualization);
  requireWord('-machine accel=', parameters.get('accel') ?? 'tcg', ['tcg']);
  requireWord('-machine gic-version=', parameters.get('gic-version') ?? '2', ['2']);
  requireWord('-machine secure=', parameters.get('secure') ?? 'off', ['off']);
}

function readMemory(draft: Draft, value: string): void {
  const { first } = parseOptionValue('-m', value, 'size', []);
  const size = parseSize('-m', first, 'M');
  if (size === 0 || size % RAM_GRANULE !== 0) throw new QemuOptionError(`-m ${value}: give a multiple of 2 MiB`);
  if (size > LARGEST_RAM) throw new QemuOptionError(`-m ${value}: at most ${LARGEST_RAM / MEGABYTE}M is supported`);
  draft.ramSize = size;
}

function readSerial(draft: Draft, value: string): void {
  requireWord('-serial', value, ['mon:stdio', 'stdio', 'null', 'none']);
  draft.console = value.endsWith('stdio');
  draft.monitor = value === 'mon:stdio';
}

function readNetdev(draft: Draft, value: string): void {
  const { first, parameters } = parseOptionValue('-netdev', value, 'type', ['id']);
  requireWord('-netdev', first, ['user']);
  const id = parameters.get('id');
  if (id === undefined) throw new QemuOptionError(`-netdev ${value}: parameter 'id' is missing`);
  if (draft.networks.has(id)) throw new QemuOptionError(`-netdev ${value}: there is an '${id}' already`);
  draft.networks.add(id);
}

function readDevice(draft: Draft, value: string): void {
  const known = { loader: ['file', 'addr', 'cpu-num', 'force-raw'], 'virtio-net-device': ['netdev', 'mac', 'id'] };
  const driver = value.split(',')[0]!.replace(/^driver=/, '');
  requireWord('-device', driver, Object.keys(known));
  const parsed = parseOptionValue('-device', value, 'driver', known[driver as keyof typeof known]);
  if (driver === 'loader') readLoader(draft, parsed);
  else readCard(draft, value, parsed);
}

function readLoader(draft: Draft, { parameters }: OptionValue): void {
  const option = '-device loader';
  const file = parameters.get('file');
  const address = parameters.get('addr');
  const cpu = parameters.get('cpu-num');
  if (file === undefined) throw new QemuOptionError(`${option}: parameter 'file' is missing`);
  if (address === undefined) throw new QemuOptionError(`${option}: parameter 'addr' is missing`);
  if (cpu !== undefined && parseNumber(option, 'cpu-num', cpu) !== 0) {
    throw new QemuOptionError(`${option}: there is no processor ${cpu}, only 0`);
  }
  const at = parseNumber(option, 'addr', address);
  if (at < RAM_BASE) throw new QemuOptionError(`${option}: 0x${at.toString(16)} is not in RAM, which starts at 0x40000000`);
  const raw = parseSwitch(option, 'force-raw', parameters.get('force-raw') ?? 'off');
  draft.loaders.push({ file, address: at, setsEntry: cpu !== undefined, raw });
}

function readCard(draft: Draft, text: string, { parameters }: OptionValue): void {
  const netdev = parameters.get('netdev');
  const mac = parameters.get('mac') ?? DEFAULT_MAC;
  if (draft.card) throw new QemuOptionError(`-device ${text}: only one network card is supported`);
  if (netdev === undefined) throw new QemuOptionError(`-device ${text}: parameter 'netdev' is missing`);
  if (!/^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(mac) || parseInt(mac.slice(0, 2), 16) & 1) {
    throw new QemuOptionError(`-device ${text}: '${mac}' is not an Ethernet address such as ${DEFAULT_MAC}`);
  }
  draft.card = { netdev, mac: mac.toLowerCase().replaceAll('-', ':'), text };
}

function check(draft: Draft): QemuCommandLine {
  if (!draft.machine) throw new QemuOptionError('no machine given: use -machine virt');
  if (draft.card && !draft.networks.has(draft.card.netdev)) {
    throw new QemuOptionError(`-device ${draft.card.text}: there is no -netdev with the id '${draft.card.netdev}'`);
  }
  if (draft.kernel === undefined) {
    if (draft.initrd !== undefined) throw new QemuOptionError('-initrd only goes with -kernel');
    if (draft.append !== undefined) throw new QemuOptionError('-append only goes with -kernel');
    if (!draft.loaders.some((loader) => loader.setsEntry)) {
      throw new QemuOptionError('nothing to boot: give -kernel FILE, or -device loader,file=FILE,addr=ADDRESS,cpu-num=0');
    }
  }
  const { kernel, initrd, append } = draft;
  return {
    ramSize: draft.ramSize,
    virtualization: draft.virtualization,
    loaders: draft.loaders,
    ...(kernel !== undefined && { linux: { kernel, ...(initrd !== undefined && { initrd }), commandLine: append ?? '' } }),
    ...(draft.card && { network: { mac: draft.card.mac } }),
    ...(draft.seed !== undefined && { seed: draft.seed }),
    noReboot: draft.noReboot,
    console: draft.console,
    monitor: draft.monitor,
  };
}

function requireWord(option: string, word: string, choices: readonly string[]): void {
  if (choices.includes(word)) return;
  throw new QemuOptionError(`${option} '${word}' is not supported (supported: ${choices.join(', ')})`);
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
