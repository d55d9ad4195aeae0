/** All options and all drivers of `-device`: every reader of them begins here. */
import { CONSOLE_OPTIONS } from './console-options.js';
import { DEVICE_OPTIONS } from './device-options.js';
import type { DeviceDraft, DriverRow, OptionRow } from './draft.js';
import { DRIVE_OPTIONS } from './drive-options.js';
import { MACHINE_OPTIONS } from './machine-options.js';
import { NETWORK_OPTIONS } from './network-options.js';
import { parseOptionValue, requireWord } from './option-values.js';
import { PROGRAM_OPTIONS } from './program-options.js';
import { RUN_OPTIONS } from './run-options.js';

/** Parameters of every device on a bus. */
const ON_EACH_BUS = ['id'];

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
  driver.read(draft, text, parseOptionValue('-device', text, 'driver', driver.parameters), driver.bus);
}
