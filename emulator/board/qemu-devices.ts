/** The options of QEMU's command line that describe devices and what is behind them. */
import type { GuestModule } from '../machine/options.js';
import { RAM_BASE } from './memory-map.js';
import { parseNumber, parseOptionValue, parseSwitch, QemuOptionError, requireWord, type OptionValue } from './option-values.js';

/** A disk or flash image, as the command line names it. */
export interface DriveFile {
  file: string;
  readOnly: boolean;
  /** What is written is forgotten with the run. */
  snapshot: boolean;
}

/** A virtio device, on virtio-mmio unless `pci`. */
export type DeviceLine = { pci?: boolean } & (
  | { kind: 'network'; mac: string }
  | { kind: 'block'; drive: DriveFile; serial?: string }
  | { kind: 'entropy' }
  | { kind: 'console'; port?: 'terminal' | 'unconnected' }
);

export interface LoaderLine {
  file: string;
  address: number;
  setsEntry: boolean;
  raw: boolean;
  guest?: GuestModule;
}

/** What the device options have said so far. Names are resolved when all have been read: they may come in any order. */
export interface DeviceDraft {
  loaders: LoaderLine[];
  networks: Set<string>;
  drives: Map<string, DriveFile>;
  usedDrives: Set<string>;
  flash: (DriveFile | undefined)[];
  chardevs: Map<string, 'terminal' | 'unconnected'>;
  devices: { text: string; resolve: (draft: DeviceDraft) => DeviceLine }[];
  consolePort?: { text: string; chardev: string };
  snapshot: boolean;
}

export const DEFAULT_MAC = '52:54:00:12:34:56';
const FLASH_BANKS = 2;
/** Parameters of every device. `bus` and `addr` are QEMU's choice and ours. */
const COMMON = ['id'];

export function emptyDevices(): DeviceDraft {
  return {
    loaders: [], networks: new Set(), drives: new Map(), usedDrives: new Set(), flash: [], chardevs: new Map(), devices: [],
    snapshot: false,
  };
}

