/** The options of the other devices, and what all devices come to. */
import type { DeviceDraft, DriverRow, OptionRow } from './draft.js';
import type { DeviceLine } from './lines.js';
import { parseSwitch, QemuOptionError, type OptionValue } from './option-values.js';

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

/** The devices in their order, with their names resolved. */
export function resolveDevices(draft: DeviceDraft): DeviceLine[] {
  if (draft.consolePort && !draft.devices.some(({ resolve }) => resolve === resolveSerialBus || resolve === resolvePciSerialBus)) {
    throw new QemuOptionError(`-device ${draft.consolePort.text}: there is no -device virtio-serial-device for it`);
  }
  const entries = [...draft.devices.filter(({ late }) => !late), ...draft.devices.filter(({ late }) => late)];
  const lines = entries.map(({ resolve, slot }): DeviceLine => (slot === undefined ? resolve(draft) : { ...resolve(draft), slot }));
  requireOwnSlots(entries);
  if (lines.filter(({ kind }) => kind === 'network').length > 1) throw new QemuOptionError('only one network card is supported');
  if (lines.filter(({ kind }) => kind === 'console').length > 1) throw new QemuOptionError('only one virtio-serial device is supported');
  const drives = [...lines.flatMap((line) => (line.kind === 'block' ? [line.drive] : [])), ...draft.flash];
  const changed = drives.flatMap((drive) => (drive && !drive.readOnly && !drive.snapshot ? [drive.file] : []));
  const twice = changed.find((file, index) => changed.indexOf(file) !== index);
  if (twice !== undefined) throw new QemuOptionError(`two devices would write to ${twice}: give one of them snapshot=on or readonly=on`);
  return lines;
}

function requireOwnSlots(entries: DeviceDraft['devices']): void {
  const taken = new Set<number>();
  for (const { slot, text } of entries) {
    if (slot === undefined) continue;
    if (taken.has(slot)) throw new QemuOptionError(`-device ${text}: there is a device on virtio-mmio-bus.${slot} already`);
    taken.add(slot);
  }
}

function readSerialBus(draft: DeviceDraft, text: string, _value: OptionValue, { pci }: { pci?: true }): void {
  draft.devices.push({ text, resolve: pci ? resolvePciSerialBus : resolveSerialBus });
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

/** `-global`: only the choice between the two versions of virtio-mmio. True for the modern one. */
function readGlobal(text: string): boolean {
  const [, driver, property, value] =
    /^driver=([^,]+),property=([^,]+),value=(.*)$/.exec(text) ?? /^([^.]+)\.([^=]+)=(.*)$/.exec(text) ?? [];
  if (`${driver}.${property}` !== 'virtio-mmio.force-legacy') {
    throw new QemuOptionError(`-global '${text}' is not supported (supported: virtio-mmio.force-legacy=)`);
  }
  return !parseSwitch('-global', 'virtio-mmio.force-legacy', value ?? '');
}

/** In the order of -help. */
export const DEVICE_OPTIONS: readonly (OptionRow | DriverRow)[] = [
  {
    driver: 'virtio-rng',
    buses: true,
    parameters: [],
    read: (draft, text, _value, bus) => void draft.devices.push({ text, resolve: () => ({ kind: 'entropy', ...bus }) }),
    help: '  -device virtio-rng-device',
  },
  {
    driver: 'virtio-serial',
    buses: true,
    parameters: [],
    read: readSerialBus,
    help: `  -serial none -chardev stdio,id=ID -device virtio-serial-device -device virtconsole,chardev=ID
                                       each virtio-*-device also as virtio-*-pci`,
  },
  { driver: 'virtconsole', parameters: ['chardev', 'id', 'name'], read: readConsole },
  {
    names: ['global'],
    value: (draft, value) => (draft.modernVirtio = readGlobal(value)),
    help: '  -global virtio-mmio.force-legacy=off the devices show version 2 of the interface',
  },
  // There is nothing that was not asked for, but what the board itself has.
  { names: ['nodefaults'], flag: () => undefined },
  { names: ['no-user-config'], flag: () => undefined },
  { names: ['no-acpi'], flag: () => undefined },
];
