/** `--snapshot FILE` and `--restore FILE`: a machine that is saved when its run ends, and goes on later. */
import type { MachineOptions } from '../machine/options.js';
import type { DescribedOption, RestoreOptions } from '../machine/snapshot/description.js';
import type { QemuCommandLine } from './command-line.js';
import { QemuOptionError } from './option-values.js';

/** The two options, and what is left: QEMU's own. */
export interface SnapshotArguments {
  /** Where the machine is saved when its run ends. */
  snapshot?: string;
  /** What it goes on from. */
  restore?: string;
  rest: string[];
}

/** QEMU's `-snapshot`, with one dash, is another option and takes no value. @throws QemuOptionError */
export function readSnapshotArguments(args: readonly string[]): SnapshotArguments {
  const result: SnapshotArguments = { rest: [] };
  const words = args.values();
  for (const word of words) {
    const [, name, joined] = /^--(snapshot|restore)(?:=(.*))?$/s.exec(word) ?? [];
    if (name !== 'snapshot' && name !== 'restore') {
      result.rest.push(word);
      continue;
    }
    const { value: next } = joined === undefined ? words.next() : { value: joined };
    if (!next || (joined === undefined && next.startsWith('-'))) {
      const other = name === 'snapshot' ? "; QEMU's -snapshot, which keeps no writes to disks, has one dash" : '';
      throw new QemuOptionError(`--${name} needs the name of a file${other}`);
    }
    result[name] = next;
  }
  return result;
}

/** A part of the machine that a snapshot describes, on the command line. */
interface WrittenField {
  /** How the command line calls it. */
  as: string;
  /** Whether the command line says something of it: what it does not name is the snapshot's. */
  given(line: QemuCommandLine, options: MachineOptions): boolean;
}

const named =
  (...options: string[]): WrittenField['given'] =>
  ({ named: written }) =>
    options.some((option) => written?.has(option));
const hasDevices: WrittenField['given'] = ({ network, devices }) => network !== undefined || devices !== undefined;

const FIELDS: Record<DescribedOption, WrittenField> = {
  ramSize: { as: '-m', given: named('m') },
  virtualization: { as: '-machine virtualization=', given: named('virtualization') },
  processors: { as: '-smp', given: named('smp') },
  topology: { as: '-smp', given: named('smp') },
  loaders: { as: '-device loader', given: ({ loaders }) => loaders.length > 0 },
  linux: { as: '-kernel, -initrd or -append', given: named('kernel') },
  deviceTree: { as: '-dtb', given: named('dtb') },
  networkSettings: { as: 'the network of -netdev', given: hasDevices },
  // Hosts come from the program around the command line, and have to be given each time.
  networkHosts: { as: 'the network of -netdev', given: () => true },
  startDate: { as: '-rtc base=', given: named('rtc') },
  semihosting: { as: '-semihosting', given: named('semihosting', 'semihosting-config') },
  network: { as: 'the network card', given: hasDevices },
  devices: { as: '-device', given: hasDevices },
  modernVirtio: { as: '-global virtio-mmio.force-legacy=', given: named('global') },
  flash: { as: '-bios or -drive if=pflash', given: (_line, { flash }) => flash !== undefined },
  pcie: { as: '-machine highmem=', given: named('highmem') },
  seed: { as: '-seed', given: named('seed') },
};

/** What an option that is not there means. */
const UNSAID: Partial<MachineOptions> = { devices: [], modernVirtio: false, pcie: 'high' };

/** Of the options that a command line makes, those that were written: the others are the snapshot's. */
export function writtenOptions(line: QemuCommandLine, options: MachineOptions): RestoreOptions {
  const fields = (Object.keys(FIELDS) as DescribedOption[]).filter((field) => FIELDS[field].given(line, options));
  return { pacing: options.pacing, ...Object.fromEntries(fields.map((field) => [field, options[field] ?? UNSAID[field]])) };
}

/** How the command line calls what a snapshot describes. */
export function writtenAs(option: DescribedOption): string {
  return FIELDS[option].as;
}

/** Says before the run what would only show at its end. @throws QemuOptionError */
export function requireSaveable(line: QemuCommandLine): void {
  const drives = [...(line.devices ?? []).flatMap((device) => (device.kind === 'block' ? [device.drive] : [])), ...(line.flash ?? [])];
  const writable = drives.find((drive) => drive && !drive.readOnly);
  if (!writable) return;
  throw new QemuOptionError(`${writable.file} is attached writable, and disks are not part of a snapshot: attach it with readonly=on`);
}