/** Every reader by the name of its driver. */
const DRIVERS: Record<string, { known: string[]; read(draft: DeviceDraft, text: string, value: OptionValue): void }> = {
  loader: { known: ['file', 'addr', 'cpu-num', 'force-raw'], read: readLoader },
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

export function readDrive(draft: DeviceDraft, text: string): void {
  const known = ['file', 'format', 'if', 'id', 'unit', 'index', 'readonly', 'read-only', 'snapshot', 'media', 'cache', 'aio'];
  const { parameters } = parseOptionValue('-drive', text, 'file', known);
  const option = `-drive ${text}`;
  const file = parameters.get('file');
  if (file === undefined || file === '') throw new QemuOptionError(`${option}: parameter 'file' is missing`);
  requireWord('-drive format=', parameters.get('format') ?? 'raw', ['raw']);
  requireWord('-drive media=', parameters.get('media') ?? 'disk', ['disk']);
  const on = (key: string): boolean => parseSwitch('-drive', key, parameters.get(key) ?? 'off');
  const drive = { file, readOnly: on('readonly') || on('read-only'), snapshot: on('snapshot') };
  const place = parameters.get('if') ?? '';
  requireWord('-drive if=', place, ['none', 'pflash']);
  if (place === 'pflash') {
    const given = parameters.get('unit') ?? parameters.get('index');
    const free = draft.flash[0] === undefined ? 0 : 1;
    const unit = given === undefined ? free : parseNumber('-drive', 'unit', given);
    if (unit >= FLASH_BANKS) throw new QemuOptionError(`${option}: the board has flash units 0 and 1`);
    if (draft.flash[unit]) throw new QemuOptionError(`${option}: there is a flash unit ${unit} already`);
    draft.flash[unit] = drive;
    return;
  }
  const id = parameters.get('id');
  if (id === undefined) throw new QemuOptionError(`${option}: parameter 'id' is missing, for a -device virtio-blk-device,drive=`);
  if (draft.drives.has(id)) throw new QemuOptionError(`${option}: there is a drive '${id}' already`);
  draft.drives.set(id, drive);
}

export function readNetdev(draft: DeviceDraft, text: string): void {
  if (/(^|,)(hostfwd|guestfwd|smb|tftp)=/.test(text)) {
    const name = /(hostfwd|guestfwd|smb|tftp)=/.exec(text)![1]!;
    throw new QemuOptionError(
      `-netdev ${text}: '${name}' is not supported: the machine's network is inside this process, and nothing of it reaches the host`,
    );
  }
  const { first, parameters } = parseOptionValue('-netdev', text, 'type', ['id']);
  requireWord('-netdev', first, ['user']);
  const id = parameters.get('id');
  if (id === undefined) throw new QemuOptionError(`-netdev ${text}: parameter 'id' is missing`);
  if (draft.networks.has(id)) throw new QemuOptionError(`-netdev ${text}: there is an '${id}' already`);
  draft.networks.add(id);
}

export function readChardev(draft: DeviceDraft, text: string): void {
  const { first, parameters } = parseOptionValue('-chardev', text, 'backend', ['id']);
  requireWord('-chardev', first, ['stdio', 'null']);
  const id = parameters.get('id');
  if (id === undefined) throw new QemuOptionError(`-chardev ${text}: parameter 'id' is missing`);
  if (draft.chardevs.has(id)) throw new QemuOptionError(`-chardev ${text}: there is an '${id}' already`);
  draft.chardevs.set(id, first === 'stdio' ? 'terminal' : 'unconnected');
}

/** `-global`: only the choice between the two versions of virtio-mmio. True for the modern one. */
export function readGlobal(text: string): boolean {
  const legacy = /^virtio-mmio\.force-legacy=(.*)$/.exec(text)?.[1];
  if (legacy === undefined) throw new QemuOptionError(`-global '${text}' is not supported (supported: virtio-mmio.force-legacy=)`);
  return !parseSwitch('-global', 'virtio-mmio.force-legacy', legacy);
}

/** The devices in their order, with their names resolved. */
export function resolveDevices(draft: DeviceDraft): DeviceLine[] {
  if (draft.consolePort && !draft.devices.some(({ resolve }) => resolve === resolveSerialBus || resolve === resolvePciSerialBus)) {
    throw new QemuOptionError(`-device ${draft.consolePort.text}: there is no -device virtio-serial-device for it`);
  }
  const lines = draft.devices.map(({ resolve }) => resolve(draft));
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

function readLoader(draft: DeviceDraft, _text: string, { parameters }: OptionValue): void {
  const option = '-device loader';
  const file = parameters.get('file');
  const address = parameters.get('addr');
  const cpu = parameters.get('cpu-num');
  if (file === undefined) throw new QemuOptionError(`${option}: parameter 'file' is missing`);
  if (address === undefined) throw new QemuOptionError(`${option}: parameter 'addr' is missing`);
  if (cpu !== undefined && parseNumber(option, 'cpu-num', cpu) !== 0) {
    throw new QemuOptionError(`${option}: there is no processor ${cpu}, only 0`);
  }
  const raw = parseSwitch(option, 'force-raw', parameters.get('force-raw') ?? 'off');
  draft.loaders.push({ file, address: ramAddress(option, address), setsEntry: cpu !== undefined, raw });
}

/** A kernel or initial RAM disk for the guest of the hypervisor that `-kernel` names. */
function readGuestLoader(draft: DeviceDraft, _text: string, { parameters }: OptionValue): void {
  const option = '-device guest-loader';
  const [kernel, initrd, commandLine] = ['kernel', 'initrd', 'bootargs'].map((name) => parameters.get(name));
  const address = parameters.get('addr');
  if (address === undefined) throw new QemuOptionError(`${option}: parameter 'addr' is missing`);
  if ((kernel === undefined) === (initrd === undefined)) throw new QemuOptionError(`${option}: give one of 'kernel' and 'initrd'`);
  if (kernel === undefined && commandLine !== undefined) throw new QemuOptionError(`${option}: 'bootargs' only goes with 'kernel'`);
  const guest: GuestModule = kernel === undefined ? { kind: 'ramdisk' } : { kind: 'kernel', ...(commandLine !== undefined && { commandLine }) };
  draft.loaders.push({ file: (kernel ?? initrd)!, address: ramAddress(option, address), setsEntry: false, raw: true, guest });
}

function ramAddress(option: string, text: string): number {
  const address = parseNumber(option, 'addr', text);
  if (address < RAM_BASE) throw new QemuOptionError(`${option}: 0x${address.toString(16)} is not in RAM, which starts at 0x40000000`);
  return address;
}

function readCard(draft: DeviceDraft, text: string, { parameters }: OptionValue, pci: { pci?: boolean }): void {
  const netdev = parameters.get('netdev');
  const mac = parameters.get('mac') ?? DEFAULT_MAC;
  if (netdev === undefined) throw new QemuOptionError(`-device ${text}: parameter 'netdev' is missing`);
  if (!/^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(mac) || parseInt(mac.slice(0, 2), 16) & 1) {
    throw new QemuOptionError(`-device ${text}: '${mac}' is not an Ethernet address such as ${DEFAULT_MAC}`);
  }
  add(draft, text, ({ networks }) => {
    if (!networks.has(netdev)) throw new QemuOptionError(`-device ${text}: there is no -netdev with the id '${netdev}'`);
    return { kind: 'network', mac: mac.toLowerCase().replaceAll('-', ':'), ...pci };
  });
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
  if (port === undefined) throw new QemuOptionError(`-device ${consolePort.text}: there is no -chardev with the id '${consolePort.chardev}'`);
  return { kind: 'console', port };
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
