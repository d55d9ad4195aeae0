/** The options of QEMU's command line that describe devices and what is behind them. */
import type { GuestModule } from '../machine/options.js';
import { RAM_BASE } from './memory-map.js';
import { parseNumber, parseOptionValue, parseSwitch, QemuOptionError, requireWord, type OptionValue } from './option-values.js';
import type { DriveFile } from './qemu-drives.js';
import type { NetworkLine } from './qemu-network.js';

/** A virtio device, on virtio-mmio unless `pci`. */
export type DeviceLine = { pci?: boolean } & (
  | { kind: 'network'; mac: string }
  | { kind: 'block'; drive: DriveFile; serial?: string }
  | { kind: 'entropy' }
  | { kind: 'console'; port?: 'terminal' | 'unconnected' }
);

/** `-device loader`: what is put into RAM, and where the first processor starts. */
export interface LoaderLine {
  /** Absent: an entry alone. */
  content?: { file: string; raw: boolean } | { bytes: Uint8Array };
  /** Absent for an ELF file, which says itself. */
  address?: number;
  setsEntry: boolean;
  /** For a hypervisor's first guest: told of in the device tree. */
  guest?: GuestModule;
}

/** Where bytes of a console come from and go to. `monitor`: Control-A commands are looked for among them. */
export type Chardev = { on: 'terminal'; monitor: boolean } | { on: 'file'; file: string } | { on: 'nothing' };

interface DeviceEntry {
  text: string;
  resolve(draft: DeviceDraft): DeviceLine;
  /** A device that QEMU makes after those of `-device`. */
  late?: boolean;
}

/** What the device options have said so far. Names are resolved when all have been read: they may come in any order. */
export interface DeviceDraft {
  loaders: LoaderLine[];
  networks: Map<string, NetworkLine>;
  drives: Map<string, DriveFile>;
  usedDrives: Set<string>;
  flash: (DriveFile | undefined)[];
  chardevs: Map<string, Chardev>;
  devices: DeviceEntry[];
  /** The network that the card is on: known when the devices are resolved. */
  connected?: NetworkLine;
  consolePort?: { text: string; chardev: string };
  snapshot: boolean;
}

export const DEFAULT_MAC = '52:54:00:12:34:56';
/** Parameters of every device. `bus` and `addr` are QEMU's choice and ours. */
const COMMON = ['id'];

export function emptyDevices(): DeviceDraft {
  return {
    loaders: [],
    networks: new Map(),
    drives: new Map(),
    usedDrives: new Set(),
    flash: [],
    chardevs: new Map(),
    devices: [],
    snapshot: false,
  };
}

/** Every reader by the name of its driver. */
const DRIVERS: Record<string, { known: string[]; read(draft: DeviceDraft, text: string, value: OptionValue): void }> = {
  loader: { known: ['file', 'addr', 'cpu-num', 'force-raw', 'data', 'data-len', 'data-be'], read: readLoader },
  'guest-loader': { known: ['addr', 'kernel', 'initrd', 'bootargs'], read: readGuestLoader },
  ...onBothBuses('virtio-net', ['netdev', 'mac'], readCard),
  ...onBothBuses('virtio-blk', ['drive', 'serial'], readDisk),
  ...onBothBuses('virtio-rng', [], (draft, text, _value, pci) => add(draft, text, () => ({ kind: 'entropy', ...pci }))),
  ...onBothBuses('virtio-serial', [], readSerialBus),
  virtconsole: { known: ['chardev', 'id', 'name'], read: readConsole },
};

export function readDevice(draft: DeviceDraft, text: string): void {
  const driver = text.split(',')[0]!.replace(/^driver=/, '');
  requireWord('-device', driver, Object.keys(DRIVERS));
  const { known, read } = DRIVERS[driver]!;
  read(draft, text, parseOptionValue('-device', text, 'driver', known));
}

export function readChardev(draft: DeviceDraft, text: string): void {
  const { first, parameters } = parseOptionValue('-chardev', text, 'backend', ['id', 'mux', 'signal', 'path', 'logfile', 'logappend']);
  if (REFUSED_CHARDEVS[first])
    throw new QemuOptionError(`-chardev '${first}' is not supported: ${REFUSED_CHARDEVS[first]} (supported: stdio, null, file)`);
  requireWord('-chardev', first, ['stdio', 'null', 'file']);
  for (const key of ['logfile', 'logappend'])
    if (parameters.has(key)) throw new QemuOptionError(`-chardev ${text}: '${key}' is not supported`);
  const id = parameters.get('id');
  if (id === undefined) throw new QemuOptionError(`-chardev ${text}: parameter 'id' is missing`);
  if (draft.chardevs.has(id)) throw new QemuOptionError(`-chardev ${text}: there is an '${id}' already`);
  const path = parameters.get('path');
  if (first === 'file') {
    if (path === undefined) throw new QemuOptionError(`-chardev ${text}: parameter 'path' is missing`);
    draft.chardevs.set(id, { on: 'file', file: path });
  } else {
    draft.chardevs.set(
      id,
      first === 'null' ? { on: 'nothing' } : { on: 'terminal', monitor: parseSwitch('-chardev', 'mux', parameters.get('mux') ?? 'off') },
    );
  }
}

