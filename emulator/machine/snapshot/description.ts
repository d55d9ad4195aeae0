/**
 * What machine a snapshot is of: all options that decide a run, with digests in the place of the images that were in RAM
 * and flash at power-on. A restored machine needs none of them, and whoever names one is told when it is another.
 */
import { MAX_PROCESSORS } from '../../cpu/layout.js';
import { VIRTIO_SLOTS } from '../../board/memory-map.js';
import { SnapshotError, type State, type StateReader, type StateValue } from '../../devices/snapshotable.js';
import { createHosts } from '../../network/host-module.js';
import { addressPlan, type NetworkSettings } from '../../network/settings.js';
import type { FlashOptions, Topology, VirtioDeviceOptions } from '../../board/options.js';
import { opened, type StorageModule } from '../../devices/storage.js';
import type { MachineOptions } from '../options.js';
import { encodeState } from './encoding.js';
import { sha256, type Sha256 } from './sha256.js';
import { standsFor } from './stand-in.js';

/** `pacing` is no part of what a machine is: a snapshot may go on at either. */
const FIELDS = [
  'ramSize',
  'virtualization',
  'processors',
  'topology',
  'loaders',
  'linux',
  'deviceTree',
  'network',
  'networkSettings',
  'networkHosts',
  'devices',
  'modernVirtio',
  'flash',
  'pcie',
  'startDate',
  'semihosting',
  'seed',
] as const;
export type DescribedOption = (typeof FIELDS)[number];

/** Options for a machine from a snapshot: those that are given have to be as they were. */
export type RestoreOptions = Partial<Pick<MachineOptions, DescribedOption>> & Pick<MachineOptions, 'pacing'>;

const LARGEST_RAM = 3 * 2 ** 30;
const RAM_GRANULE = 2 ** 21;
const EMPTY = new Uint8Array(0);

/** An option that was given is not what the snapshot was taken with. */
export class SnapshotMismatch extends SnapshotError {
  constructor(
    readonly option: DescribedOption,
    message: string,
  ) {
    super(message);
  }
}

/** Of options whose storage is open. `digest`: the host's own way to what `sha256` gives, which may be faster. */
export function describeMachine(options: MachineOptions, digest: Sha256 = sha256): State {
  return Object.fromEntries(FIELDS.map((field) => [field, describeOption(field, options, digest)]));
}

type ImageOf = (bytes: Uint8Array) => State;

function describeOption(field: DescribedOption, options: MachineOptions, digest: Sha256): State[string] {
  return DESCRIBE[field](options, (bytes) => ({ ...(standsFor(bytes) ?? { length: bytes.length, sha256: digest(bytes) }) }));
}

const DESCRIBE: Record<DescribedOption, (options: MachineOptions, image: ImageOf) => State[string]> = {
  ramSize: ({ ramSize }) => ramSize,
  virtualization: ({ virtualization }) => virtualization,
  processors: ({ processors }) => processors ?? 1,
  topology: ({ topology }) => topology && { ...topology },
  loaders: ({ loaders }, image) => loaders.map(({ bytes, address, setsEntry, guest }) => ({ ...image(bytes), address, setsEntry, guest })),
  linux: ({ linux }, image) =>
    linux && { kernel: image(linux.kernel), initrd: linux.initrd && image(linux.initrd), commandLine: linux.commandLine },
  deviceTree: ({ deviceTree }, image) => deviceTree && image(deviceTree),
  networkSettings: ({ networkSettings }) => networkSettings && { ...networkSettings },
  networkHosts: describeHosts,
  startDate: ({ startDate }) => startDate,
  semihosting: ({ semihosting }) => semihosting && { ...semihosting },
  network: ({ network }) => network && { mac: network.mac.toLowerCase(), slot: network.slot },
  devices: ({ devices }) => (devices ?? []).map(describeDevice),
  modernVirtio: ({ modernVirtio }) => modernVirtio ?? false,
  flash: ({ flash }, image) => [0, 1].map((bank) => describeFlash(flash?.[bank], image)),
  pcie: ({ pcie }) => pcie ?? 'high',
  seed: ({ seed }) => seed,
};

