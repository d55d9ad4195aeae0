/** `--snapshot FILE` and `--restore FILE` of `virtbook qemu`: a machine that is saved when its run ends, and goes on later. */
import { readFileSync } from 'node:fs';
import type { QemuCommandLine } from '../../emulator/board/qemu-options.js';
import { restoreMachine } from '../../emulator/host-node/client.js';
import type { Machine } from '../../emulator/server/machine.js';
import type { MachineOptions } from '../../emulator/machine/options.js';
import { type DescribedOption, type RestoreOptions, SnapshotMismatch } from '../../emulator/machine/snapshot/description.js';
import { writeFileAtomically } from '../../sdk/cache.js';
import { CommandFailure } from './failure.js';

/** The two options, and what is left: QEMU's own. */
export interface SnapshotArguments {
  /** Where the machine is saved when its run ends. */
  snapshot?: string;
  /** What it goes on from. */
  restore?: string;
  rest: string[];
}

/** QEMU's `-snapshot`, with one dash, is another option and takes no value. @throws CommandFailure */
export function readSnapshotArguments(args: readonly string[]): SnapshotArguments {
  const result: SnapshotArguments = { rest: [] };
  for (let i = 0; i < args.length; i++) {
    const [, name, joined] = /^--(snapshot|restore)(?:=(.*))?$/s.exec(args[i]!) ?? [];
    if (name !== 'snapshot' && name !== 'restore') {
      result.rest.push(args[i]!);
      continue;
    }
    const file = joined ?? args[++i];
    if (!file || (joined === undefined && file.startsWith('-'))) {
      const other = name === 'snapshot' ? "; QEMU's -snapshot, by which what is written to disks is forgotten, has one dash" : '';
      throw new CommandFailure(2, `virtbook qemu: --${name} needs the name of a file${other}`);
    }
    result[name] = file;
  }
  return result;
}

/** Of the options that a command line makes, those that were written: the others are the snapshot's. */
export function writtenOptions(line: QemuCommandLine, options: MachineOptions): RestoreOptions {
  const named = line.named ?? new Set<string>();
  const devices = line.network !== undefined || line.devices !== undefined;
  return {
    pacing: options.pacing,
    networkHosts: options.networkHosts,
    ...(named.has('m') && { ramSize: options.ramSize }),
    ...(named.has('smp') && { processors: options.processors, topology: options.topology }),
    ...(named.has('virtualization') && { virtualization: options.virtualization }),
    ...(line.loaders.length > 0 && { loaders: options.loaders }),
    ...(named.has('kernel') && { linux: options.linux }),
    ...(named.has('dtb') && { deviceTree: options.deviceTree }),
    ...(devices && { networkSettings: options.networkSettings }),
    ...(named.has('rtc') && { startDate: options.startDate }),
    ...((named.has('semihosting') || named.has('semihosting-config')) && { semihosting: options.semihosting }),
    ...(devices && { network: options.network, devices: options.devices ?? [] }),
    ...(named.has('global') && { modernVirtio: options.modernVirtio ?? false }),
    ...(options.flash && { flash: options.flash }),
    ...(named.has('highmem') && { pcie: options.pcie ?? 'high' }),
    ...(named.has('seed') && { seed: options.seed }),
  };
}

/** How the command line calls what a snapshot describes. */
const WRITTEN_AS: Record<DescribedOption, string> = {
  ramSize: '-m',
  virtualization: '-machine virtualization=',
  processors: '-smp',
  topology: '-smp',
  loaders: '-device loader',
  linux: '-kernel, -initrd or -append',
  deviceTree: '-dtb',
  networkSettings: 'the network of -netdev',
  networkHosts: 'the network of -netdev',
  startDate: '-rtc base=',
  semihosting: '-semihosting',
  network: 'the network card',
  devices: '-device',
  modernVirtio: '-global virtio-mmio.force-legacy=',
  flash: '-bios or -drive if=pflash',
  pcie: '-machine highmem=',
  seed: '-seed',
};

/** The machine of a snapshot's file. @throws CommandFailure that says what is wrong with the file or the options */
export async function restoreFrom(file: string, options: RestoreOptions): Promise<Machine> {
  try {
    return await restoreMachine(() => readFileSync(file), options);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof SnapshotMismatch)
      throw new CommandFailure(2, `virtbook qemu: ${WRITTEN_AS[error.option]} is not as it was: ${reason}`);
    throw new CommandFailure(1, `virtbook qemu: ${file} cannot be restored: ${reason}`);
  }
}

/** Says before the run what would only show at its end. @throws CommandFailure */
export function requireSaveable(line: QemuCommandLine): void {
  const drives = [...(line.devices ?? []).flatMap((device) => (device.kind === 'block' ? [device.drive] : [])), ...(line.flash ?? [])];
  const writable = drives.find((drive) => drive && !drive.readOnly);
  if (!writable) return;
  throw new CommandFailure(
    2,
    `virtbook qemu: ${writable.file} is attached writable, and disks are no part of a snapshot: with readonly=on there can be one`,
  );
}

/** Holds the machine and writes it to a file, which is the old one or the new one whatever happens. @throws CommandFailure */
export async function saveTo(file: string, machine: Machine): Promise<void> {
  try {
    await machine.pause();
    await writeFileAtomically(file, await machine.snapshot());
  } catch (error) {
    throw new CommandFailure(1, `virtbook qemu: ${file} has not been written: ${error instanceof Error ? error.message : String(error)}`);
  }
}