const REFUSED_CHARDEVS: Record<string, string> = {
  pty: 'a process of this kind cannot open one',
  socket: 'the console is on the terminal',
  vc: 'there is no window',
  serial: "the host's is not handed on",
};

/** `-global`: only the choice between the two versions of virtio-mmio. True for the modern one. */
export function readGlobal(text: string): boolean {
  const [, driver, property, value] =
    /^driver=([^,]+),property=([^,]+),value=(.*)$/.exec(text) ?? /^([^.]+)\.([^=]+)=(.*)$/.exec(text) ?? [];
  if (`${driver}.${property}` !== 'virtio-mmio.force-legacy') {
    throw new QemuOptionError(`-global '${text}' is not supported (supported: virtio-mmio.force-legacy=)`);
  }
  return !parseSwitch('-global', 'virtio-mmio.force-legacy', value!);
}

/** The devices in their order, with their names resolved. */
export function resolveDevices(draft: DeviceDraft): DeviceLine[] {
  if (draft.consolePort && !draft.devices.some(({ resolve }) => resolve === resolveSerialBus || resolve === resolvePciSerialBus)) {
    throw new QemuOptionError(`-device ${draft.consolePort.text}: there is no -device virtio-serial-device for it`);
  }
  const entries = [...draft.devices.filter(({ late }) => !late), ...draft.devices.filter(({ late }) => late)];
  const lines = entries.map(({ resolve }) => resolve(draft));
  if (lines.filter(({ kind }) => kind === 'network').length > 1) throw new QemuOptionError('only one network card is supported');
  if (lines.filter(({ kind }) => kind === 'console').length > 1) throw new QemuOptionError('only one virtio-serial device is supported');
  const changed = [...lines.flatMap((line) => (line.kind === 'block' ? [line.drive] : [])), ...draft.flash]
    .filter((drive) => drive && !drive.readOnly && !drive.snapshot)
    .map((drive) => drive!.file);
  const twice = changed.find((file, index) => changed.indexOf(file) !== index);
  if (twice !== undefined) throw new QemuOptionError(`two devices would write to ${twice}: give one of them snapshot=on or readonly=on`);
  return lines;
}

type BusReader = (draft: DeviceDraft, text: string, value: OptionValue, pci: { pci?: boolean }) => void;

function onBothBuses(name: string, known: string[], read: BusReader): typeof DRIVERS {
  const all = [...COMMON, ...known];
  return {
    [`${name}-device`]: { known: all, read: (draft, text, value) => read(draft, text, value, {}) },
    [`${name}-pci`]: { known: [...all, 'romfile'], read: (draft, text, value) => read(draft, text, value, { pci: true }) },
  };
}

function add(draft: DeviceDraft, text: string, resolve: (draft: DeviceDraft) => DeviceLine): void {
  draft.devices.push({ text, resolve });
}

/** QEMU's "generic loader": a file, some bytes, or only where the processor starts. */
function readLoader(draft: DeviceDraft, text: string, { parameters }: OptionValue): void {
  const option = '-device loader';
  const has = (key: string): boolean => parameters.has(key);
  const file = parameters.get('file');
  const cpu = parameters.get('cpu-num');
  if (cpu !== undefined && parseNumber(option, 'cpu-num', cpu) !== 0) {
    throw new QemuOptionError(`${option}: cpu-num=${cpu} is not supported: processor 0 is started by it, and the others by PSCI`);
  }
  const address = has('addr') ? parseNumber(option, 'addr', parameters.get('addr')!) : undefined;
  const setsEntry = cpu !== undefined;
  const raw = parseSwitch(option, 'force-raw', parameters.get('force-raw') ?? 'off');
  if (['data', 'data-len', 'data-be'].some(has)) {
    if (file !== undefined || has('force-raw')) throw new QemuOptionError(`-device ${text}: a file and 'data' do not go together`);
    requireRam(option, address);
    draft.loaders.push({ content: { bytes: dataBytes(option, parameters) }, address: address!, setsEntry });
  } else if (file !== undefined) {
    if (address !== undefined || raw) requireRam(option, address);
    draft.loaders.push({ content: { file, raw }, ...(address !== undefined && { address }), setsEntry });
  } else if (address === undefined) {
    throw new QemuOptionError(`${option}: give file=, data= or addr=`);
  } else {
    if (!setsEntry) throw new QemuOptionError(`${option}: with addr= alone, give cpu-num=0: the processor starts there`);
    draft.loaders.push({ address, setsEntry });
  }
}

function requireRam(option: string, address: number | undefined): void {
  if (address === undefined) throw new QemuOptionError(`${option}: parameter 'addr' is missing`);
  if (address < RAM_BASE) throw new QemuOptionError(`${option}: 0x${address.toString(16)} is not in RAM, which starts at 0x40000000`);
}