/** By the names that a guest knows them by: where their modules are says nothing of what they are. */
function describeHosts({ networkHosts, seed }: MachineOptions): State[string] {
  if (!networkHosts?.length) return undefined;
  return createHosts(networkHosts, seed).map(({ names, tcp, udp }) => ({
    names: [...names],
    tcp: [...tcp.keys()],
    udp: [...(udp?.keys() ?? [])],
  }));
}

function describeDevice(device: VirtioDeviceOptions): State {
  const common = { kind: device.kind, pci: device.pci ?? false, slot: device.slot };
  switch (device.kind) {
    case 'network':
      return { ...common, mac: device.mac.toLowerCase() };
    case 'block':
      return { ...common, size: opened(device.storage).size, serial: device.serial };
    case 'entropy':
      return common;
    case 'console':
      return { ...common, port: device.port };
  }
}

function describeFlash(flash: FlashOptions | undefined, image: ImageOf): State {
  if (!flash) return { kind: 'empty' };
  return 'content' in flash ? { kind: 'content', ...image(flash.content) } : { kind: 'storage', size: opened(flash.storage).size };
}

/**
 * The options of a machine to restore: `given`, whose storage is open, over what the description says. Images that are not
 * given are empty: the machine cannot be started again from these options. @throws SnapshotError, SnapshotMismatch
 */
export function restoredOptions(description: StateReader, given: RestoreOptions, digest: Sha256 = sha256): MachineOptions {
  const options: MachineOptions = { ...describedOptions(description), ...given };
  requireHosts(description, options);
  for (const field of FIELDS) {
    if (given[field] === undefined || field === 'networkHosts') continue;
    const [there, here] = [description.state[field], describeOption(field, options, digest)].map(shown) as [string, string];
    if (there === here) continue;
    throw new SnapshotMismatch(
      field,
      `the snapshot is of a machine with another ${field}: ${there}, not ${here}; leave it out to use the snapshot's`,
    );
  }
  requireStorage(options);
  return options;
}

/** Hosts are code, which is no part of a snapshot. @throws SnapshotMismatch unless those that are given are those that were there */
function requireHosts({ state }: StateReader, options: MachineOptions): void {
  const [there, here] = [state['networkHosts'], describeHosts(options)].map(hostNames) as [string, string];
  if (shown(state['networkHosts']) === shown(describeHosts(options))) return;
  throw new SnapshotMismatch(
    'networkHosts',
    there === here
      ? `the snapshot is of a machine whose hosts on the network (${there}) had other services: use the ones that it was taken with`
      : `the snapshot is of a machine with ${there} on its network, and this one has ${here}: use the hosts that it was taken with`,
  );
}

function hostNames(hosts: StateValue | undefined): string {
  const names = Array.isArray(hosts) ? (hosts as State[]).map(({ names }) => (Array.isArray(names) ? String(names[0]) : '?')) : [];
  return names.length === 0 ? 'no hosts' : names.join(', ');
}

