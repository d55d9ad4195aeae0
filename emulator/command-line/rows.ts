/** All options and all drivers of `-device`: every reader of them begins here. */
import { VIRTIO_SLOTS } from '../board/memory-map.js';
import { CONSOLE_OPTIONS } from './console-options.js';
import { DEVICE_OPTIONS } from './device-options.js';
import type { DeviceDraft, DriverRow, OptionRow } from './draft.js';
import { DRIVE_OPTIONS } from './drive-options.js';
import { HARMLESS_OPTIONS } from './harmless-options.js';
import { MACHINE_OPTIONS } from './machine-options.js';
import { NETWORK_OPTIONS } from './network-options.js';
import { parseNumber, parseOptionValue, QemuOptionError, requireWord, type OptionValue } from './option-values.js';
import { PROGRAM_OPTIONS } from './program-options.js';
import { RUN_OPTIONS } from './run-options.js';

/** Parameters of every device on a bus. The order in which firmware looks for something to boot is its own here. */
const ON_EACH_BUS = ['id', 'bus', 'bootindex'];

const DEVICE: OptionRow = { names: ['device'], value: ({ parts }, value) => readDevice(parts, value) };

/** As -help shows them. */
export const SECTIONS: readonly (readonly (OptionRow | DriverRow)[])[] = [
  MACHINE_OPTIONS,
  CONSOLE_OPTIONS,
  [DEVICE, ...PROGRAM_OPTIONS],
  DRIVE_OPTIONS,
  NETWORK_OPTIONS,
  DEVICE_OPTIONS,
  RUN_OPTIONS,
  HARMLESS_OPTIONS,
];

const isDriver = (row: OptionRow | DriverRow): row is DriverRow => 'driver' in row;
const isOption = (row: OptionRow | DriverRow): row is OptionRow => !isDriver(row);

/** By each of their names. */
export const OPTIONS: ReadonlyMap<string, OptionRow> = new Map(
  SECTIONS.flat()
    .filter(isOption)
    .flatMap((row) => row.names.map((name) => [name, row] as const)),
);

interface Driver extends Pick<DriverRow, 'parameters' | 'read'> {
  bus: { pci?: true };
}

const DRIVERS: ReadonlyMap<string, Driver> = new Map(SECTIONS.flat().filter(isDriver).flatMap(driversOf));

function driversOf({ driver, buses, parameters, read }: DriverRow): [string, Driver][] {
  if (!buses) return [[driver, { parameters, read, bus: {} }]];
  const known = [...ON_EACH_BUS, ...parameters];
  return [
    [`${driver}-device`, { parameters: known, read, bus: {} }],
    [`${driver}-pci`, { parameters: [...known, 'romfile'], read, bus: { pci: true } }],
  ];
}

function readDevice(draft: DeviceDraft, text: string): void {
  const name = (text.split(',')[0] ?? '').replace(/^driver=/, '');
  const driver = DRIVERS.get(name);
  if (!driver) return requireWord('-device', name, [...DRIVERS.keys()]);
  const value = parseOptionValue('-device', text, 'driver', driver.parameters);
  const before = draft.devices.length;
  driver.read(draft, text, value, driver.bus);
  const slot = slotOf(text, value.parameters, driver.bus);
  for (const entry of draft.devices.slice(before)) entry.slot = slot;
}

/** `bus=`: a slot of virtio-mmio, or the one PCI bus. */
function slotOf(text: string, parameters: OptionValue['parameters'], { pci }: { pci?: true }): number | undefined {
  const bootIndex = parameters.get('bootindex');
  if (bootIndex !== undefined) parseNumber('-device', 'bootindex', bootIndex);
  const bus = parameters.get('bus');
  if (bus === undefined || (pci && bus === 'pcie.0')) return undefined;
  const slot = pci ? undefined : /^virtio-mmio-bus\.(\d+)$/.exec(bus)?.[1];
  const last = VIRTIO_SLOTS - 1;
  if (slot === undefined || Number(slot) > last) {
    const supported = pci ? 'pcie.0' : `virtio-mmio-bus.0 to virtio-mmio-bus.${last}`;
    throw new QemuOptionError(`-device ${text}: there is no bus '${bus}' for it (supported: ${supported})`);
  }
  return Number(slot);
}