/** A number of up to 8 bytes, little-endian unless `data-be`. */
function dataBytes(option: string, parameters: Map<string, string>): Uint8Array {
  const [data, length] = [parameters.get('data'), parameters.get('data-len')];
  if (data === undefined || length === undefined) throw new QemuOptionError(`${option}: 'data' and 'data-len' go together`);
  const size = parseNumber(option, 'data-len', length);
  if (size < 1 || size > 8) throw new QemuOptionError(`${option}: 'data-len' is 1 to 8`);
  if (!/^(0[xX][0-9a-fA-F]{1,16}|\d{1,20})$/.test(data))
    throw new QemuOptionError(`${option}: 'data' is a number of 64 bits, not '${data}'`);
  const value = BigInt(data);
  const bytes = Uint8Array.from({ length: size }, (_, index) => Number((value >> BigInt(8 * index)) & 0xffn));
  return parseSwitch(option, 'data-be', parameters.get('data-be') ?? 'off') ? bytes.reverse() : bytes;
}

/** A kernel or initial RAM disk for the guest of the hypervisor that `-kernel` names. */
function readGuestLoader(draft: DeviceDraft, _text: string, { parameters }: OptionValue): void {
  const option = '-device guest-loader';
  const [kernel, initrd, commandLine] = ['kernel', 'initrd', 'bootargs'].map((name) => parameters.get(name));
  const address = parameters.get('addr');
  if (address === undefined) throw new QemuOptionError(`${option}: parameter 'addr' is missing`);
  if ((kernel === undefined) === (initrd === undefined)) throw new QemuOptionError(`${option}: give one of 'kernel' and 'initrd'`);
  if (kernel === undefined && commandLine !== undefined) throw new QemuOptionError(`${option}: 'bootargs' only goes with 'kernel'`);
  const guest: GuestModule =
    kernel === undefined ? { kind: 'ramdisk' } : { kind: 'kernel', ...(commandLine !== undefined && { commandLine }) };
  const place = parseNumber(option, 'addr', address);
  requireRam(option, place);
  draft.loaders.push({ content: { file: (kernel ?? initrd)!, raw: true }, address: place, setsEntry: false, guest });
}

function readCard(draft: DeviceDraft, text: string, { parameters }: OptionValue, pci: { pci?: boolean }): void {
  const netdev = parameters.get('netdev');
  if (netdev === undefined) throw new QemuOptionError(`-device ${text}: parameter 'netdev' is missing`);
  const mac = requireMac(`-device ${text}`, parameters.get('mac') ?? DEFAULT_MAC);
  add(draft, text, (all) => {
    all.connected = all.networks.get(netdev);
    if (!all.connected) throw new QemuOptionError(`-device ${text}: there is no -netdev with the id '${netdev}'`);
    return { kind: 'network', mac, ...pci };
  });
}

/** An Ethernet address of one station, in the usual form. */
export function requireMac(option: string, mac: string): string {
  if (/^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(mac) && !(parseInt(mac.slice(0, 2), 16) & 1)) return mac.toLowerCase().replaceAll('-', ':');
  throw new QemuOptionError(`${option}: '${mac}' is not an Ethernet address such as ${DEFAULT_MAC}`);
}

function readDisk(draft: DeviceDraft, text: string, { parameters }: OptionValue, pci: { pci?: boolean }): void {
  const id = parameters.get('drive');
  const serial = parameters.get('serial');
  if (id === undefined) throw new QemuOptionError(`-device ${text}: parameter 'drive' is missing`);
  if (draft.usedDrives.has(id)) throw new QemuOptionError(`-device ${text}: the drive '${id}' is in use by another device`);
  draft.usedDrives.add(id);
  add(draft, text, ({ drives, snapshot }) => {
    const drive = drives.get(id);
    if (!drive) throw new QemuOptionError(`-device ${text}: there is no -drive with the id '${id}'`);
    return { kind: 'block', drive: { ...drive, snapshot: drive.snapshot || snapshot }, ...(serial !== undefined && { serial }), ...pci };
  });
}

function readSerialBus(draft: DeviceDraft, text: string, _value: OptionValue, { pci }: { pci?: boolean }): void {
  add(draft, text, pci ? resolvePciSerialBus : resolveSerialBus);
}

function resolveSerialBus({ consolePort, chardevs }: DeviceDraft): DeviceLine {
  if (!consolePort) return { kind: 'console' };
  const port = chardevs.get(consolePort.chardev);
  if (port?.on === 'file')
    throw new QemuOptionError(`-device ${consolePort.text}: only -serial goes to a file (supported here: stdio, null)`);
  if (port === undefined)
    throw new QemuOptionError(`-device ${consolePort.text}: there is no -chardev with the id '${consolePort.chardev}'`);
  return { kind: 'console', port: port.on === 'terminal' ? 'terminal' : 'unconnected' };
}

function resolvePciSerialBus(draft: DeviceDraft): DeviceLine {
  return { ...resolveSerialBus(draft), pci: true };
}

function readConsole(draft: DeviceDraft, text: string, { parameters }: OptionValue): void {
  const chardev = parameters.get('chardev');
  if (chardev === undefined) throw new QemuOptionError(`-device ${text}: parameter 'chardev' is missing`);
  if (draft.consolePort) throw new QemuOptionError(`-device ${text}: only one virtconsole is supported`);
  draft.consolePort = { text, chardev };
}