function describedOptions(description: StateReader): MachineOptions {
  const ramSize = description.integer('ramSize', RAM_GRANULE, LARGEST_RAM);
  if (ramSize % RAM_GRANULE !== 0) throw new SnapshotError(`the snapshot is damaged: RAM cannot have ${ramSize} bytes; take a new one`);
  return {
    ramSize,
    virtualization: description.boolean('virtualization'),
    processors: description.integer('processors', 1, MAX_PROCESSORS),
    topology: description.optional('topology', () => restoredTopology(description.record('topology'))),
    loaders: [],
    linux: description.optional('linux', () => ({ kernel: EMPTY, commandLine: description.record('linux').text('commandLine') })),
    network: description.optional('network', () => restoredCard(description.record('network'))),
    deviceTree: description.optional('deviceTree', () => EMPTY),
    networkSettings: description.optional('networkSettings', () => restoredSettings(description.record('networkSettings'))),
    startDate: description.optional('startDate', () => description.integer('startDate', 0, 0xffff_ffff)),
    semihosting: description.optional('semihosting', () => ({ commandLine: description.record('semihosting').text('commandLine') })),
    devices: description.records('devices').map(restoredDevice),
    modernVirtio: description.boolean('modernVirtio'),
    flash: description.records('flash', 2).map(restoredFlash),
    pcie: description.oneOf('pcie', ['high', 'low'] as const),
    seed: description.number('seed'),
    pacing: 'simulated',
  };
}

function restoredSettings(settings: StateReader): NetworkSettings {
  const text = (field: keyof NetworkSettings): string | undefined => settings.optional(field, () => settings.text(field));
  const restored: NetworkSettings = {
    network: text('network'),
    prefix: settings.optional('prefix', () => settings.integer('prefix', 0, 32)),
    gateway: text('gateway'),
    nameServer: text('nameServer'),
    firstLease: text('firstLease'),
    hostName: text('hostName'),
    domainName: text('domainName'),
  };
  try {
    addressPlan(restored);
    return restored;
  } catch (error) {
    throw new SnapshotError(`the snapshot is damaged: ${error instanceof Error ? error.message : String(error)}; take a new one`);
  }
}

function restoredTopology(topology: StateReader): Topology {
  const size = (level: 'sockets' | 'clusters' | 'cores' | 'threads'): number => topology.integer(level, 1, MAX_PROCESSORS);
  return { sockets: size('sockets'), clusters: size('clusters'), cores: size('cores'), threads: size('threads') };
}

/** Disks and flash whose content is not the machine's own have to be there again. */
function requireStorage({ devices, flash }: MachineOptions): void {
  const missing = devices?.some((device) => device.kind === 'block' && device.storage === MISSING)
    ? 'disk'
    : flash?.some((bank) => bank && 'storage' in bank && bank.storage === MISSING) && 'flash';
  if (missing)
    throw new SnapshotError(
      `the snapshot is of a machine with a read-only ${missing}, which is not part of it: name the same drives again`,
    );
}

function shown(value: StateValue | undefined): string {
  return value === undefined ? 'none' : new TextDecoder().decode(encodeState({ value })).slice('{"value":'.length, -1);
}

/** Storage that is not part of the snapshot is a module without a name until it is given again. */
const MISSING: StorageModule = { module: '', argument: undefined };

function restoredSlot(device: StateReader): { slot?: number } {
  const slot = device.optional('slot', () => device.integer('slot', 0, VIRTIO_SLOTS - 1));
  return slot === undefined ? {} : { slot };
}

const restoredCard = (network: StateReader): NonNullable<MachineOptions['network']> => ({
  mac: network.text('mac'),
  ...restoredSlot(network),
});

function restoredDevice(device: StateReader): VirtioDeviceOptions {
  const kind = device.oneOf('kind', ['network', 'block', 'entropy', 'console']);
  const place = { pci: device.boolean('pci'), ...restoredSlot(device) };
  switch (kind) {
    case 'network':
      return { kind, ...place, mac: device.text('mac') };
    case 'block':
      return { kind, ...place, storage: MISSING, serial: device.optional('serial', () => device.text('serial')) };
    case 'entropy':
      return { kind, ...place };
    case 'console':
      return { kind, ...place, port: device.optional('port', () => device.oneOf('port', ['terminal', 'unconnected'])) };
  }
}

function restoredFlash(bank: StateReader): FlashOptions | undefined {
  const kind = bank.oneOf('kind', ['empty', 'content', 'storage']);
  if (kind === 'empty') return undefined;
  return kind === 'content' ? { content: EMPTY } : { storage: MISSING };
}
